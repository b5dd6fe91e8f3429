"""What happened in an execution, in order: its history, the functions' logs, notifications about it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.observe import Execution, LogLine, Message, json_object

_LONGEST = 96
_WAITING = ".waitForTaskToken"
_ENDINGS = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")
_RANDOM_SUFFIX = re.compile(r"-[0-9a-f]{7}$")


@dataclass(frozen=True)
class Entry:
    """One line: when, who (state, worker, message, execution), what."""

    at: datetime
    who: str
    what: str


def of_execution(
    execution: Execution,
    events: Sequence[Mapping[str, Any]],
    logs: Iterable[LogLine],
    notices: Iterable[Message],
) -> list[Entry]:
    """Everything known about one execution; `notices` are about it. Neither tokens nor inputs are in it."""
    entries = [entry for event in _until_the_end(events) for entry in _of_event(event)]
    entries += of_logs(line for line in logs if line.fields.get("execution_arn") == execution.arn)
    entries += [
        Entry(notice.sent, "message", f"notification received: {subject(notice)}") for notice in notices
    ]
    return _in_order(entries)


def of_logs(lines: Iterable[LogLine]) -> list[Entry]:
    """What functions logged about a task or a message, one entry each."""
    return _in_order(map(_of_log, lines))


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    """By time. What the history tells of a moment comes before what was logged or received in it."""
    return sorted(entries, key=lambda entry: entry.at)


def text(entries: Sequence[Entry]) -> Iterator[str]:
    """Lines for a terminal, with seconds since the first entry."""
    for entry in entries:
        seconds = (entry.at - entries[0].at).total_seconds()
        yield f"  {seconds:7.3f} s  {entry.who:<10} {entry.what}"


def _until_the_end(events: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Events up to the execution's end. MiniStack goes on writing after it has stopped one."""
    for event in events:
        yield event
        if event["type"] in _ENDINGS:
            return


def _of_event(event: Mapping[str, Any]) -> Iterator[Entry]:
    kind: str = event["type"]
    at = event["timestamp"]
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)  # Logs and queues tell no more.
    details = _details(event)
    if kind == "ExecutionStarted":
        yield Entry(at, "execution", "started")
    elif kind.startswith("Execution"):
        yield Entry(at, "execution", _ending(kind.removeprefix("Execution").upper(), details))
    elif kind.endswith("StateEntered"):
        yield Entry(at, "state", f"{details['name']} entered")
    elif kind == "TaskScheduled":
        yield Entry(at, "message", _scheduled(details["resource"]))
    elif kind == "TaskSucceeded":
        yield Entry(at, "task", f"succeeded: {short(details.get('output', ''))}")
    elif kind.endswith(("Failed", "TimedOut")):
        verb = "timed out" if kind.endswith("TimedOut") else "failed"
        yield Entry(at, "task", _ending(verb, details))


def _details(event: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
    return found if isinstance(found, Mapping) else {}


def _scheduled(resource: str) -> str:
    service = resource.rsplit(":::", 1)[-1]
    if service.endswith(_WAITING):
        return f"sent by {service.removesuffix(_WAITING)} with a task token; waiting"
    return f"sent by {service}"


def _ending(verb: str, details: Mapping[str, Any]) -> str:
    error, cause = details.get("error"), details.get("cause")
    reason = ": ".join(part for part in (error, short(cause or "")) if part)
    return f"{verb}: {reason}" if reason else verb


def _of_log(line: LogLine) -> Entry:
    fields = line.fields
    parts = [str(fields.get("outcome", fields.get("message", line.text)))]
    if "ms" in fields:
        parts.append(f"in {fields['ms']} ms")
    if "deliveries" in fields:
        parts.append(f"(delivery {fields['deliveries']})")
    error = fields.get("error")
    reason = f": {short(str(error))}" if error else ""
    return Entry(line.at, "worker", f"{function_name(line.group)} {' '.join(parts)}{reason}")


def subject(notice: Message) -> str:
    """The subject of a notification that came to a queue, or the start of its text."""
    envelope = json_object(notice.body)
    return str(envelope.get("Subject") or short(str(envelope.get("Message", notice.body))))


def function_name(group: str) -> str:
    """The function behind a log group, without the random end of its name."""
    return _RANDOM_SUFFIX.sub("", group.rsplit("/", 1)[-1])


def short(content: str) -> str:
    """At most one line of a text."""
    line = " ".join(content.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"

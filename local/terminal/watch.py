"""What happens on a running stack, told as it happens: faults of functions, ends of executions, mails.

Each is one line. Neither a token nor a link is in it, whatever a worker writes into its own log.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from local import observe
from local.inbox import Inbox
from local.observe import LogLine, Message, timeline
from local.observe.timeline import short
from local.stack import Stack
from local.terminal.start import Start

_FAULTS = ("fault", "undelivered", "unusable", "invalid-output", "dead-lettered", "error")
_ERRORS = ("ERROR", "CRITICAL")
_NAME = "up-executions"
_ENDS = {
    "source": ["aws.states"],
    "detail-type": ["Step Functions Execution Status Change"],
    "detail": {"status": ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]},
}
# Lines of one run are stored at once, under the time of its end: runs that end together may be stored late.
_OVERLAP_MILLISECONDS = 5_000
_TRACEBACK = "Traceback (most recent call last):"
# What MiniStack writes when a function ran out of time, or its process ended.
_ENDED = re.compile(r"Task timed out after .* seconds|Worker process died")
# A function that cannot be loaded has no log: MiniStack tells on its own standard error.
_NOT_LOADED = re.compile(r"ERROR \[lambda\] Warm worker execution error for (\S+): (.*)")

# A link, a token of MiniStack (a UUID), and anything as long as a token of AWS or the end of a link.
_SECRET = re.compile(r"https?://\S+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[\w.+/-]{40,}=*")
_MASK = "[…]"


class Watch:
    """``for line in watch.news(): print(line)``, again and again."""

    def __init__(self, deployed: Stack, inbox: Inbox, starts: Iterable[Start]) -> None:
        self._aws = deployed.aws
        self._server = deployed.emulator.process
        self._inbox = inbox
        self._told: set[tuple[str, str]] = set()
        self._found: list[tuple[datetime, str]] = []
        self._names = {start.arn: start.name for start in starts}
        self._logs = Logs(deployed)
        self._ends = self._subscribe() if self._names else ""
        self._read = len(self._server.output())

    def news(self) -> list[str]:
        """What happened since the last time, oldest first. May raise what a call of AWS raises."""
        for look in (self._executions, self._faults, self._mails, self._unloaded):
            self._found.extend(look())  # What was found before a call that fails is told the next time.
        news, self._found = sorted(self._found, key=lambda told: told[0]), []
        return [f"{at.astimezone():%H:%M:%S}  {text}" for at, text in news]

    def _subscribe(self) -> str:
        """A queue for the ends of executions; its URL."""
        url = self._aws.sqs.create_queue(QueueName=_NAME)["QueueUrl"]
        self._aws.events.put_rule(Name=_NAME, EventPattern=json.dumps(_ENDS))
        target = {"Id": _NAME, "Arn": self._aws.arn("sqs", _NAME)}
        self._aws.events.put_targets(Rule=_NAME, Targets=[target])  # type: ignore[list-item]
        return url

    def _executions(self) -> Iterator[tuple[datetime, str]]:
        for message in observe.receive(self._aws, self._ends) if self._ends else ():
            yield message.sent, self._end(message)

    def _end(self, message: Message) -> str:
        detail = json.loads(message.body)["detail"]
        machine: str = detail["stateMachineArn"]
        name = self._names.get(machine) or timeline.function_name(machine.rsplit(":", 1)[-1])
        seconds = (detail["stopDate"] - detail["startDate"]) / 1000
        said = [redacted(str(detail.get(key) or "")) for key in ("error", "cause")]
        reason = "".join(f": {short(part)}" for part in said if part)
        return f"{name} {detail['name'][:8]} {detail['status']} after {seconds:.1f} s{reason}"

    def _faults(self) -> Iterator[tuple[datetime, str]]:
        for run in self._logs.news():
            yield from faults(run)

    def _mails(self) -> Iterator[tuple[datetime, str]]:
        for mail in self._inbox.mails():
            if (mail.to, mail.id) not in self._told:
                self._told.add((mail.to, mail.id))
                yield mail.sent, f"mail to {mail.to}: {short(redacted(mail.subject))}"

    def _unloaded(self) -> Iterator[tuple[datetime, str]]:
        new = self._server.output()[self._read :]
        complete = new[: new.rfind("\n") + 1]
        self._read += len(complete)
        for found in _NOT_LOADED.finditer(complete):
            yield datetime.now(UTC), f"{timeline.function_name(found[1])} failed: {short(redacted(found[2]))}"


class Logs:
    """What functions wrote since the last time, one list of lines a run."""

    def __init__(self, deployed: Stack) -> None:
        self._aws = deployed.aws
        self._groups = {
            function.get("loggingConfig", {}).get("logGroup") or f"/aws/lambda/{function['id']}": name
            for name, function in deployed.deployment.of_type("aws:lambda/function:Function")
        }
        self._sizes: dict[str, int] = {}
        self._latest: dict[str, int] = {}
        self._seen: dict[str, set[str]] = {}

    def news(self) -> Iterator[list[LogLine]]:
        """Reads only the groups that have grown."""
        for page in self._aws.logs.get_paginator("describe_log_groups").paginate():
            for found in page["logGroups"]:
                group, size = found["logGroupName"], found["storedBytes"]
                if group in self._groups and size != self._sizes.get(group, 0):
                    self._sizes[group] = size
                    yield from self._runs(group)

    def _runs(self, group: str) -> Iterator[list[LogLine]]:
        since = max(0, self._latest.get(group, 0) - _OVERLAP_MILLISECONDS)
        events = self._aws.logs.filter_log_events(logGroupName=group, startTime=since)["events"]
        runs: dict[str, list[LogLine]] = {}
        for event in events:
            runs.setdefault(event["logStreamName"], []).append(observe.log_line(self._groups[group], event))
            self._latest[group] = max(self._latest.get(group, 0), event["timestamp"])
        seen, self._seen[group] = self._seen.get(group, set()), set(runs)
        for stream, lines in runs.items():
            if stream not in seen:
                yield lines


def faults(run: Iterable[LogLine]) -> Iterator[tuple[datetime, str]]:
    """When and what, for the records of one run that tell of a fault, a traceback, and a sudden end."""
    for line in _faulty(run):
        # First without secrets, then cut: half a token is not recognised.
        fields = {
            name: redacted(value) if isinstance(value, str) else value for name, value in line.fields.items()
        }
        clean = LogLine(line.group, line.at, short(redacted(line.text)), fields)
        yield line.at, timeline.of_logs([clean])[0].what


def _faulty(run: Iterable[LogLine]) -> Iterator[LogLine]:
    in_traceback = False
    for line in run:
        if line.fields:
            in_traceback = False
            outcome = line.fields.get("outcome")
            if outcome in _FAULTS or (outcome is None and line.fields.get("level") in _ERRORS):
                yield line
        elif line.text == _TRACEBACK:
            in_traceback = True
        elif in_traceback and line.text and not line.text[0].isspace():
            in_traceback = False  # The line that names the exception. A traceback of its cause is one more.
            yield LogLine(line.group, line.at, f"failed: {line.text}")
        elif _ENDED.fullmatch(line.text):
            yield LogLine(line.group, line.at, f"failed: {line.text}")


def redacted(text: str) -> str:
    """The text without whatever may be a token or a link."""
    return _SECRET.sub(_MASK, text)

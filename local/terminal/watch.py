"""What happens on a running stack, told as it happens: faults of functions, ends of executions, mails.

Each is one line. Neither a token nor a link is in it, whatever a worker writes into its own log.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from local import observe
from local.inbox import Inbox
from local.observe import LogLine, Message, timeline
from local.observe.timeline import short
from local.server.faults import MARK
from local.stack import Stack
from local.terminal.start import Start

_NAME = "up-executions"
_ENDS = {
    "source": ["aws.states"],
    "detail-type": ["Step Functions Execution Status Change"],
    "detail": {"status": ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]},
}
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
        self._ends = self._subscribe() if self._names else ""
        self._read = len(self._server.output())

    def news(self) -> list[str]:
        """What happened since the last time, oldest first. May raise what a call of AWS raises."""
        for look in (self._executions, self._faults, self._mails):
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
        new = self._server.output()[self._read :]
        complete = new[: new.rfind("\n") + 1]
        self._read += len(complete)
        for line in complete.splitlines():
            if line.startswith(MARK):
                yield fault(json.loads(line.removeprefix(MARK)))

    def _mails(self) -> Iterator[tuple[datetime, str]]:
        for mail in self._inbox.mails():
            if (mail.to, mail.id) not in self._told:
                self._told.add((mail.to, mail.id))
                yield mail.sent, f"mail to {mail.to}: {short(redacted(mail.subject))}"


def fault(event: Mapping[str, Any]) -> tuple[datetime, str]:
    """When and what, for a fault as the server tells it."""
    line = observe.log_line(event["function"], event)
    # First without secrets, then cut: half a token is not recognised.
    fields = {key: redacted(value) if isinstance(value, str) else value for key, value in line.fields.items()}
    clean = LogLine(line.group, line.at, short(redacted(line.text)), fields)
    return line.at, timeline.of_logs([clean])[0].what


def redacted(text: str) -> str:
    """The text without whatever may be a token or a link."""
    return _SECRET.sub(_MASK, text)

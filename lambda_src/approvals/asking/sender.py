"""Sends what a request owes, in batches: mails to people, events to EventBridge. What was sent is taken out.

Each is sent at least once, and a second time only if the function died between sending and taking it out, or
if nobody can tell whether it was sent.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import starmap
from logging import getLogger
from typing import TYPE_CHECKING, Any, Final

from countersign_runtime.clients import client

from approvals.answering.links import Link, Links
from approvals.record.store import Store
from approvals.request import life, outbox
from approvals.request.life import Step
from approvals.request.model import Change, Record, Request, Status
from approvals.settings import Appearance, text
from countersign_contract.approvals import rings, variables
from countersign_contract.approvals.addresses import addressed

from . import mails, subscriptions
from .mails import Mail, Mails
from .subscriptions import Subscriptions

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient
    from types_boto3_sns import SNSClient

logger = getLogger("countersign")

SOURCE: Final = "Countersign"
BATCH: Final = 10
BATCH_BYTES: Final = 240_000
"""Both services take 10 entries and 256 KiB at a time:
https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html,
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"""

TOLD: Final = ("Requested", "Decided", "Unreachable")
"""Events while a request is open; one more says how it ended."""
LEFT_SECONDS: Final = life.LEASE_SECONDS / 2
"""An outbox that was lent for less than this is left to whoever comes when it is given back."""

Message = tuple[tuple[str, ...], dict[str, Any]]
"""Entries of an outbox, and what their service is given for them."""
Call = tuple[str, list[Message]]
"""`mail` or `event`, and what one call to its service sends."""


class Unsent(Exception):
    """A service took the call, but not all that was in it."""


class DeadLink(Exception):
    """A link that would not open its page: the links' key is not the one that the record was made with."""


@dataclass
class Sender:
    """Empties outboxes."""

    store: Store
    links: Links
    sns: "SNSClient"
    events: "EventBridgeClient"
    topic_arn: str
    mails: Mails
    subscriptions: Subscriptions | None
    """None: nobody can tell who can be mailed."""
    clock: Callable[[], float] = time.time

    @classmethod
    def read(cls, environment: Mapping[str, str], store: Store) -> "Sender":
        """The sender, as the component configures it."""
        links = Links(
            client("kms"),
            text(environment, variables.LINK_KEY_ID),
            text(environment, variables.LINK_BASE_URL),
        )
        return cls(
            store,
            links,
            client("sns"),
            client("events", 2),  # What it does not take at once is sent again soon.
            text(environment, variables.TOPIC_ARN),
            Mails(Appearance.read(environment)),
            Subscriptions.read(environment),
        )

    def hashes(self, request: Request) -> tuple[str, ...]:
        """What the record of a new request holds of its links."""
        return self.links.hashes(request.id, len(request.people))

    def unreachable(self, request: Request) -> life.Unreachable:
        """Who of its people cannot be mailed now, asked already or not."""
        return self.subscriptions.missing(request.people) if self.subscriptions else None

    def send(self, record: Record, step: Step | None = None) -> Request:
        """Send all that a request owes, whose outbox is lent to the caller, after a step that is yet to be
        written; the request as it is then.

        Which mails were sent is written down before the next call, which may hang. Events come first, in a
        call that does not hang for long, and may come twice. Raises what sending raised, when all that could
        be sent was: the rest is still owed, or given up.
        """
        known = record.request
        held, change = known.leased_until, step and step(known)
        owing = change.request if change else known
        calls, sent, failed, problem = self._calls(replace(record, request=owing))
        hanging: set[str] = set()
        mailed = False
        for kind, messages in calls:
            entries = {entry for of_one, _ in messages for entry in of_one}
            if kind in hanging:
                failed |= entries
                continue
            if mailed:
                known, held = self._note(known, sent, held, step)
                sent, step = set(), None
            mailed = kind == "mail"
            try:
                refused = self._refused(kind, messages)
            except Exception as refusal:
                hanging.add(kind)
                refused, problem = dict.fromkeys(entries, ""), refusal
            else:
                if refused:
                    problem = Unsent(f"refused: {', '.join(sorted(set(refused.values())))}")
            failed |= refused.keys()
            sent |= entries - refused.keys()
            _say_sent(owing, entries - refused.keys())
        after = self._release(known, sent, failed, held, step)
        if problem is not None:
            raise problem
        if after.outbox - owing.outbox:
            self.empty(after.id)  # Something came while it was being sent.
        return after

    def _note(self, known: Request, sent: set[str], held: float, first: Step | None) -> tuple[Request, float]:
        """Write down what was sent, and hold the rest for longer; until when it is held."""
        now = self.clock()
        step = partial(outbox.sent, now=now, entries=frozenset(sent), held=held)
        after, changed = self.store.change(known.id, outbox.both(first, step), now, known=known)
        still = changed and after is not None and after.leased_until == now + life.LEASE_SECONDS
        return after or known, now + life.LEASE_SECONDS if still else held

    def _release(
        self, known: Request, sent: set[str], failed: set[str], held: float, first: Step | None
    ) -> Request:
        now = self.clock()
        lost: frozenset[str] = frozenset()

        def step(current: Request) -> Change | None:
            nonlocal lost
            lost = outbox.given_up(current, now, failed)
            return outbox.released(current, now, sent, failed, held)

        after, _ = self.store.change(known.id, outbox.both(first, step), now, known=known)
        if lost:
            extra = {"task_id": known.id, rings.FIELD: rings.UNSENT}
            logger.error("never sent: %s", ", ".join(sorted(lost)), extra=extra)
        return after or known

    def empty(self, request_id: str) -> None:
        """Send everything a request owes now, unless another function is at it, which then does."""
        if record := self.store.load(request_id):
            self.follow(record, lambda _: None)

    def follow(self, record: Record, step: Step, held: float = 0) -> Request | None:
        """Take a step, have the outbox to oneself with the same write, and send what is owed; the request as
        it is then. If it is lent to the caller already (until `held`), what was sent is written with the
        step. Raises what sending raised."""
        now, known = self.clock(), record.request
        if held and known.leased_until == held and now < held - LEFT_SECONDS:
            return self.send(record, step)
        lending = outbox.Lending(step, now)
        after, _ = self.store.change(known.id, lending, now, known=known)
        if not lending.held or after is None:
            return after
        if set(record.decisions) == set(after.votes):
            return self.send(replace(record, request=after))
        newest = self.store.load(after.id)
        return self.send(newest) if newest else None

    def _calls(self, record: Record) -> tuple[list[Call], set[str], set[str], Exception | None]:
        """The calls that send what a request owes; besides, what has nothing to say any more, what cannot be
        written, and why not."""
        nothing: set[str] = set()
        failed: set[str] = set()
        problem: Exception | None = None
        mails: dict[Mail, dict[str, str]] = defaultdict(dict)
        events: list[Message] = []
        for entry in sorted(record.request.outbox):
            kind, what, number = (*entry.split(":"), "0")[:3]
            try:
                if not _is_known(kind, what):
                    failed.add(entry)  # Of a newer version, which sends it.
                elif kind == "event" and what not in (*TOLD, life.ending(record.request.status)):
                    nothing.add(entry)
                elif kind == "event":
                    events.append(((entry,), _event(record, what, int(number))))
                elif mail := self._mail(record, what, int(number)):
                    mails[mail][entry] = addressed(record.request.people[int(number)])
                else:
                    nothing.add(entry)
            except Exception as refusal:
                failed.add(entry)
                problem = refusal
        told = [("event", batch) for batch in _batches(events)]
        mailed = [("mail", batch) for batch in _batches([*starmap(_mailed, mails.items())])]
        return [*told, *mailed], nothing, failed, problem

    def _mail(self, record: Record, what: str, number: int) -> Mail | None:
        """The mail, or None if there is nothing to say any more: decided or closed since."""
        request = record.request
        if what == "outcome":
            return self.mails.outcome(record)
        now = self.clock()
        if number in request.votes or life.seen(request, now) is not Status.OPEN:
            return None
        url = self.links.url(request.id, number)
        if not Link.read(url.rpartition("/")[2]).opens(request):
            extra = {"task_id": request.id}
            logger.error("the key of request %s's links is another one now", request.id, extra=extra)
            raise DeadLink
        return self.mails.asking(what, record, url, now)

    def _refused(self, kind: str, messages: list[Message]) -> dict[str, str]:
        """Send them in one call; the entries that the service refused, with its codes."""
        given = [each for _, each in messages]
        codes = self._publish(given) if kind == "mail" else self._put(given)
        return {entry: code for place, code in codes.items() for entry in messages[place][0]}

    def _publish(self, mails: list[dict[str, Any]]) -> dict[int, str]:
        """Place in the list → with which code SNS refused the mail."""
        entries: Any = [{"Id": str(place), **mail} for place, mail in enumerate(mails)]
        answer = self.sns.publish_batch(TopicArn=self.topic_arn, PublishBatchRequestEntries=entries)
        return {int(each["Id"]): each["Code"] for each in answer.get("Failed", [])}

    def _put(self, events: list[Any]) -> dict[int, str]:
        """Place in the list → with which code EventBridge refused the event."""
        answers = self.events.put_events(Entries=events)["Entries"]
        codes = [each.get("ErrorCode") for _, each in zip(events, answers, strict=True)]
        return {place: code for place, code in enumerate(codes) if code}


def _say_sent(request: Request, entries: set[str]) -> None:
    for entry in entries:
        kind, what, *number = entry.split(":")
        if kind == "mail":
            extra = {"task_id": request.id, "mail": what, "approver": int(number[0])}
            logger.info("mail sent", extra=extra)
        elif what == "Unreachable":
            subscriptions.ring(request.id, request.unreachable)


def _is_known(kind: str, what: str) -> bool:
    if kind == "event":
        return what in TOLD or what in map(life.ending, Status)
    return kind == "mail" and what in mails.KINDS


def _event(record: Record, what: str, number: int) -> dict[str, Any]:
    """What an event says: no token, no link, and no comment, which may be confidential."""
    request = record.request
    detail = record.told() | {"stateMachineArn": request.state_machine_arn, "status": request.status}
    if what == "Decided":
        decision = record.decision_told(record.decisions[number])
        detail["decision"] = {key: decision[key] for key in ("approver", "outcome", "at")}
    if what == "Unreachable":
        detail["unreachable"] = record.unreachable_told()
    return {
        "Source": SOURCE,
        "DetailType": f"Approval {what}",
        "Detail": json.dumps(detail),
        "Resources": [request.execution_arn] if request.execution_arn else [],
    }


def _mailed(mail: Mail, people: Mapping[str, str]) -> Message:
    """The same mail to several people, by entry, is one message, which the topic hands to each of them."""
    to = {"DataType": "String.Array", "StringValue": json.dumps([*people.values()])}
    given = {"Subject": mail.subject, "Message": mail.body, "MessageAttributes": {"to": to}}
    return tuple(people), given


def _batches(messages: list[Message]) -> Iterator[list[Message]]:
    """As many at a time as one call takes."""
    batch: list[Message] = []
    size = 0
    for message in messages:
        more = len(json.dumps(message[1]))  # Whose escapes are never fewer bytes than what is sent.
        if batch and (len(batch) == BATCH or size + more > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += more
    if batch:
        yield batch

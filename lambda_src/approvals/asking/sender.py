"""Sends what a request owes: mails to people, events to EventBridge. What was sent is taken out one by one.

Each is sent at least once, and a second time only if the function died between sending and taking it out.
"""

import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from logging import getLogger
from typing import TYPE_CHECKING, Any, Final

from countersign_runtime.clients import client

from approvals.answering.links import Links
from approvals.record.store import Store
from approvals.request import life, outbox
from approvals.request.model import Change, Record, Request, Status
from approvals.settings import text
from countersign_contract.approvals import variables

from . import mails
from .mails import Mail

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient
    from types_boto3_events.type_defs import PutEventsRequestEntryTypeDef
    from types_boto3_sns import SNSClient

logger = getLogger("countersign")

SOURCE: Final = "Countersign"


class Unsent(Exception):
    """EventBridge took the call, but not the event."""


class Sender:
    """Empties outboxes."""

    def __init__(
        self,
        store: Store,
        links: Links,
        sns: "SNSClient",
        events: "EventBridgeClient",
        topic_arn: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._links = links
        self._sns = sns
        self._events = events
        self._topic_arn = topic_arn
        self._clock = clock

    @classmethod
    def read(cls, environment: Mapping[str, str], store: Store) -> "Sender":
        """The sender, as the component configures it."""
        links = Links(
            client("kms"),
            text(environment, variables.LINK_KEY_ID),
            text(environment, variables.LINK_BASE_URL),
        )
        return cls(store, links, client("sns"), client("events"), text(environment, variables.TOPIC_ARN))

    def empty(self, request_id: str) -> bool:
        """Send everything a request owes now; False when another function is at it, which then does.

        Raises what sending raised, when everything else was tried: the rest is still owed, or given up.
        """
        tried: set[str] = set()
        failed: set[str] = set()
        problem: Exception | None = None
        while True:
            now = self._clock()
            request, taken = self._store.change(request_id, partial(outbox.leased, now=now), now)
            if request is None or not taken:
                return request is None or not request.outbox
            for entry in sorted(request.outbox - tried):
                try:
                    self._send(request_id, entry)
                except Exception as refusal:
                    failed.add(entry)
                    problem = refusal
            tried |= request.outbox
            request = self._release(request_id, frozenset(failed))
            if request is None or not request.outbox - tried:
                break
        if problem is not None:
            raise problem
        return True

    def _release(self, request_id: str, failed: frozenset[str]) -> Request | None:
        """Give the outbox back, without what is given up."""
        now = self._clock()
        lost: frozenset[str] = frozenset()

        def step(current: Request) -> Change | None:
            nonlocal lost
            lost = outbox.given_up(current, now, failed)
            return outbox.released(current, now, failed)

        request, _ = self._store.change(request_id, step, now)
        if lost:
            logger.error("never sent: %s", ", ".join(sorted(lost)), extra={"task_id": request_id})
        return request

    def _send(self, request_id: str, entry: str) -> None:
        record = self._store.load(request_id)
        if record is None or entry not in record.request.outbox:
            return
        kind, what, number = (*entry.split(":"), "0")[:3]
        if kind == "mail":
            self._mail(record, what, int(number))
        else:
            self._announce(record, what, int(number))
        self._store.change(request_id, partial(outbox.done, entry=entry), self._clock(), known=record.request)

    def _mail(self, record: Record, what: str, number: int) -> None:
        request = record.request
        if what == "outcome":
            mail = mails.outcome(record, number)
        elif number in request.votes or life.seen(request, self._clock()) is not Status.OPEN:
            return  # decided or closed since: nothing to ask any more
        else:
            mail = mails.asking(what, record, number, self._links.url(request.id, number))
        self._publish(mail)
        logger.info("mail sent", extra={"task_id": request.id, "mail": what, "approver": number})

    def _publish(self, mail: Mail) -> None:
        self._sns.publish(
            TopicArn=self._topic_arn,
            Subject=mail.subject,
            Message=mail.body,
            MessageAttributes={"to": {"DataType": "String.Array", "StringValue": json.dumps([mail.to])}},
        )

    def _announce(self, record: Record, what: str, number: int) -> None:
        event: PutEventsRequestEntryTypeDef = {
            "Source": SOURCE,
            "DetailType": f"Approval {what}",
            "Detail": json.dumps(event_detail(record, what, number)),
            "Resources": [record.request.execution_arn] if record.request.execution_arn else [],
        }
        answer = self._events.put_events(Entries=[event])
        if answer.get("FailedEntryCount"):
            raise Unsent(f"EventBridge refused an event: {answer['Entries'][0].get('ErrorCode')}")


def event_detail(record: Record, what: str, number: int) -> dict[str, Any]:
    """What an event says: no token, no link, and no comment, which may be confidential."""
    request = record.request
    detail = record.told() | {"stateMachineArn": request.state_machine_arn, "status": request.status.value}
    if what == "Decided":
        decision = record.decision_told(record.decisions[number])
        detail["decision"] = {key: decision[key] for key in ("approver", "outcome", "at")}
    return detail

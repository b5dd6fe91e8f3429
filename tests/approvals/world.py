"""A world to test approvals in: the fakes, a clock, and the three functions on them."""

import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from approvals.answering.delivery import Delivery
from approvals.answering.links import Links
from approvals.answering.nudge import Nudge
from approvals.asking.follow_up import FollowUp
from approvals.asking.intake import Intake
from approvals.asking.mails import Mails
from approvals.asking.operator import Done, Operator
from approvals.asking.sender import Sender
from approvals.asking.subscriptions import Subscriptions
from approvals.page.http import HttpRequest
from approvals.page.visit import Visits
from approvals.record.attributes import from_item
from approvals.record.dynamodb import Table
from approvals.record.seals import Seals
from approvals.record.store import Store
from approvals.request.model import Outcome, Record, Status
from approvals.settings import PLAIN, AskSettings
from countersign_runtime import TaskFailed
from countersign_runtime.message import Task, parse
from countersign_runtime.metrics import Counts

from countersign_contract.approvals.operating import Call
from tests.support.step_functions import wait_message

from .fakes import DynamoDB, Events, Kms, Sns, States
from .processes import Process

BASE = "https://approvals.test/stage"
FORM = "application/x-www-form-urlencoded"
ANN, BOB, CAT, EVE = "ann@example.test", "bob@example.test", "cat@example.test", "eve@example.test"
OPERATOR = "arn:aws-test:sts::123456789012:assumed-role/Operators/olga"
MACHINE = "arn:aws-test:states:eu-test-1:123456789012:stateMachine:release"
SETTINGS = AskSettings((ANN, BOB, CAT), (EVE,), 1, 0, 0, 30)


def links(kms: Any) -> Links:
    """Links made with a key."""
    return Links(kms, "link-key", BASE)


class World:
    """Everything that approvals run on. Time only passes when a test says so."""

    def __init__(self, settings: AskSettings = SETTINGS, **changes: Any) -> None:
        self.settings = replace(settings, **changes)
        self.states = States()
        self.states.now = 1_800_000_000.0
        self.dynamodb = DynamoDB()
        self.kms = Kms()
        self.seals = Seals(cast("Any", Kms(b"key of the seals", "seal-key")), "seal-key")
        self.sns = Sns()
        self.sns.subscribe(*self.settings.approvers, *self.settings.escalation_approvers)
        self.subscriptions: Subscriptions | None = None
        self.look_at_subscriptions()
        self.events = Events()
        self.comment_on_reject = True
        self.counts: Counts | None = None
        self.appearance = PLAIN
        self.nudged: list[Nudge] = []

    # Time and executions.

    def now(self) -> float:
        return self.states.now

    def advance(self, seconds: float) -> None:
        self.states.advance(seconds)

    def wait(
        self,
        request: Any = None,
        *,
        execution: str = "run-1",
        state: str = "Ask",
        timeout_seconds: float = 3600,
        retry_count: int = 0,
    ) -> dict[str, Any]:
        """A state machine waits: its message."""
        arn = self.execution_arn(execution)
        return wait_message(
            self.states.start(arn, timeout_seconds),
            self.now(),
            timeout_seconds,
            ExecutionArn=arn,
            StateMachineArn=MACHINE,
            StateName=state,
            RetryCount=retry_count,
            Request={"subject": "Release 1.4"} if request is None else request,
        )

    def execution_arn(self, execution: str = "run-1") -> str:
        return f"{MACHINE.replace('stateMachine', 'execution')}:{execution}"

    def waiting(self, status: Status = Status.OPEN) -> list[dict[str, Any]]:
        """The list of what is open (or decided, and not delivered yet), the nearest deadline first."""
        requests = Table(cast(Any, self.dynamodb), "requests")
        return [*map(from_item, requests.items("waiting = :status", {":status": status.value}, "waiting"))]

    def look_at_subscriptions(self) -> None:
        """Who is subscribed is not remembered from before."""
        self.subscriptions = Subscriptions(cast("Any", self.sns), "mail-topic", self.now)

    def unsubscribe(self, *addresses: str) -> None:
        self.sns.unsubscribe(*addresses)
        self.look_at_subscriptions()

    # The functions, each run of them in a process that may die.

    def store(self, process: Process | None = None, who: str = "test") -> Store:
        wrap = (process or Process()).wrap
        requests = Table(wrap(self.dynamodb), "requests")
        return Store(requests, self.seals, who, self.counts, lambda _: None, self.now)

    def delivery(self, process: Process | None = None) -> Delivery:
        wrap = (process or Process()).wrap
        return Delivery(wrap(self.states), self.now)

    def sender(self, process: Process, store: Store) -> Sender:
        wrap = process.wrap
        return Sender(
            store,
            links(wrap(self.kms)),
            wrap(self.sns),
            wrap(self.events),
            "mail-topic",
            Mails(self.appearance),
            self.subscriptions,
            self.now,
        )

    def intake(self, process: Process | None = None) -> Intake:
        process = process or Process()
        store = self.store(process, "intake")
        return Intake(store, self.sender(process, store), self.delivery(process), self.settings, self.now)

    def take(
        self, message: Mapping[str, Any], process: Process | None = None, sent_at: float | None = None
    ) -> Task:
        """The intake gets a message, which its queue may say was sent at that time."""
        sent_time = None if sent_at is None else datetime.fromtimestamp(sent_at, UTC)
        task, request = parse(dict(message), sent_time)
        self.intake(process).take(request, task)
        return task

    def refuses(self, message: Mapping[str, Any], error: str = "InvalidApprovalRequest") -> str:
        """The intake fails the task of a message at once, and nobody is asked; why."""
        with pytest.raises(TaskFailed) as failed:
            self.take(message)
        assert failed.value.error == error
        assert not self.dynamodb.items
        assert not self.sns.mails
        return failed.value.cause

    def follow_up(self, process: Process | None = None) -> FollowUp:
        process = process or Process()
        store = self.store(process, "follow-up")
        return FollowUp(store, self.delivery(process), self.sender(process, store), self.now, workers=1)

    def operator(self, process: Process | None = None) -> Operator:
        process = process or Process()
        store = self.store(process, OPERATOR)
        return Operator(store, self.delivery(process), self.subscriptions, self._nudge, self.now)

    def remind(self, request_id: str, process: Process | None = None) -> Done:
        """An operator has those reminded who have not decided."""
        return self.operator(process).answer(Call("remind", request_id))

    def resend(self, request_id: str, approver: str, process: Process | None = None) -> Done:
        """An operator has one approver mailed again."""
        return self.operator(process).answer(Call("resend", request_id, approver=approver))

    def cancel(self, request_id: str, reason: str, process: Process | None = None) -> Done:
        """An operator has a request cancelled."""
        return self.operator(process).answer(Call("cancel", request_id, reason))

    def desk(self, process: Process | None = None) -> Visits:
        process = process or Process()
        store = self.store(process, "page")
        return Visits(
            store,
            self.delivery(process),
            nudge=self._nudge,
            comment_on_reject=self.comment_on_reject,
            appearance=self.appearance,
            clock=self.now,
        )

    def _nudge(self, nudge: Nudge) -> None:
        self.nudged.append(Nudge.read(json.loads(json.dumps(nudge.event()))))

    def nudges(self) -> None:
        """What the page and operators asked the follow-up for happens."""
        while self.nudged:
            self.follow_up().look_after(self.nudged.pop())

    # What approvers see and do.

    def link(self, task: Task, approver: int = 0) -> str:
        """The last part of an approver's link."""
        return links(self.kms).url(task.id, approver).rpartition("/")[2]

    def event(self, link: str, method: str = "GET", body: str = "", **headers: str) -> dict[str, Any]:
        """What API Gateway makes of a call. `link` may have a query."""
        link, _, query = link.partition("?")
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return {
            "version": "2.0",
            "routeKey": "ANY /r/{link}",
            "rawPath": f"/r/{link}",
            "rawQueryString": query,
            "pathParameters": {"link": link},
            "headers": {"host": "approvals.test", "user-agent": "Browser/1", **names},
            "requestContext": {"http": {"method": method, "path": f"/r/{link}", "sourceIp": "192.0.2.7"}},
            "body": body,
            "isBase64Encoded": False,
        }

    def call(
        self, link: str, method: str = "GET", body: str = "", process: Process | None = None, **headers: str
    ) -> dict[str, Any]:
        """One call to the page."""
        request = HttpRequest.from_event(self.event(link, method, body, **headers))
        return self.desk(process).answer(request).to_event(head=method == "HEAD")

    def post(self, link: str, process: Process | None = None, **form: str) -> dict[str, Any]:
        """Send the form. `field_x` is the field x."""
        names = {name.replace("field_", "field-"): value for name, value in form.items()}
        return self.call(link, "POST", urlencode(names, errors="replace"), process, content_type=FORM)

    def post_json(self, link: str, body: Any) -> dict[str, Any]:
        answer = self.call(
            link, "POST", json.dumps(body), content_type="application/json", accept="application/json"
        )
        return answer | {"json": json.loads(answer["body"])}

    def get_json(self, link: str) -> dict[str, Any]:
        result: dict[str, Any] = json.loads(self.call(link, accept="application/json")["body"])
        return result

    # What came of it.

    def record(self, task: Task) -> Record:
        record = self.store().load(task.id)
        assert record is not None
        return record

    def mails(self, kind: str = "", to: str = "") -> list[dict[str, str]]:
        """Mails whose subject begins like this."""
        return [
            mail for mail in self.sns.mails if mail["subject"].startswith(kind) and mail["to"].startswith(to)
        ]

    def types(self) -> list[str]:
        return [event["type"].removeprefix("Approval ") for event in self.events.events]

    def links_mailed(self) -> Iterator[str]:
        for mail in self.sns.mails:
            yield from re.findall(rf"{re.escape(BASE)}/r/(\S+)", mail["body"])


def asked(request: Any = None, **settings: Any) -> tuple[World, Task]:
    """A world in which this was asked."""
    world = World(**settings)
    return world, world.take(world.wait(request))


def race(world: World, requests: int, approvers: int = 5) -> None:
    """Contradictory decisions at once on requests of so many approvers: each has one outcome, and everybody
    is told which."""
    tasks = [world.take(world.wait(execution=f"race-{number}")) for number in range(requests)]

    def decide(pair: tuple[int, int]) -> tuple[int, int, str]:
        number, approver = pair
        outcome = "approved" if approver % 2 else "rejected"
        link = world.link(tasks[number], approver)
        answer = world.post_json(link, {"outcome": outcome, "comment": f"from {approver}"})
        return number, answer["statusCode"], str(answer["json"]["outcome"])

    pairs = [(number, approver) for approver in range(approvers) for number in range(requests)]
    with ThreadPoolExecutor(2 * approvers) as pool:
        results = list(pool.map(decide, pairs))
    world.nudges()
    for number, task in enumerate(tasks):
        request = world.record(task).request
        mine = [(status, told) for which, status, told in results if which == number]
        assert sorted(status for status, _ in mine) == [200] + [409] * (approvers - 1)
        assert {told for _, told in mine} == {request.outcome}, "everybody is told which"
        assert request.status is Status.DELIVERED
        assert len(request.votes) == 1
        (accepted,) = world.states.answers(task.token)
        assert (accepted.operation == "SendTaskSuccess") == (request.outcome is Outcome.APPROVED)

"""Taking a request in: put on record, asked exactly once per approver, whatever dies when."""

import re
from collections import Counter
from typing import Any

import pytest
from approvals.request import life
from approvals.request.model import Status
from approvals.settings import AskSettings, WrongSetting
from countersign_runtime.answers import Undelivered
from countersign_runtime.message import parse

from tests.support.step_functions import Fault

from .processes import Crash, Process
from .world import ANN, BASE, BOB, CAT, EVE, World, asked


def calls_of_one_intake() -> int:
    world, process = World(), Process()
    world.take(world.wait(), process)
    return process.calls


def test_each_approver_gets_one_mail_with_a_link_of_their_own() -> None:
    world, task = asked({"subject": "Release 1.4", "requester": "dan@example.test"})
    assert [mail["to"] for mail in world.sns.mails] == [ANN, BOB, CAT]
    assert len(set(world.links_mailed())) == 3
    for number, link in enumerate(world.links_mailed()):
        assert link == world.link(task, number)
        assert world.get_json(link)["you"] == (ANN, BOB, CAT)[number]
    assert world.types() == ["Requested"]
    assert task.token not in str(world.sns.mails) + str(world.events.events)


def test_the_token_is_in_one_item_of_the_table_and_nowhere_else() -> None:
    world, task = asked()
    holders = [key for key, item in world.dynamodb.items.items() if task.token in str(item)]
    assert holders == [(f"R#{task.id}", "REQUEST")]
    assert task.token not in repr(world.record(task))


def test_the_same_message_again_changes_nothing() -> None:
    world = World()
    message = world.wait()
    for _ in range(3):
        task = world.take(message)
    assert len(world.sns.mails) == 3
    world.post(world.link(task), outcome="approved")
    world.nudges()
    sent = len(world.sns.mails)
    world.take(message)
    assert len(world.sns.mails) == sent
    assert world.record(task).request.status is Status.DELIVERED


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("dies_at", range(calls_of_one_intake()))
@pytest.mark.parametrize("comes_back_after", [200, 1])
def test_dying_between_any_two_calls_asks_once_after_redelivery(
    dies_at: int, after: bool, comes_back_after: int
) -> None:
    """Twice only what was published together, and not yet recorded as such."""
    world = World()
    message = world.wait()
    process = Process(dies_at, after=after)
    with pytest.raises(Crash):
        world.take(message, process)
    died_after_publishing = after and len(world.sns.mails) > 0
    published = [mail["to"] for mail in world.sns.mails]
    world.advance(comes_back_after)
    world.take(message)
    world.advance(life.LEASE_SECONDS + 1)
    assert world.follow_up().sweep() == 0
    asked = Counter(mail["to"] for mail in world.sns.mails)
    assert set(asked) == {ANN, BOB, CAT}
    if set(asked.values()) != {1}:
        assert asked - Counter([ANN, BOB, CAT]) == Counter(published), "only what was sent can be unrecorded"
        assert died_after_publishing or dies_at > 0
    assert world.types().count("Requested") in (1, 2)


def test_an_address_that_fails_keeps_nobody_waiting_and_is_mailed_by_the_follow_up() -> None:
    world = World()
    world.sns.refuses.add(BOB)
    task = world.take(world.wait())
    assert [mail["to"] for mail in world.sns.mails] == [ANN, CAT]
    assert world.record(task).request.outbox == {"mail:ask:1"}
    world.sns.refuses.clear()
    world.advance(31)
    world.follow_up().sweep()
    assert [mail["to"] for mail in world.sns.mails] == [ANN, CAT, BOB]
    assert world.record(task).request.outbox == frozenset()


@pytest.mark.parametrize("timed_out", [False, True])
def test_a_retry_and_asking_again_after_the_timeout_supersede_the_first_request_and_its_link(
    timed_out: bool,
) -> None:
    world = World()
    first = world.take(world.wait(retry_count=0))
    if timed_out:
        world.advance(3601)
    else:
        world.states.forget(first.token)
    second = world.take(world.wait(retry_count=0 if timed_out else 1))
    assert world.record(first).request.status is Status.SUPERSEDED
    assert world.record(second).request.status is Status.OPEN
    assert world.call(world.link(first))["statusCode"] == 410
    assert "Superseded" in world.types()
    assert len(world.sns.mails) == 6, "nobody is told of a request that was replaced"


def test_branches_that_ask_the_same_or_something_else_at_once_stay_open() -> None:
    world = World()
    tasks = [world.take(world.wait({"subject": f"Host {number // 2}"})) for number in range(4)]
    tasks.append(world.take(world.wait({"subject": "Host 0"}, state="Other", retry_count=1)))
    tasks.append(world.take(world.wait({"subject": "Host 0"}, execution="run-2", retry_count=1)))
    assert {world.record(task).request.status for task in tasks} == {Status.OPEN}


def test_a_branch_that_is_retried_leaves_those_open_that_ask_the_same_and_still_wait() -> None:
    world = World()
    retried, other = world.take(world.wait()), world.take(world.wait())
    world.states.forget(retried.token)
    again = world.take(world.wait(retry_count=1))
    statuses = [world.record(task).request.status for task in (retried, other, again)]
    assert statuses == [Status.SUPERSEDED, Status.OPEN, Status.OPEN]
    world.post(world.link(other), outcome="approved")
    world.nudges()
    assert world.record(other).request.status is Status.DELIVERED


def test_a_late_message_of_an_attempt_that_ended_asks_nobody_beside_the_one_that_followed() -> None:
    world = World()
    late = world.wait()
    world.states.forget(late["TaskToken"])
    live = world.take(world.wait(retry_count=1))
    old = world.take(late)
    assert world.store().load(old.id) is None
    assert len(world.sns.mails) == 3
    assert world.record(live).request.status is Status.OPEN


def test_an_attempt_that_is_taken_in_at_the_same_moment_as_the_one_that_followed_is_closed() -> None:
    world = World()
    message = world.wait()
    intake = world.intake()
    create, live = intake.store.create, []

    def at_the_same_moment(*request: Any) -> bool:
        world.states.forget(message["TaskToken"])
        live.append(world.take(world.wait(retry_count=1)))
        return create(*request)

    intake.store.create = at_the_same_moment  # type: ignore[assignment, method-assign]
    old, request = parse(message)
    intake.take(request, old)
    assert world.record(old).request.status is Status.SUPERSEDED
    assert world.record(live[0]).request.status is Status.OPEN
    assert set(world.links_mailed()) == {world.link(live[0], number) for number in range(3)}


def test_what_step_functions_does_not_answer_is_not_guessed() -> None:
    """Neither whether this task still waits, nor whether the one before it does: the message comes again."""
    world = World()
    first, second = world.take(world.wait()), world.wait(retry_count=1)
    world.states.forget(first.token)
    world.states.inject(Fault.THROTTLED, token=second["TaskToken"])
    with pytest.raises(Undelivered):
        world.take(second)
    assert world.store().load(parse(second)[0].id) is None
    world.states.inject(Fault.THROTTLED, token=first.token)
    with pytest.raises(Undelivered):
        world.take(second)
    assert world.record(first).request.status is Status.OPEN
    again = world.take(second)
    assert world.record(first).request.status is Status.SUPERSEDED
    assert world.record(again).request.status is Status.OPEN
    assert len(world.mails("Approval needed")) == 6


def test_what_only_an_operator_can_mend_keeps_nobody_from_being_asked() -> None:
    """Until the roles are let, Step Functions tells nothing: both are asked, and the answer waits as well."""
    world = World()
    first, second = world.take(world.wait()), world.wait(retry_count=1)
    for token in (first.token, second["TaskToken"]):
        world.states.inject(Fault.ACCESS_DENIED, token=token)
    again = world.take(second)
    assert world.record(first).request.status is Status.OPEN
    assert world.record(again).request.status is Status.OPEN


@pytest.mark.parametrize("ended", [False, True])
def test_reads_do_not_grow_with_the_requests_that_ask_the_same(ended: bool) -> None:
    def reads_after(count: int) -> int:
        world = World()
        for _ in range(count):
            task = world.take(world.wait())
            if ended:
                world.post(world.link(task), outcome="approved")
                world.nudges()
        query, reads = world.dynamodb.query, []

        def counted(**parameters: Any) -> Any:
            # The list itself is read in pages of two here, of thousands in DynamoDB.
            reads.extend([parameters] if "E#" not in str(parameters) else [])
            return query(**parameters)

        world.dynamodb.query = counted  # type: ignore[method-assign]
        world.states.calls.clear()
        if ended:
            world.advance(3601)
        world.take(world.wait(retry_count=1) if ended else world.wait())
        assert len(world.states.calls) == (0 if ended else 1)
        return len(reads)

    assert reads_after(2) == reads_after(40)


@pytest.mark.parametrize("key", ["subject", "details", "requester", "fields"])
def test_a_request_that_holds_the_token_is_refused(key: str) -> None:
    world = World()
    message = world.wait()
    token = message["TaskToken"]
    value: Any = {
        "subject": token[:100],
        "details": {"Execution": {"Id": "x"}, "Task": {"Token": token}},
        "requester": token[:100],
        "fields": [{"name": "a", "help": f"see {token}"}],
    }[key]
    if key in ("subject", "requester"):
        message["TaskToken"] = token = value
    message["Request"] = {"subject": "s", key: value}
    assert world.refuses(message) == f"{key} must not hold the task token, which is a credential"


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else 1


@pytest.mark.parametrize(
    ("request_", "cause"),
    [
        (None, "the request must be an object with a subject, got NoneType"),
        ([], "the request must be an object with a subject, got list"),
        ({}, "subject must not be empty"),
        ({"subject": " \n "}, "subject must not be empty"),
        ({"subject": 7}, "subject must be text, got int"),
        ({"subject": "x" * 501}, "subject must have at most 500 characters, got 501"),
        ({"subject": "s", "quorom": 2}, "the request has an unknown 'quorom'"),
        ({"subject": "s", "approvers": []}, "approvers must name at least one, got an empty list"),
        ({"subject": "s", "approvers": "ann"}, "approvers must be a list of mail addresses, got str"),
        (
            {"subject": "s", "approvers": [ANN, "mallory@example.test"]},
            "approvers must be among those this instance may ask, got 'mallory@example.test'",
        ),
        ({"subject": "s", "quorum": 0}, "quorum must be between 1 and 3, as so many people are asked, got 0"),
        ({"subject": "s", "quorum": 4}, "quorum must be between 1 and 3, as so many people are asked, got 4"),
        *[
            ({"subject": "s", "quorum": wrong}, f"quorum must be a whole number, got {wrong!r}")
            for wrong in (1.5, True, float("inf"), float("nan"), "2", [2])
        ],
        (
            {"subject": "s", "approvers": [ANN], "requester": ANN},
            "quorum must be between 1 and 0, as so many people are asked besides the requester",
        ),
        ({"subject": "s", "details": "x" * 262_144}, "details must have at most 262144 bytes of JSON, got"),
        (
            {"subject": "s", "details": {"amount": float("1e999")}},
            "details must hold no number that is larger than a double can be",
        ),
        ({"subject": "s", "details": nested(150)}, "details must be nested at most 100 deep"),
        ({"subject": "s", "fields": {}}, "fields must be a list, got dict"),
        (
            {"subject": "s", "fields": [{"name": "a", "type": "date"}]},
            "field a: type must be one of text, number",
        ),
    ],
)
def test_what_can_never_be_asked_fails_the_task_at_once(request_: Any, cause: str) -> None:
    world = World()
    assert world.refuses(world.wait() | {"Request": request_}).startswith(cause)


@pytest.mark.parametrize("missing", ["TimeoutSeconds", "ExecutionArn"])
def test_a_message_without_a_timeout_or_an_execution_is_refused(missing: str) -> None:
    world = World()
    message = world.wait()
    del message[missing]
    assert missing in world.refuses(message)


def test_named_approvers_may_be_written_otherwise_and_twice() -> None:
    world, task = asked({"subject": "s", "approvers": [BOB.upper(), EVE, BOB]})
    assert world.record(task).request.approvers == (BOB, EVE)
    assert [mail["to"] for mail in world.sns.mails] == [BOB, EVE]


@pytest.mark.parametrize("retry_count", [0, 1])
def test_a_retry_or_a_redriven_state_whose_start_is_unknown_gets_its_whole_timeout(retry_count: int) -> None:
    """Both carry the time when the state was entered first."""
    world = World()
    message = world.wait(retry_count=retry_count, timeout_seconds=600)
    world.advance(5000)
    message["TaskToken"] = world.wait(timeout_seconds=600)["TaskToken"]
    task = world.take(message)
    assert world.record(task).request.deadline == world.now() + 600
    assert len(world.sns.mails) == 3


def test_a_message_that_waited_in_the_queue_has_the_deadline_of_its_task() -> None:
    world = World()
    message = world.wait(timeout_seconds=3600)
    began = world.now()
    world.advance(1800)
    task = world.take(message)
    assert task.deadline is not None
    assert world.record(task).request.deadline == task.deadline.timestamp() == began + 3600
    world.advance(1801)
    assert world.call(world.link(task))["statusCode"] == 410
    assert world.post(world.link(task), outcome="approved")["statusCode"] == 410


@pytest.mark.parametrize("timeout_seconds", [30, 600])
def test_nobody_is_asked_for_a_task_that_ended_before_its_message_came(timeout_seconds: float) -> None:
    world = World()
    message = world.wait(timeout_seconds=timeout_seconds)
    world.advance(timeout_seconds + 1)
    world.take(message)
    assert not world.dynamodb.items
    assert not world.sns.mails


def test_the_link_is_on_a_line_of_its_own() -> None:
    world = World()
    world.take(world.wait({"subject": "Release", "details": {"url": "https://elsewhere.test/x"}}))
    lines = world.sns.mails[0]["body"].splitlines()
    assert [line for line in lines if line.startswith("http")] == [f"{BASE}/r/{next(world.links_mailed())}"]


TOLD = {
    "APPROVERS": f'["{ANN}"]',
    "ESCALATION_APPROVERS": "[]",
    "QUORUM": "1",
    "REMIND_AFTER_SECONDS": "0",
    "ESCALATE_AFTER_SECONDS": "900",
    "RETENTION_DAYS": "30",
}


def test_settings_are_as_the_component_writes_them() -> None:
    assert AskSettings.read(TOLD) == AskSettings((ANN,), (), 1, 0, 900, 30)


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize("value", ["", "-1", "true", '"one"', "1.5", "[1]", "{}"])
def test_no_setting_has_a_default_and_a_wrong_one_is_told_with_its_value(name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=rf"^{name} must be .*, got {re.escape(repr(value))}$"):
        AskSettings.read({**TOLD, name: value})

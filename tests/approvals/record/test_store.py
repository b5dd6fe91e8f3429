"""The store never writes over a version it has not seen, whatever a change is about; it lists what waits."""

from dataclasses import replace
from typing import Any

from approvals.request import outbox
from approvals.request.model import Change, Request, Status

from tests.approvals.world import ANN, BOB, CAT, EVE, World, asked
from tests.support.step_functions import Fault


def test_two_changes_without_an_audit_entry_do_not_write_over_each_other() -> None:
    """The bookkeeping of mails has no audit entry to guard it: the version alone does."""
    world, task = asked()
    store = world.store()

    def owing(*entries: str) -> Request:
        after, _ = store.change(
            task.id,
            lambda request: Change(replace(request, outbox=frozenset(entries), leased_until=0)),
            world.now(),
        )
        assert after is not None
        return after

    owing("mail:remind:0", "mail:remind:1")
    interrupted = False

    def taken(current: Request, entry: str) -> Change | None:
        return outbox.released(current, world.now(), sent=[entry])

    def first_sent(request: Request) -> Change | None:
        nonlocal interrupted
        if not interrupted:
            interrupted = True
            store.change(task.id, lambda current: taken(current, "mail:remind:1"), world.now())
        return taken(request, "mail:remind:0")

    after, changed = store.change(task.id, first_sent, world.now())
    assert changed
    assert after is not None
    assert after.outbox == frozenset()
    record = store.load(task.id)
    assert record is not None
    assert record.request.outbox == frozenset()


def test_details_of_a_quarter_of_a_megabyte_fit_into_an_item_in_any_script() -> None:
    """An item has at most 400 KB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
    details = {"설명": "가" * 80_000, "half": "\ud83d"}
    world, task = asked({"subject": "Release 1.4", "details": details})
    record = world.store().load(task.id)
    assert record is not None
    assert record.details == details


def test_a_read_that_saw_half_a_change_is_read_again() -> None:
    world, task = asked(quorum=2)
    world.post(world.link(task, 1), outcome="approved")
    query, pages = world.dynamodb.query, []

    def torn(**parameters: Any) -> dict[str, Any]:
        pages.append(parameters)
        if len(pages) == 2:
            # Sorts into the page that was read already, while the request is on the one that follows.
            world.post(world.link(task, 0), outcome="approved")
        return query(**parameters)

    store = world.store()
    world.dynamodb.query = torn  # type: ignore[method-assign]
    record = store.load(task.id)
    assert record is not None
    assert set(record.request.votes) == set(record.decisions) == {0, 1}


def test_the_list_of_what_waits_says_what_an_operator_asks_and_holds_no_token_and_no_link() -> None:
    world = World(quorum=2, escalate_after_seconds=900)
    later, task, gone = (
        world.take(world.wait({"subject": name, "requester": "dan"}, execution=name, timeout_seconds=seconds))
        for name, seconds in (("later", 90_000), ("mine", 7200), ("gone", 3600))
    )
    world.states.end(gone.execution_arn)
    world.follow_up().execution_ended(gone.execution_arn)
    mine, other = world.waiting()
    assert mine == {
        "pk": f"E#{task.execution_arn}",
        "sk": f"{world.record(task).request.digest}#{task.id}",
        "request_id": task.id,
        "subject": "mine",
        "state_machine_arn": task.state_machine_arn,
        "state_name": "Ask",
        "requester": "dan",
        "approvers": [ANN, BOB, CAT],
        "quorum": 2,
        "approvals": 0,
        "asked_at": 1_800_000_000,
        "deadline": 1_800_007_200,
        "retry_count": 0,
        "closed": False,
        "waiting": "open",
        "expires_at": 1_800_007_200 + 30 * 86_400,
    }
    assert other["request_id"] == later.id, "the nearest deadline first"
    world.advance(901)
    world.follow_up().sweep()
    world.post(world.link(task, 3), outcome="approved")
    assert [each["approvals"] for each in world.waiting()] == [1, 0]
    assert world.waiting()[0]["approvers"] == [ANN, BOB, CAT, EVE]
    world.states.inject(Fault.THROTTLED, answers=True)
    world.post(world.link(task), outcome="approved")
    assert [each["request_id"] for each in world.waiting(Status.DECIDED)] == [task.id], "not delivered yet"
    listed = [item for item in world.dynamodb.items.values() if "waiting" in item]
    assert sum(item["pk"]["S"].startswith("E#") for item in listed) == 2
    for secret in (task.token, *world.record(task).request.links, *world.links_mailed()):
        assert secret not in str(listed)
    world.nudges()
    assert [each["request_id"] for each in world.waiting()] == [later.id]
    assert world.waiting(Status.DECIDED) == []

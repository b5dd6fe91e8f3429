"""The store never writes over a version it has not seen, whatever the change is about."""

from dataclasses import replace
from typing import Any

from approvals.request import outbox
from approvals.request.model import Change, Request

from .world import asked


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

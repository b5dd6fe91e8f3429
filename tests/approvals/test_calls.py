"""How many calls to AWS things cost, warm, until the last mail, event and mark is out: a bound on time and
money that no machine changes."""

from typing import Any

import pytest
from approvals.answering.nudge import Nudge

from . import fakes
from .processes import Process
from .world import World

APPROVERS = tuple(f"approver{number:02}@example.test" for number in range(20))


class Counted(World):
    """A world in which one process makes all the calls."""

    def __init__(self, approvers: int, **changes: Any) -> None:
        super().__init__(approvers=APPROVERS[:approvers], **changes)
        self.process = Process()

    def spent(self) -> int:
        """Calls since this was asked before."""
        calls, self.process.calls = self.process.calls, 0
        return calls

    def nudge(self) -> int:
        """What the page asked the follow-up for happens; calls of both."""
        nudge: Nudge = self.nudged.pop()
        assert not self.nudged
        self.follow_up(self.process).look_after(nudge)
        return 1 + self.spent()


@pytest.fixture(autouse=True)
def real_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A query reads a megabyte, not two items."""
    monkeypatch.setattr(fakes, "PAGE", 1_000)


@pytest.mark.parametrize(("approvers", "ask", "remind"), [(1, 7, 7), (3, 7, 7), (20, 9, 9)])
def test_asking_and_reminding(approvers: int, ask: int, remind: int) -> None:
    world = Counted(approvers, remind_after_seconds=600)
    world.take(world.wait(), world.process)
    assert len(world.mails("Approval needed")) == approvers
    assert world.spent() == ask
    world.advance(601)
    assert world.follow_up(world.process).sweep() == 0
    assert len(world.mails("Reminder")) == approvers
    assert world.spent() == remind


@pytest.mark.parametrize(("approvers", "quorum"), [(1, 1), (3, 1), (3, 2), (3, 3), (20, 1), (20, 20)])
def test_showing_and_deciding(approvers: int, quorum: int) -> None:
    world = Counted(approvers, quorum=quorum)
    task = world.take(world.wait(), world.process)
    world.spent()
    for number in range(quorum):
        world.call(world.link(task, number), process=world.process)
        assert world.spent() == 1
        answer = world.post(world.link(task, number), world.process, outcome="approved")
        assert answer["statusCode"] == 303
        decides, last = world.spent(), number == quorum - 1
        assert decides == (4 if last else 3), "Step Functions has it with the last of these"
        assert len(world.states.accepted) == last
        world.call(world.link(task, number), process=world.process)
        assert world.spent() == (2 if last else 1)
        assert decides + world.nudge() == (9 if last else 7)
    assert sorted(mail["to"] for mail in world.mails("Approved")) == list(APPROVERS[:approvers])
    assert world.types() == ["Requested", *["Decided"] * quorum, "Delivered"]
    assert world.follow_up(world.process).sweep() == 0
    assert world.spent() == 1, "nothing is left to do"


def test_a_minute_in_which_nothing_is_due_costs_one_call() -> None:
    world = Counted(3)
    for number in range(10):
        world.take(world.wait({"subject": str(number)}))
    assert world.follow_up(world.process).sweep() == 0
    assert world.spent() == 1


@pytest.mark.parametrize("branches", [5, 40])
def test_a_retry_closes_equal_branches_that_timed_out_at_the_same_cost_each(branches: int) -> None:
    """A Map whose items ask exactly the same; 40 run at a time."""
    world = Counted(3)
    tasks = [world.take(world.wait(timeout_seconds=600)) for _ in range(branches)]
    world.advance(601)
    world.spent()
    world.take(world.wait(timeout_seconds=600, retry_count=1), world.process)
    assert world.spent() <= 8 + 8 * branches
    assert {world.record(task).request.is_closed for task in tasks} == {True}

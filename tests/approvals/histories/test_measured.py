"""Histories that were measured to go wrong once: a branch is cancelled, an end is heard of by nobody, mails
hang in front of a decision."""

from typing import Any

import pytest
from approvals.request.model import Status

from tests.approvals.processes import Process

from .steps import Step
from .story import MINUTE, Story
from .trouble import HANG_SECONDS
from .truths import after_an_hour, in_the_end

REMINDED_AFTER = 900
WEEK = 7 * 86_400


def once(*job: Any) -> Step:
    return ("at once", [(job, (None, False))], 0)


A_SIBLING_FAILED: list[Step] = [
    ("ask", 0, 1, WEEK),
    once("take", 1),
    once("decide", 1, 0, False, False),
    once("nudge", False),
    ("cancel", 0),
]
ITS_END_IS_LOST: list[Step] = [("stop", 0, True)]
ITS_END_COMES_DURING_AN_OUTAGE: list[Step] = [
    ("stop", 0, False),
    ("outage", "DynamoDB", "hangs"),
    once("hear", 0),
    ("jump", 61),
    once("hear", 0),
    ("jump", 61),
    once("hear", 0),
    ("calm",),
]


@pytest.mark.parametrize("history", [A_SIBLING_FAILED, ITS_END_IS_LOST, ITS_END_COMES_DURING_AN_OUTAGE])
def test_what_nobody_waits_for_is_closed_by_the_time_of_the_next_reminder(history: list[Step]) -> None:
    story = Story(approvers=3, quorum=1, remind_after_seconds=REMINDED_AFTER, escalate_after_seconds=0)
    with story.logged():
        story.play(history)
        mails = len(story.trouble.mailed)
        story.run(REMINDED_AFTER // MINUTE + 1)
        closed = story.world.record(story.task(0)).request
        assert closed.status is Status.CANCELLED
        told = [mail.subject for mail in story.trouble.mailed[mails:]]
        assert told.count("No longer needed: Release 0") == 3
        assert not [subject for subject in told if "approval needed" in subject]
        link = story.world.link(story.task(0))
        late = story.world.post(link, outcome="approved")
        assert (late["statusCode"], story.world.get_json(link)["state"]) == (410, "cancelled")
        story.settle()
        after_an_hour(story)
        story.finish()
        in_the_end(story)


def test_a_decision_does_not_wait_behind_mails_that_hang() -> None:
    """Sixty requests whose mails hang for five seconds each: five minutes for one thread."""
    story = Story(approvers=3, quorum=1, remind_after_seconds=0, escalate_after_seconds=0)
    story.outage("Sns", "hangs")
    for number in range(60):
        story.ask(0, number, WEEK)
        story.at_once([(("take", number), (None, False))], 0)
    _decided_in_time(story, HANG_SECONDS)


def test_a_decision_does_not_wait_behind_reminders() -> None:
    """A hundred are due at once, and every call takes so long that a sweep has time for fifteen."""
    story = Story(approvers=1, quorum=1, remind_after_seconds=REMINDED_AFTER, escalate_after_seconds=0)
    for number in range(120):
        story.ask(0, number, WEEK)
        story.at_once([(("take", number), (None, False))], 0)
    story.world.advance(REMINDED_AFTER)
    way = story.trouble.way

    def slow(process: Process, method: Any, parameters: dict[str, Any]) -> Any:
        story.world.advance(0.4)
        return way(process, method, parameters)

    story.trouble.way = slow  # type: ignore[method-assign]
    _decided_in_time(story, 5)
    reminders = [mail.to for mail in story.trouble.mailed if mail.subject.startswith("Reminder")]
    assert 0 < len(reminders) < 120, "they were due all the while"


def _decided_in_time(story: Story, overtime: float) -> None:
    """A decision whose answer is throttled, and whose nudge is lost, is delivered within two minutes, and no
    sweep takes longer than it may."""
    last = len(story.messages) - 1
    for _ in range(3):
        story.fault("States", "throttled")
    story.at_once([(("decide", last, 0, True, False), (None, False))], 0)
    story.forget_nudges()
    world, decided_at = story.world, story.world.now()
    while world.record(story.task(last)).request.status is Status.DECIDED:
        began = world.now()
        story.at_once([(("sweep",), (None, False))], 0)
        assert world.now() - began <= MINUTE + overtime
        world.advance(max(0, began + MINUTE - world.now()))
        assert world.now() - decided_at <= 2 * MINUTE + overtime
    assert world.states.answers(story.messages[last]["TaskToken"])

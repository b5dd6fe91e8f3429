"""What mails say: whose they are, what they ask for, until when, and what an end means for who was asked."""

import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from approvals.asking import mails
from approvals.settings import Appearance, WrongSetting
from countersign_runtime import Task

from tests.support.step_functions import Fault

from .test_showing import _places
from .test_strange_content import FOREIGN, LINKED
from .world import ANN, BASE, BOB, World

KOREAN = Appearance("한빛 결제팀", time_zone=ZoneInfo("Asia/Seoul"), language="ko")
FIELDS = [
    {"name": "window", "label": "Release window", "type": "choice", "options": ["now"], "required": True},
    {"name": "note", "label": "A note"},
    {"name": "share", "type": "number", "required": True},
]


def asked(appearance: Appearance | None = None, **request: Any) -> tuple[World, Task]:
    world = World(quorum=2)
    world.appearance = appearance or world.appearance
    return world, world.take(world.wait({"subject": "Release 1.4", **request}, timeout_seconds=90_000))


def test_a_mail_says_whose_it_is_then_the_link_then_what_is_asked_until_when_and_what_to_fill_in() -> None:
    world, task = asked(Appearance("Shop"), requester="dan", fields=FIELDS, details={"risk": "low"})
    (mail,) = world.mails(to=ANN)
    assert mail["subject"] == "Approval needed: Release 1.4"
    assert mail["body"] == (
        "Shop\n"
        "\n"
        "You are asked to approve or reject something. Read it and decide here:\n"
        f"{BASE}/r/{world.link(task)}\n"
        "\n"
        "  Release 1.4\n"
        "\n"
        "Asked by: dan\n"
        "Decide by: Sat 16 Jan 2027, 09:00 UTC, 1 d 1 h left\n"
        "Approvals: 0 of 2 needed\n"
        "Workflow: release / run-1 / Ask\n"
        "\n"
        "To approve, you will have to fill in:\n"
        "  - Release window\n"
        "  - share\n"
        "\n"
        "Details:\n"
        "  risk: low\n"
        "\n"
        "The link is yours alone: whoever has it can decide in your name. Do not pass it on.\n"
    )


def test_what_people_wrote_keeps_its_lines_and_none_of_them_looks_like_ours() -> None:
    text = "Why:\n  - faster\r\n  - safer\u2028Approvals: 2 of 2 needed\n\nThe link is http://evil.test/r/1"
    world, task = asked(details={"notes": text, "list": ["a\nb", "c\n"]})
    shown = world.mails(to=ANN)[0]["body"].partition("Details:\n")[2].partition("\n\nThe link is yours")[0]
    assert shown.split("\n") == [
        "  notes:",
        "    Why:",
        "      - faster",
        "      - safer",
        "    Approvals: 2 of 2 needed",
        "    ",
        "    The link is http[:]//evil[.]test/r/1",
        "  list:",
        "    1:",
        "      a",
        "      b",
        "    2: c",
    ]
    world.post(world.link(task), outcome="rejected", comment="No:\n- too early\n- too big")
    world.nudges()
    told = world.mails("Rejected", BOB)[0]["body"]
    assert (
        f"  Fri 15 Jan 2027, 08:00 UTC  {ANN} rejected\n      No:\n      - too early\n      - too big\n"
        in told
    )


def closed(how: str, appearance: Appearance | None = None) -> World:
    """A world in which a request ended."""
    world, task = asked(appearance)
    if how == "expired":
        world.advance(90_001)
        world.follow_up().sweep()
    elif how == "cancelled":
        world.follow_up().execution_ended(task.execution_arn)
    elif how == "rejected":
        world.post(world.link(task), outcome="rejected", comment="no")
    else:
        world.post(world.link(task), outcome="approved")
        if how == "too_late":
            world.states.inject(Fault.THROTTLED, answers=True)
            world.post(world.link(task, 1), outcome="approved")
            world.states.end(task.execution_arn)
            world.nudged.clear()
            world.advance(61)
            world.follow_up().sweep()
        else:
            world.post(world.link(task, 1), outcome="approved")
    world.nudges()
    return world


ENDS = {
    "approved": ("Approved", "This was approved, and the workflow has gone on."),
    "rejected": ("Rejected", "This was rejected, and the workflow has been told."),
    "expired": (
        "Expired",
        "Nobody decided in time, so the workflow no longer waits, and nothing was approved.",
    ),
    "cancelled": (
        "No longer needed",
        "The workflow that asked has ended, so there is nothing to decide any more.",
    ),
    "too_late": ("Decided too late", "This was decided, but its workflow no longer waited"),
}


@pytest.mark.parametrize("how", ENDS)
def test_who_was_asked_hears_what_the_end_means_and_that_they_need_do_nothing(how: str) -> None:
    title, opening = ENDS[how]
    found = [mail for mail in closed(how).mails(title) if "/r/" not in mail["body"]]
    assert sorted(mail["to"] for mail in found) == sorted(World().settings.approvers)
    for mail in found:
        assert mail["subject"] == f"{title}: Release 1.4"
        assert mail["body"].startswith(opening)
        assert "You need do nothing more" in mail["body"]


@pytest.mark.parametrize("how", ENDS)
def test_mails_are_in_korean_if_the_instance_says_so(how: str) -> None:
    """But for what others wrote, names and zones."""
    world = closed(how, KOREAN)
    assert {mail["subject"].partition(":")[0] for mail in world.mails(to=BOB)} == {
        "승인 요청",
        mails.Mails(KOREAN)._words(f"{how}.title"),
    }
    for mail in world.mails(to=BOB):
        ours = re.sub(r"https://\S+|Release 1\.4|release / run-1 / Ask|\S+@\S+|KST|UTC", "", mail["body"])
        assert not re.search("[A-Za-z]{2}", ours.replace("no\n", "")), ours
        assert mail["body"].startswith("한빛 결제팀\n")
    asks = world.mails("승인 요청", BOB)[0]["body"]
    assert "결정 기한: 2027년 1월 16일(토) 18:00 KST (UTC+9), 1일 1시간 남음" in asks


def test_korean_is_complete() -> None:
    english, korean = mails._LANGUAGES["en"], mails._LANGUAGES["ko"]
    assert english.keys() == korean.keys()
    for key, template in english.items():
        assert sorted(_places(template)) == sorted(_places(korean[key])), key
    for kind in mails.KINDS[:-1]:
        assert f"{kind}.opening" in english


@pytest.mark.parametrize("subject", ["가" * 400, "\U0001f680" * 200, "e\u0301" * 200])
@pytest.mark.parametrize("kind", ["ask", "remind", "again", "escalate"])
def test_a_korean_subject_is_one_that_sns_takes(subject: str, kind: str) -> None:
    world, task = asked(KOREAN, subject=subject)
    record = world.record(task)
    mail = mails.Mails(KOREAN).asking(kind, record, "https://x.test/r/1", world.now())
    assert 20 < len(mail.subject.encode("utf-16-le")) // 2 <= mails.MAX_SUBJECT
    assert mail.subject.isprintable()


def test_nothing_of_the_organization_the_fields_or_the_requester_is_a_link() -> None:
    fields = [{"name": "a", "label": FOREIGN[:190], "required": True}]
    world, task = asked(
        Appearance("shop.example.com"), fields=fields, requester=FOREIGN, details=f"a\n{FOREIGN}"
    )
    body = world.mails(to=ANN)[0]["body"]
    assert LINKED.findall(body) == [f"{BASE}/r/{world.link(task)}"]
    assert body.startswith("shop[.]example[.]com\n")


def test_time_left_is_as_of_the_mail() -> None:
    world = World(remind_after_seconds=600)
    world.take(world.wait(timeout_seconds=3600))
    world.advance(3000)
    world.follow_up().sweep()
    assert "09:00 UTC, 10 min left\n" in world.mails("Reminder", ANN)[0]["body"]


def test_a_language_that_no_mail_is_in_is_refused() -> None:
    with pytest.raises(WrongSetting, match="MAIL_LANGUAGE must be en or ko, got 'de'"):
        Appearance.read({"MAIL_LANGUAGE": "de"})
    assert Appearance.read({}).language == "en"
    assert Appearance.read({"MAIL_LANGUAGE": "ko"}).language == "ko"

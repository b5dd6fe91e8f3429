"""What a requester writes passes for no link and no answer, and no page is too large for it."""

import json
import re
from typing import Any

import pytest
from approvals.request.model import Status
from countersign_runtime import TaskFailed

from .world import ANN, BASE, FORM, World

MAX_RESPONSE_BYTES = 6_291_556
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

LINKED = re.compile(
    r"[A-Za-z][A-Za-z\d+.-]*(?<=[A-Za-z]):\S+"  # https://evil.test, and tel:, mailto:, file: without slashes
    r"|[\w@-]+[.\u3002\uff0e\uff61][^\W\d_]{2,}\b|\w+[^\w\s\[]*[.\u3002][^\w\s\[\]]*[^\W\d_][^\x00-\x7f\s]"
    r"|\b\w+(?:\.\w+){3}\b|(?i:www|ftp)\.\w|\\\\\w+"
)
"""What mail programs make links of: Outlook's list, Thunderbird's any scheme, linkify-it's domains in all
scripts and IP addresses, shares.
https://github.com/markdown-it/linkify-it, https://github.com/mozilla/gecko-dev `mozTXTToHTMLConv.cpp`"""

FOREIGN = (
    "Pay at https://evil.test/r/1 or www.evil.test, ann@evil.test, evil\u3002test, "
    r"\\evil\share and see HTTPS://EVIL.TEST"
)
UNSEEN = ["\u200b", "\u3164", "\u00ad", "\u2800", "\u115f\u1160", "\U000e0020", " \ufe0f\n"]


def test_the_only_link_in_a_mail_is_the_approvers_own_and_it_stands_first() -> None:
    world = World(remind_after_seconds=600)
    task = world.take(
        world.wait(
            {
                "subject": FOREIGN,
                "requester": f"dan {FOREIGN}",
                "details": {FOREIGN: FOREIGN, "list": [FOREIGN]},
            },
            state="Ask evil.test",
        )
    )
    world.advance(601)
    world.follow_up().sweep()
    world.post(world.link(task), outcome="rejected", comment=FOREIGN)
    world.nudges()
    asked, reminded, rejected = (
        world.mails(kind, ANN)[0]["body"] for kind in ("Approval", "Reminder", "Rej")
    )
    for mail in (asked, reminded):
        assert LINKED.findall(mail) == [f"{BASE}/r/{world.link(task)}"]
        assert mail.index(BASE) < mail.index("Pay at")
    assert set(LINKED.findall(rejected)) == {ANN}


@pytest.mark.parametrize(
    "foreign",
    [
        "https://2130706433/x",
        "HTTP:\\\\evil",
        "10.0.0.1/x",
        "0x7f.0.0.1/x",
        "mailto:ann@[10.0.0.1]",
        "tel:+4912345",
        "te\u200bl:+4912345",
        "javascript:alert(1)",
        "www.163",
        "w\u00adww.163",
        "e\u0301vil.c\u0301om",
        "\u0909\u0926\u093e\u0939\u0930\u0923.\u092d\u093e\u0930\u0924",
        "\u0bae\u0bcd.\u0b87\u0bb2\u0b99\u0bcd\u0b95\u0bc8",
        "evil.\u200bcom",
        "evil.xn--p1ai",
    ],
)
def test_nor_does_a_mail_program_make_one_of_any_other_kind_of_address(foreign: str) -> None:
    """In the subject too, which drops what cannot be seen after everything else."""
    assert LINKED.search(foreign.replace("\u200b", "").replace("\u00ad", ""))
    world = World()
    task = world.take(world.wait({"subject": foreign, "details": [foreign]}))
    (mail,) = world.mails("Approval", ANN)
    assert not LINKED.search(mail["subject"])
    assert LINKED.findall(mail["body"]) == [f"{BASE}/r/{world.link(task)}"]


def test_what_is_no_address_reads_in_a_mail_as_it_was_written() -> None:
    plain = "v2.0.0-rc.1 at 10:30, 2026-11-28T10:30:00Z, e.g. 3.5 % (etc.), owner: U.S. team, disk C: a/b, "
    plain += "arn:aws:sqs:eu-west-1:111122223333:pay"
    world = World()
    world.take(world.wait({"subject": plain[:60], "details": plain}))
    (mail,) = world.mails("Approval", ANN)
    assert plain in mail["body"]
    assert plain[:60] in mail["subject"]


@pytest.mark.parametrize("unseen", UNSEEN)
def test_what_nobody_can_see_is_no_reason_no_subject_and_no_text(unseen: str) -> None:
    world = World()
    fields = [{"name": "why", "required": True}]
    task = world.take(world.wait({"subject": "Pay", "fields": fields}))
    link = world.link(task)
    assert world.post(link, outcome="rejected", comment=unseen)["statusCode"] == 422
    assert world.post(link, outcome="approved", field_why=unseen)["statusCode"] == 422
    assert world.record(task).request.status is Status.OPEN
    with pytest.raises(TaskFailed, match="subject must not be empty"):
        world.take(world.wait({"subject": unseen}))
    options = [{"name": "when", "type": "choice", "options": [unseen, "later"]}]
    with pytest.raises(TaskFailed, match="options must be"):
        world.take(world.wait({"subject": "Pay", "fields": options}))


def test_what_can_be_seen_is_a_reason_in_any_language() -> None:
    for comment in ("No", "아니요", "\U0001f469\u200d\U0001f52c", "نه\u200cخیر"):
        world = World()
        link = world.link(task := world.take(world.wait()))
        assert world.post(link, outcome="rejected", comment=comment)["statusCode"] == 303
        assert world.record(task).decisions[0].comment == comment


@pytest.mark.parametrize(
    ("body", "media"),
    [
        ("outcome=rejected&comment=no&outcome=approved", FORM),
        ("outcome=approved&field-a=1&field-a=2", FORM),
        ('{"outcome": "rejected", "comment": "no", "outcome": "approved"}', "application/json"),
        ('{"outcome": "approved", "fields": {"a": "1", "a": "2"}}', "application/json"),
    ],
)
def test_two_answers_in_one_are_none(body: str, media: str) -> None:
    world = World()
    task = world.take(world.wait({"subject": "Pay", "fields": [{"name": "a"}]}))
    answer = world.call(world.link(task), "POST", body, content_type=media)
    assert answer["statusCode"] == 415
    assert world.record(task).request.status is Status.OPEN


def test_a_choice_of_half_a_character_is_refused_since_no_answer_can_hold_it() -> None:
    world = World()
    fields = [{"name": "w", "type": "choice", "options": ["now \ud83d", "later"]}]
    with pytest.raises(TaskFailed) as failed:
        world.take(world.wait({"subject": "Pay", "fields": fields}))
    assert "field w: options must be whole characters" in failed.value.cause


def nested(value: Any, depth: int) -> Any:
    return [nested(value, depth - 1)] if depth else value


@pytest.mark.parametrize(
    "details",
    [
        nested([1] * 80_000, 94),
        nested(["\"&'<" * 10_000], 94),
        [nested([], 90)] * 1_400,
        [[]] * 60_000,
        {str(number): [number] for number in range(15_000)},
        {"text": "\u2603\U0001f600" * 25_000},
        [{"a": {"b": ["<&>" * 10, None, True, 1.5]}}] * 3_000,
    ],
    ids=["deep and long", "deep and quoted", "many and deep", "many", "keys", "text", "rows"],
)
def test_whatever_the_details_are_the_page_fits_into_a_response(details: Any) -> None:
    world = World()
    task = world.take(world.wait({"subject": "Pay", "details": details}))
    answer = world.call(world.link(task))
    assert answer["statusCode"] == 200
    assert len(json.dumps(answer).encode()) < MAX_RESPONSE_BYTES

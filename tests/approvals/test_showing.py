"""Mails and pages with everything people and workflows can put into them."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from approvals.page.texts import Words, negotiated
from hypothesis import given
from hypothesis import strategies as st

from countersign_contract.approvals import text

from .world import BASE, World

NASTY = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;",
    "header injection": "Release\r\nBcc: everybody@example.test\r\n\r\nbody",
    "emoji": "\U0001f680" * 80 + "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 20,
    "right to left": "\u0634\u0647\u0631 \u202erelease\u202c \u2067x\u2069\u061c \u05e9\u05dc\u05d5\u05dd",
    "controls": "a\x00b\x1b[31mc\x7f\u2028d\x85e",
    "half characters": "\ud800 \udfff",
    "combining": "e" + "\u0301" * 150,
    "attribute": '" autofocus onfocus="alert(1)',
    "format": "{0} {subject} %s $.x",
}


class Checker(HTMLParser):
    """Reads a page strictly: what is open is closed, and nothing runs."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.controls: list[str] = []
        self.described: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        assert tag in {
            *(
                "html",
                "head",
                "meta",
                "title",
                "style",
                "body",
                "main",
                "section",
                "form",
                "div",
                "p",
                "h1",
                "h2",
            ),
            *(
                "dl",
                "dt",
                "dd",
                "table",
                "tbody",
                "tr",
                "th",
                "td",
                "details",
                "summary",
                "pre",
                "span",
                "bdi",
            ),
            *("ul", "li", "blockquote", "time", "fieldset", "legend", "label", "input", "select", "option"),
            *("textarea", "button", "a"),
        }, tag
        assert not any(name.startswith("on") or name == "style" for name in values), values
        assert (values.get("href") or "#").startswith("#")
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.described += (values.get("aria-describedby") or "").split()
        if tag == "label":
            self.labels.append(values["for"] or "")
        if tag in ("input", "select", "textarea"):
            self.controls.append(values["id"] or "")
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check(page: str) -> Checker:
    page.encode()
    checker = Checker()
    checker.feed(page)
    checker.close()
    assert checker.open == []
    assert len(set(checker.ids)) == len(checker.ids)
    assert set(checker.labels) == set(checker.controls), "every control has a label"
    assert set(checker.described) <= set(checker.ids)
    return checker


@pytest.mark.parametrize("name", list(NASTY))
def test_nasty_text_is_shown_whole_and_does_nothing(name: str) -> None:
    nasty = NASTY[name]
    world = World(remind_after_seconds=600)
    request = {
        "subject": f"x{nasty}",
        "details": {nasty: nasty, "list": [nasty, {"deep": [nasty]}]},
        "requester": nasty[:300],
        "fields": [
            {"name": "a", "label": f"l{nasty}"[:200], "help": nasty, "default": nasty[:100]},
            {"name": "b", "type": "choice", "options": [nasty[:200], "other"], "default": "other"},
        ],
    }
    task = world.take(world.wait(request, state=f"Ask {nasty}"[:80]))
    for number, mail in enumerate(world.sns.mails):
        assert f"\n{BASE}/r/{world.link(task, number)}\n" in mail["body"]
        assert "\r" not in mail["body"]
        assert not any(character in mail["body"] for character in "\u061c\u202e\u2067\x00\x1b\x85")
        mail["body"].encode()
    for language in ("en", "ko"):
        page = world.call(world.link(task), accept_language=language)["body"]
        check(page)
        assert "<script" not in page
        assert "<img" not in page
    wrong = world.post(world.link(task), outcome="rejected", field_a=nasty)
    check(wrong["body"])
    done = world.post(world.link(task), outcome="rejected", comment=f"because {nasty}")
    assert done["statusCode"] == 303
    check(world.call(world.link(task))["body"])
    assert json.loads(world.states.accepted[0].cause)["decisions"][0]["comment"].startswith("because")
    world.nudges()
    assert world.mails("Rejected")


def test_details_of_two_hundred_kilobytes_are_all_on_the_page_and_cut_in_the_mail() -> None:
    world = World()
    details = {f"key {number}": {"text": "lorem ipsum " * 10, "n": number} for number in range(1300)}
    assert len(json.dumps(details)) > 190_000
    task = world.take(world.wait({"subject": "Big", "details": details}))
    page = world.call(world.link(task))["body"]
    check(page)
    for number in (0, 700, 1299):
        assert f"key {number}" in page
    body = world.sns.mails[0]["body"]
    assert len(body) < 8000
    assert "… cut here: the page shows all of it." in body
    assert f"\n{BASE}/r/{world.link(task)}\n" in body


def test_a_page_is_small() -> None:
    world = World(quorum=2)
    details = {"service": "checkout", "change": {"from": "1.3.9", "to": "1.4.0", "tickets": ["A-1", "A-2"]}}
    fields = [{"name": "window", "type": "choice", "options": ["now", "later"]}, {"name": "note"}]
    task = world.take(world.wait({"subject": "Release", "details": details, "fields": fields}))
    world.post(world.link(task, 1), outcome="approved", comment="looks good to me")
    assert len(world.call(world.link(task))["body"].encode()) < 20_000


def test_empty_details_have_no_section() -> None:
    nothing: list[Any] = [None, {}, [], ""]
    for details in nothing:
        world = World()
        page = world.call(world.link(world.take(world.wait({"subject": "s", "details": details}))))["body"]
        assert "Details" not in page


def test_the_page_says_who_asks_until_when_and_how_much_time_is_left() -> None:
    world = World(quorum=2)
    task = world.take(world.wait({"subject": "Release 1.4", "requester": "dan"}, timeout_seconds=90_000))
    page = world.call(world.link(task))["body"]
    for shown in ("dan", "release", "run-1", "Ask", "2027-01-16 09:00:00 UTC", "1 d 1 h left", "0 of 2"):
        assert shown in page


def test_the_title_is_read_out_first_and_says_what_happened() -> None:
    world = World()
    task = world.take(world.wait())
    link = world.link(task)

    def title(answer: dict[str, Any]) -> str:
        return str(answer["body"].partition("<title>")[2].partition("</title>")[0])

    assert title(world.call(link)) == "Your approval is asked for: Release 1.4"
    assert title(world.post(link, outcome="rejected")) == "Please check what you filled in: Release 1.4"
    world.post(link, outcome="rejected", comment="no")
    assert title(world.call(link)) == "Rejected: Release 1.4"
    assert title(world.call(link, accept_language="ko")) == "반려되었습니다: Release 1.4"


def test_a_telephone_takes_no_amount_for_a_number_to_call_and_has_keys_for_every_number() -> None:
    world = World()
    fields = [
        {"name": "share", "type": "number", "minimum": 0},
        {"name": "correction", "type": "number", "minimum": -5},
        {"name": "any", "type": "number"},
    ]
    page = world.call(world.link(world.take(world.wait({"subject": "s", "fields": fields}))))["body"]
    assert '<meta name="format-detection" content="telephone=no,date=no,address=no,email=no">' in page
    inputs = {
        each["name"]: "inputmode" in each["tag"]
        for each in re.finditer(r'(?P<tag><input[^>]*name="field-(?P<name>\w+)"[^>]*>)', page)
    }
    assert inputs == {"share": True, "correction": False, "any": False}, (
        "a phone's number keys lack the minus"
    )


def test_a_field_keeps_its_lines_and_has_a_name_whatever_its_label() -> None:
    world = World()
    fields = [{"name": "lines", "default": "a\nb", "maxLength": 9}, {"name": "bare", "label": " \u200e"}]
    task = world.take(world.wait({"subject": "s", "fields": fields}))
    page = world.call(world.link(task))["body"]
    assert re.search(r'<textarea [^>]*id="field-lines"[^>]*>\na\nb</textarea>', page)
    assert '<label for="field-bare">bare</label>' in page
    world.post(world.link(task), outcome="approved", field_lines="a\r\nb")
    assert world.states.accepted[0].output["fields"] == {"lines": "a\nb", "bare": None}


def test_details_are_tables_for_a_screen_reader_however_they_are_laid_out() -> None:
    world = World()
    task = world.take(world.wait({"subject": "s", "details": {"a": {"b": "c"}}}))
    page = world.call(world.link(task))["body"]
    for role in ("table", "row", "rowheader", "cell"):
        assert page.count(f'role="{role}"') == 2


def test_korean_is_complete_and_chosen_by_the_browser() -> None:
    english, korean = Words("en"), Words("ko")
    assert set(english._texts) == set(korean._texts)
    for key, template in english._texts.items():
        assert sorted(_places(template)) == sorted(_places(korean._texts[key])), key
    world = World()
    page = world.call(world.link(world.take(world.wait())), accept_language="ko-KR,ko;q=0.9,en;q=0.5")
    assert '<html lang="ko">' in page["body"]
    assert "승인이 필요합니다" in page["body"]
    assert page["headers"]["content-language"] == "ko"


def _places(template: str) -> list[str]:
    from string import Formatter

    return [name for _, name, _, _ in Formatter().parse(template) if name]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("ko", "ko"),
        ("en-GB,ko;q=0.5", "en"),
        ("fr, ko;q=0.3", "ko"),
        ("de,fr", "en"),
        ("ko;q=0", "en"),
        ("ko;q=x,en", "en"),
        ("*", "en"),
    ],
)
def test_the_best_language_of_ours(header: str, language: str) -> None:
    assert negotiated(header) == language


@given(st.text(alphabet=st.characters(), max_size=300), st.integers(5, 120))
def test_cutting_never_makes_it_longer_or_leaves_half_a_character(given_text: str, limit: int) -> None:
    short = text.cut(text.one_line(given_text), limit)
    assert len(short.encode("utf-16-le")) // 2 <= limit
    assert "\n" not in short


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet=st.characters()), inner),
)


@given(json_values)
def test_any_details_make_a_sound_page_and_mail(details: Any) -> None:
    world = World()
    task = world.take(world.wait({"subject": "s", "details": details}))
    check(world.call(world.link(task))["body"])
    assert world.link(task) in world.sns.mails[0]["body"]
    json.loads(world.call(world.link(task), accept="application/json")["body"])

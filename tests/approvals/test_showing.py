"""Mails and pages with everything people and workflows can put into them."""

import json
import re
from html.parser import HTMLParser
from string import Formatter
from typing import Any
from urllib.parse import urlencode

import pytest
from approvals.page.texts import Words, negotiated
from countersign_runtime import TaskFailed
from hypothesis import example, given
from hypothesis import strategies as st

from countersign_contract.approvals import text as text_module
from countersign_contract.approvals.text import cut, one_line
from tests.support.anything import json_values, text

from .world import ANN, BASE, BOB, FORM, World, asked

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


TAGS = re.compile(
    "html|head|meta|title|style|body|header|main|footer|section|form|div|p|h1|h2|dl|dt|dd|table|thead|tbody|tr|th"
    "|td|details|summary|pre|span|strong|b|bdi|ul|li|blockquote|time|fieldset|legend|label|input|select|option|textarea|button|a"
)


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
        assert TAGS.fullmatch(tag), tag
        assert not any(name.startswith("on") or name == "style" for name in values), values
        href = values.get("href") or "#"
        assert href.startswith("#") or href == "?mine", href
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
            {
                "name": "b",
                "type": "choice",
                "options": [nasty[:200].encode("utf-8", "replace").decode(), "other"],
                "default": "other",
            },
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


@pytest.mark.parametrize(
    ("details", "lines"),
    [
        ({"a": {"b": [None, True]}, "": 1}, ["  a:", "    b:", "      1: -", "      2: yes", "  1"]),
        ({"long": "x" * 501}, [f"  long: {'x' * 499}…", "  … cut here: the page shows all of it."]),
        ([[[[[[[[[[1]]]]]]]]]], [*[f"{'  ' * n}1:" for n in range(1, 9)], "                  1: …"]),
    ],
)
def test_a_mail_says_where_it_leaves_something_of_the_details_out(details: Any, lines: list[str]) -> None:
    world, _ = asked({"subject": "s", "details": details})
    shown = world.sns.mails[0]["body"].partition("Details:\n")[2].partition("\n\n")[0].splitlines()
    assert shown[: len(lines)] == lines


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


@pytest.mark.parametrize("details", [None, {}, [], ""])
def test_empty_details_have_no_section(details: Any) -> None:
    world = World()
    page = world.call(world.link(world.take(world.wait({"subject": "s", "details": details}))))["body"]
    assert "Details" not in page


def test_the_page_says_who_asks_until_when_and_how_much_time_is_left() -> None:
    world = World(quorum=2)
    task = world.take(world.wait({"subject": "Release 1.4", "requester": "dan"}, timeout_seconds=90_000))
    page = world.call(world.link(task))["body"]
    for shown in ("dan", "release", "run-1", "Ask", "Sat 16 Jan 2027, 09:00 UTC", "1 d 1 h left", "0 of 2"):
        assert shown in page


def test_the_title_is_read_out_first_and_says_what_happened() -> None:
    world, task = asked()
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
    short = cut(one_line(given_text), limit)
    assert len(short.encode("utf-16-le")) // 2 <= limit
    assert "\n" not in short


def test_cutting_looks_at_each_character_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0

    def units(characters: str) -> int:
        nonlocal looked
        looked += len(characters)
        return count(characters)

    count = text_module._units
    monkeypatch.setattr(text_module, "_units", units)
    assert cut("\U0001f680" * 2_000, 1_000) == "\U0001f680" * 499 + "…"
    assert looked <= 2_000, "fifty such comments, for fifty people, took the follow-up minutes"


def test_json_has_what_was_typed_in_few_bytes_and_halves_of_characters_escaped() -> None:
    world, task = asked({"subject": "Release", "details": {"half": "\ud800"}})
    typed = "\U0001f680" * 2_000
    answer = world.post_json(world.link(task), {"outcome": "approved", "comment": typed})
    assert answer["json"]["decisions"][0]["comment"] == typed
    assert answer["json"]["details"] == {"half": "\ud800"}
    assert len(answer["body"].encode()) < len(typed.encode()) + 2_000


# Whatever is asked is shown soundly or refused in words, and whatever is sent to the page is answered.

number = (
    st.integers() | st.floats() | st.sampled_from([10**400, float("inf"), "1e999999999999", "1e-999999999"])
)
anything = json_values | number
field = st.fixed_dictionaries(
    {"name": st.just("a") | anything},
    optional={
        **dict.fromkeys(("label", "help", "default", "required"), anything),
        **dict.fromkeys(("minimum", "maximum", "whole", "maxLength"), anything),
        "type": st.sampled_from(["text", "number", "choice", "boolean"]) | anything,
        "options": st.lists(text, max_size=3) | anything,
    },
)
requests = st.fixed_dictionaries(
    {"subject": st.just("s") | anything},
    optional={
        "details": anything,
        "fields": st.lists(field, max_size=3) | anything,
        "approvers": st.lists(st.sampled_from([ANN, BOB]) | anything, max_size=3) | anything,
        "quorum": number | anything,
        "requester": st.sampled_from([ANN, f"x <{BOB}>"]) | text | anything,
    },
)


@given(requests | anything | st.fixed_dictionaries({"subject": text, "details": json_values}))
@example({"subject": "s", "quorum": float("inf")})
@example({"subject": "s", "details": [float("inf")]})
@example({"subject": "s", "fields": [{"name": "a", "type": []}]})
@example({"subject": "s", "fields": [{"name": "a", "type": "number", "default": "1e999999999999"}]})
def test_whatever_is_asked_is_shown_soundly_or_refused_in_words(request: Any) -> None:
    world = World(approvers=(ANN, BOB))
    try:
        task = world.take(world.wait() | {"Request": request})
    except TaskFailed:
        return
    check(world.call(world.link(task))["body"])
    assert all(f"{BASE}/r/{task.id}" in mail["body"] for mail in world.sns.mails)
    seen = world.get_json(world.link(task))
    assert 1 <= seen["quorum"] <= len(set(world.record(task).request.approvers))
    json.dumps(seen, allow_nan=False)


FIELDS = [
    {"name": "n", "type": "number", "minimum": -5},
    {"name": "c", "type": "choice", "options": ["a", "b"]},
    {"name": "b", "type": "boolean"},
    {"name": "t", "maxLength": 5},
]
sent = st.fixed_dictionaries(
    {},
    optional={
        "outcome": st.sampled_from(["approved", "rejected"]) | anything,
        "comment": text | anything,
        "fields": st.fixed_dictionaries({}, optional=dict.fromkeys("ncbt", anything)) | anything,
    },
)


@given(
    st.builds(lambda body: (json.dumps(body), "application/json"), sent | anything)
    | st.builds(
        lambda form: (urlencode(form, errors="replace"), FORM),
        st.dictionaries(
            st.sampled_from(["outcome", "comment", "field-n", "field-c", "field-b", "field-t"]) | text,
            st.sampled_from(["approved", "rejected", "1e1000000", "-0", "b"]) | text,
            max_size=6,
        ),
    )
    | st.tuples(text, text),
    st.dictionaries(
        st.sampled_from(["accept", "accept-language", "origin", "host", "sec-fetch-site", "user-agent"]),
        st.sampled_from(["https://[", "ko;q=", "application/json", "*/*", "ko;q=nan,en;q=inf"]) | text,
        max_size=3,
    ),
)
@example(("outcome=approved&field-n=1e1000000", FORM), {})
@example(("outcome=approved", FORM), {"origin": "https://["})
def test_whatever_is_sent_to_the_page_is_answered(body: tuple[str, str], headers: dict[str, str]) -> None:
    world, task = asked({"subject": "s", "fields": FIELDS}, quorum=2)
    for _ in range(2):
        names: Any = {name.replace("-", "_"): value for name, value in headers.items()}
        answer = world.call(world.link(task), "POST", body[0], content_type=body[1], **names)
        assert answer["statusCode"] in (200, 303, 403, 409, 413, 415, 422)
        json.dumps(answer, ensure_ascii=False).encode()

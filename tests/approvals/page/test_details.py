"""Details on the page, as people read them: tables, amounts, addresses, long texts."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from approvals.page.details import rendered
from approvals.page.texts import Words
from hypothesis import given
from hypothesis import strategies as st

from tests.approvals.test_showing import check
from tests.approvals.world import World

LIKE = [
    {"service": "checkout", "to": "1.4.0", "amount": 1_250_000},
    {"service": "cart", "to": "2.1.0", "amount": 80_000.5},
]


def shown(details: Any, language: str = "en") -> str:
    return rendered(details, Words(language)) or ""


def texts(html: str) -> list[str]:
    """What stands there, piece by piece."""
    return [unescape(each) for each in re.split(r"<[^>]*>", html) if each]


def test_objects_that_are_alike_are_a_table_with_a_column_for_each_key() -> None:
    html = shown({"steps": LIKE})
    heads = re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', html)
    assert heads == ["service", "to", "amount"]
    rows = [texts(row) for row in re.findall(r"<tr[^>]*>((?:<td.*?)+)</tr>", html)]
    assert rows == [["checkout", "1.4.0", "1,250,000"], ["cart", "2.1.0", "80,000.5"]]
    assert html.count('class="n"') == 3, "a column of amounts has its digits under one another"


@pytest.mark.parametrize(
    "unlike",
    [
        LIKE[:1],
        [{"a": 1, "b": 2, "c": 3}, {"d": 4}],
        [{"a": 1}, 2],
        [{"a": 1}, {}],
        [{"a": {"b": 1}}, {"a": {"b": 2}}],
        [{"a": "x" * 241}, {"a": "y"}],
        [dict.fromkeys("abcdefg", 1)] * 2,
    ],
)
def test_what_is_not_alike_has_a_row_for_each_place(unlike: list[Any]) -> None:
    html = shown(unlike)
    assert 'scope="col"' not in html
    assert '<th scope="row" dir="auto" role="rowheader">1</th>' in html


def test_a_key_that_one_of_them_lacks_is_a_gap_in_the_table() -> None:
    html = shown([{"a": "x", "b": 1}, {"a": "y"}])
    assert texts(html) == ["a", "b", "x", "1", "y", "-"]


def test_short_values_stand_one_after_the_other() -> None:
    html = shown({"tickets": ["SHOP-812", "SHOP-815"]})
    assert "<li><span" in html
    assert texts(html) == ["tickets", "SHOP-812", "SHOP-815"]


@pytest.mark.parametrize(
    "details",
    [
        {"rows": [{"number": n, "text": f"text {n}"} for n in range(1_200)]},
        {"values": [f"text {n}" for n in range(2_500)]},
    ],
)
def test_what_is_too_much_for_a_table_is_there_all_the_same(details: Any) -> None:
    html = shown(details)
    for value in ("text 0", "text 700", f"text {len(next(iter(details.values()))) - 1}"):
        assert value in html


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize(
    ("details", "reads"),
    [
        ({"amount": 1_250_000}, "1,250,000"),
        ({"amount": -1234.5}, "-1,234.5"),
        ({"share": 10}, "10"),
        ({"invoiceNumber": 20_271_234}, "20271234"),
        ({"order_id": 20_271_234}, "20271234"),
        ({"fiscal year": 2027}, "2027"),
        ({"번호": 20_271_234}, "20271234"),
        ({"paid": 2027}, "2,027"),
        ({"orderTotal": 20_271_234}, "20,271,234"),
        ({"총 금액": 20_271_234}, "20,271,234"),
        ({"amounts": [20_271_234]}, "20,271,234"),
        *(
            ({key: 20_271_234}, "20271234")
            for key in (
                *("userid", "postcode", "pin", "계좌번호", "우편번호", "iban", "account", "amountId", "ref"),
                *(
                    "Steuernummer",
                    "x",
                    "countCode",
                    "order",
                    "totalYear",
                    "phone",
                    "ticket",
                    "price list 7 no",
                ),
            )
        ),
        ({"text": "1250000"}, "1250000"),
        ({"big": 1e22}, "1e+22"),
    ],
)
def test_amounts_are_grouped_and_numbers_that_are_names_are_not(
    details: Any, reads: str, language: str
) -> None:
    assert texts(shown(details, language))[1] == reads


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://grafana.example.com/d/checkout?from=now-6h#top", "grafana.example.com"),
        ("https://EXAMPLE.com", "example.com"),
        ("https://example.com:8443/", "example.com:8443"),
        ("https://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com"),
        ("https://intranet/release", "intranet"),
        ("https://good.example@evil.example/", None),
        ("https://ann:secret@example.com/", None),
        ("https://example.com:8443@evil.example/", None),
        ("https://\u0430pple.com/", None),
        ("https://example.com\u2044evil.example/", None),
        ("https://example.com/\u202egpj.exe", None),
        ("https://2130706433/", None),
        ("https://0x7f.1/", None),
        ("https://127.0.0.1/", None),
        ("https://[::1]/", None),
        ("https://example.com.", None),
        ("https://exa%6dple.com/", None),
        ("https:\\\\example.com", None),
        ("https://example.com\\@evil.example", None),
        ("https:/example.com", None),
        ("https://example.com/a b", None),
        ("see https://example.com/", None),
        (" https://example.com/", None),
        ("https://example.com/\n", None),
        ("http://example.com/", None),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//example.com/", None),
        ("https://-a.example/", None),
        (f"https://{'a' * 64}.example/", None),
        (f"https://{'a.' * 127}example/", None),
        (f"https://example.com/{'a' * 2_000}", None),
    ],
)
def test_only_an_https_address_whose_host_is_what_one_reads_is_a_link(address: str, host: str | None) -> None:
    html = shown({"link": address})
    if host is None:
        assert "<a" not in html
        return
    assert re.search(r'<a href="[^"]*" rel="noreferrer noopener" target="_blank" class="out">', html)
    assert f"<b>{host}</b>" in html
    assert unescape(html.partition('href="')[2].partition('"')[0]) == address


@given(st.from_regex(r"https://[ -~]{1,30}", fullmatch=True) | st.text(max_size=40).map("https://".__add__))
def test_a_link_leads_where_it_says(address: str) -> None:
    """As the standard library reads it, which is not the code's own way."""
    html = shown({"link": address})
    if "<a" in html:
        parts = urlsplit(address)
        assert parts.username is None
        assert f"<b>{parts.netloc.lower()}</b>" in html


def test_nothing_else_that_was_written_is_a_link() -> None:
    address = "https://example.com/"
    request = {
        "subject": address,
        "requester": address,
        "details": {address: f"see {address}"},
        "fields": [{"name": "a", "label": address, "help": address, "default": address}],
    }
    world = World(quorum=2)
    task = world.take(world.wait(request))
    world.post(world.link(task, 1), outcome="approved", comment=address, field_a=address)
    for page in (world.call(world.link(task))["body"], world.call(world.link(task, 1))["body"]):
        assert f'href="{address}' not in page
        check(page)


def test_a_long_text_is_folded_and_keeps_its_lines() -> None:
    html = shown({"notes": "first\nsecond " + "x" * 240})
    assert re.search(
        r"<details><summary[^>]*>first.*?</summary><pre[^>]*>first\nsecond x+</pre></details>", html, re.S
    )

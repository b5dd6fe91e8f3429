"""The inbox: every address sees exactly its own mails, as JSON and on a page that can be trusted."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from local.inbox import Inbox, Mail
from local.inbox.mail import LINK
from local.inbox.page import listed
from tests.local.support import SMALL
from tests.support.embedded import Embedded, embedded
from tests.support.patience import PATIENCE_SECONDS, until

ANN, BOB = "ann@example.com", "bob@example.com"
NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture(scope="module")
def deployed() -> Iterator[Embedded]:
    with embedded(SMALL) as stack:
        yield stack


@pytest.fixture(scope="module")
def inbox(deployed: Embedded) -> Iterator[Inbox]:
    with Inbox(deployed.aws, deployed.stack.deployment.resources) as opened:
        yield opened


def _publish(deployed: Embedded, subject: str, text: str, **attributes: str) -> None:
    deployed.aws.sns.publish(
        TopicArn=deployed.outputs["topic"],
        Subject=subject,
        Message=text,
        MessageAttributes={
            key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()
        },
    )


def _wait_for(inbox: Inbox, subject: str, count: int) -> list[Mail]:
    def look() -> list[Mail]:
        found = [mail for mail in inbox.mails() if mail.subject == subject]
        return found if len(found) >= count else []

    return until(f"{count} mails {subject}", look)


def _get(url: str, **headers: str) -> Any:
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=PATIENCE_SECONDS)


@pytest.mark.embedded
def test_a_mail_with_an_address_reaches_only_that_address(deployed: Embedded, inbox: Inbox) -> None:
    _publish(deployed, "for ann", "See http://127.0.0.1:1/r/abc-_1?x=1&y=2.", to=ANN)
    (mail,) = _wait_for(inbox, "for ann", 1)
    assert (mail.to, mail.links) == (ANN, ("http://127.0.0.1:1/r/abc-_1?x=1&y=2",))
    _publish(deployed, "for all", "hello", event="notification")
    assert sorted(mail.to for mail in _wait_for(inbox, "for all", 2)) == [ANN, BOB]
    assert [mail.subject for mail in inbox.mails(BOB)] == ["for all"]
    with _get(f"{inbox.url}mails") as answer:
        listed = json.load(answer)
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert [mail["subject"] for mail in listed] == ["for ann", "for all", "for all"], "oldest first"
    assert set(listed[0]) == {"id", "to", "subject", "text", "sent", "links"}
    assert datetime.fromisoformat(listed[0]["sent"]).tzinfo is not None


@pytest.mark.embedded
@pytest.mark.parametrize("path", ["", "mails", "mail", "other"])
def test_pages_of_other_origins_are_refused(inbox: Inbox, path: str) -> None:
    """Who is one says test_origins.py; a link from elsewhere may lead to none of these."""
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site", **NAVIGATION}):
        with pytest.raises(urllib.error.HTTPError, match="403") as refused:
            _get(f"{inbox.url}{path}", **headers)
        assert refused.value.headers["Access-Control-Allow-Origin"] is None


@pytest.mark.embedded
@pytest.mark.parametrize("path", ["other", "mail", "mail?of=ann@example.com&id=none", "//["])
def test_there_is_nothing_else(inbox: Inbox, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        _get(f"{inbox.url}{path}")


@pytest.mark.embedded
def test_the_page_has_each_mail_of_each_address_and_leaks_no_link(deployed: Embedded, inbox: Inbox) -> None:
    _publish(deployed, "to read", "all of it", event="notification")
    _wait_for(inbox, "to read", 2)
    with _get(inbox.url) as answer:
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        listing = answer.read().decode()
    shown = re.findall(r"<h2>to read</h2><small>to ([^,]*),[^<]*</small><pre>all of it</pre>", listing)
    assert sorted(shown) == [ANN, BOB]


def _mail(text: str = "", subject: str = "s", *, to: str = ANN, day: int = 2, mail_id: str = "1") -> Mail:
    links = tuple(LINK.findall(text))
    return Mail(mail_id, to, subject, text, datetime(2026, 1, day, tzinfo=UTC), links)


def test_html_in_a_mail_is_text() -> None:
    page = listed([_mail('<script>alert(1)</script> & "q"', "<b>bold</b>", to="<i>@example.com")])
    assert "<script" not in page
    assert "<b>" not in page
    assert "<i>" not in page


def test_a_mail_is_shown_as_it_was_sent() -> None:
    page = listed([_mail('<b> & "q"\n second line ')])
    assert "<pre>&lt;b&gt; &amp; &quot;q&quot;\n second line </pre>" in page


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("(http://a.test/r/x)", "http://a.test/r/x"),
        ("http://a.test/r/x.", "http://a.test/r/x"),
        ('go http://a.test/?a=1&b="2', "http://a.test/?a=1&amp;b="),
        ("http://a.test/r/<b>", "http://a.test/r/"),
    ],
)
def test_links_can_be_clicked_and_hold_only_the_link(text: str, link: str) -> None:
    assert f'<a href="{link}" rel="noreferrer noopener">{link}</a>' in listed([_mail(text)])


def test_two_links_stay_where_they_are() -> None:
    page = listed([_mail("a http://a.test/x b http://a.test/x c")])
    assert re.sub("<a [^>]*>|</a>", "", page).count("a http://a.test/x b http://a.test/x c") == 1


def test_the_newest_mail_is_first_and_the_list_looks_again() -> None:
    page = listed([_mail(subject=f"day {day}", day=day, mail_id=str(day)) for day in (2, 4, 3)])
    assert re.findall(r">(day \d)<", page) == ["day 4", "day 3", "day 2"]
    assert '<meta http-equiv="refresh" content="3">' in page


def test_an_empty_inbox_says_whether_any_mail_can_come() -> None:
    assert "No mail yet." in listed([])
    assert "No mail will come: this stack has no email subscription." in listed([], expected=False)

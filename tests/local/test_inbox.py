"""The inbox: every address sees exactly its own mails, as JSON and on a page that can be trusted."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.inbox import Inbox, Mail, page
from tests.local.support import program
from tests.support.embedded import Embedded, embedded
from tests.support.patience import PATIENCE_SECONDS, until

SOURCE = """
import json
import pulumi
import pulumi_aws as aws

topic = aws.sns.Topic("news")
for address in ("ann@example.com", "bob@example.com"):
    aws.sns.TopicSubscription(
        address,
        topic=topic.arn,
        protocol="email",
        endpoint=address,
        filter_policy=json.dumps({"$or": [{"to": [address]}, {"to": [{"exists": False}]}]}),
        filter_policy_scope="MessageAttributes",
    )
pulumi.export("topic", topic.arn)
"""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded(program(tmp_path_factory.mktemp("program"), SOURCE)) as stack:
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
    _publish(deployed, "for ann", "See http://127.0.0.1:1/r/abc-_1?x=1&y=2.", to="ann@example.com")
    (mail,) = _wait_for(inbox, "for ann", 1)
    assert (mail.to, mail.links) == ("ann@example.com", ("http://127.0.0.1:1/r/abc-_1?x=1&y=2",))
    _publish(deployed, "for all", "hello", event="notification")
    assert sorted(mail.to for mail in _wait_for(inbox, "for all", 2)) == [
        "ann@example.com",
        "bob@example.com",
    ]
    assert [mail.subject for mail in inbox.mails("bob@example.com")] == ["for all"]


@pytest.mark.embedded
def test_mails_are_there_as_json_and_for_one_address(deployed: Embedded, inbox: Inbox) -> None:
    _publish(deployed, "as json", "text", to="bob@example.com")
    _wait_for(inbox, "as json", 1)
    with _get(f"{inbox.url}mails") as answer:
        mails = json.load(answer)
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    (mail,) = [mail for mail in mails if mail["subject"] == "as json"]
    assert set(mail) == {"id", "to", "subject", "text", "sent", "links"}
    assert datetime.fromisoformat(mail["sent"]).tzinfo is not None
    with _get(f"{inbox.url}mails?to=ann@example.com") as answer:
        assert all(mail["to"] == "ann@example.com" for mail in json.load(answer))


@pytest.mark.embedded
def test_the_page_runs_nothing_and_leaks_no_address(inbox: Inbox) -> None:
    with _get(inbox.url) as answer:
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.embedded
def test_other_hosts_and_other_paths_are_refused(inbox: Inbox) -> None:
    with pytest.raises(urllib.error.HTTPError, match="403"):
        _get(inbox.url, Host="evil.example")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        _get(f"{inbox.url}other")


def _mail(text: str, subject: str = "s") -> Mail:
    return Mail("1", "a@example.com", subject, text, datetime(2026, 1, 2, tzinfo=UTC), ())


def test_html_in_a_mail_is_text() -> None:
    shown = page([_mail('<script>alert(1)</script> & "q"', "<b>bold</b>")])
    assert "<script" not in shown
    assert "<b>" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;q&quot;" in shown


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
    assert f'<a href="{link}" rel="noreferrer noopener">{link}</a>' in page([_mail(text)])


def test_an_empty_inbox_says_so(tmp_path: Path) -> None:
    assert "No mail yet" in page([])

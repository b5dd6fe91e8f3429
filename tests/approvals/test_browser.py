"""The page in a real browser: what an approver sees, types, clicks. Screenshots go to build/screenshots."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from approvals.request.model import Status
from countersign_runtime import Task
from playwright.sync_api import Browser, Page, expect

from local.server.loopback import HOST
from tests.support.browser import overflow, picture, serving, somebody_elses, window

from .world import World

DETAILS = {
    "service": "checkout",
    "version": {"from": "1.3.9", "to": "1.4.0"},
    "tickets": ["SHOP-812", "SHOP-815"],
    "risk": "low",
    "rollback": True,
    "notes": "The new payment form is behind a flag, which stays off. " * 8,
}
FIELDS = [
    {
        "name": "window",
        "label": "Release window",
        "type": "choice",
        "options": ["now", "tonight", "on Monday"],
        "required": True,
    },
    {
        "name": "share",
        "label": "Share of customers, in percent",
        "type": "number",
        "minimum": 1,
        "maximum": 100,
        "whole": True,
        "default": 10,
        "help": "The rest follows after a day.",
    },
    {"name": "oncall", "label": "Somebody is on call", "type": "boolean", "required": True},
]
ASKED = {"subject": "Release 1.4", "details": DETAILS, "fields": FIELDS, "requester": "dan@example.com"}

pytestmark = pytest.mark.browser


class Site:
    """The pages of a world, behind a server."""

    def __init__(self, port: int, world: World) -> None:
        self.world = world
        self._address = f"http://{HOST}:{port}"

    def ask(self, request: dict[str, Any] = ASKED) -> Task:
        return self.world.take(self.world.wait(request))

    def link(self, task: Task, approver: int = 0) -> str:
        return f"{self._address}/r/{self.world.link(task, approver)}"

    def output(self) -> Any:
        """What the only task that was answered ended with."""
        (accepted,) = self.world.states.accepted
        return accepted.output


@contextmanager
def site(**settings: Any) -> Iterator[Site]:
    """A world of its own, at an address that a browser can open."""
    world = World(**settings)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            headers = {name.lower().replace("-", "_"): value for name, value in self.headers.items()}
            answer = world.call(self.path.rpartition("/")[2], self.command, body, None, **headers)
            self.send_response(answer["statusCode"])
            for name, value in answer["headers"].items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer["body"].encode())

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with serving(Handler) as port:
        yield Site(port, world)


@contextmanager
def opened(browser: Browser, request: dict[str, Any] = ASKED, **options: Any) -> Iterator[tuple[Page, Site]]:
    """A request's page, in a window of its own."""
    with site() as made, window(browser, **options) as page:
        page.goto(made.link(made.ask(request)))
        yield page, made


def test_an_approver_reads_fills_in_corrects_and_approves(browser: Browser) -> None:
    comment = "Go ahead,\nI watch the dashboards. <b>"
    with opened(browser) as (page, made):
        expect(page.get_by_role("heading", level=1)).to_contain_text("Release")
        expect(page.get_by_role("rowheader", name="service")).to_be_visible()
        expect(page.get_by_text("dan@example.com")).to_be_visible()
        picture(page, "open")
        page.get_by_label("Share of customers, in percent").fill("250")
        page.get_by_label("Comment").fill(comment)
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_role("alert")).to_contain_text("Please check what you filled in")
        expect(page.get_by_text("Please write at most 100.").last).to_be_visible()
        expect(page.get_by_label("Share of customers, in percent")).to_have_value("250")
        expect(page.get_by_label("Comment")).to_have_value(comment)
        picture(page, "invalid")
        page.get_by_label("Share of customers, in percent").fill("25")
        page.get_by_label("Release window").select_option("tonight")
        page.get_by_label("Somebody is on call").check()
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_role("status")).to_contain_text("the workflow has gone on")
        picture(page, "approved")
        page.reload()
        expect(page.get_by_role("status")).to_contain_text("the workflow has gone on")
        assert made.output()["fields"] == {"window": "tonight", "share": 25, "oncall": True}
        assert made.output()["decisions"][0]["comment"] == comment


def test_a_link_in_somebody_elses_page_leads_to_the_question(browser: Browser) -> None:
    """As from a web mail, which is another site. A form there decides nothing."""
    with site() as made, window(browser) as page:
        task = made.ask({"subject": "Release 1.4"})
        link = made.link(task)
        mail = (
            f'<a href="{link}">the mail</a><form method="post" action="{link}">'
            '<input name="outcome" value="approved"><button>Win a prize</button></form>'
        )
        with somebody_elses(mail) as port:
            page.goto(f"http://localhost:{port}/")
            page.get_by_role("button", name="Win a prize").click()
            expect(page.locator("body")).to_contain_text("A decision can only be sent from its own page")
            assert made.world.record(task).request.status is Status.OPEN
            page.goto(f"http://localhost:{port}/")
            page.get_by_role("link", name="the mail").click()
            page.get_by_role("button", name="Approve").click()
            expect(page.get_by_role("status")).to_contain_text("the workflow has gone on")


def test_an_approver_rejects_and_the_next_one_is_told(browser: Browser) -> None:
    with site() as made, window(browser) as page, window(browser) as other:
        task = made.ask({"subject": "Release 1.4", "details": DETAILS})
        other.goto(made.link(task, 1))
        page.goto(made.link(task))
        page.get_by_role("button", name="Reject").click()
        expect(page.get_by_text("Please say why you reject.").last).to_be_visible()
        page.get_by_label("Comment").fill("Not before the sale ends.")
        page.get_by_role("button", name="Reject").click()
        expect(page.get_by_role("status")).to_contain_text("Rejected")
        picture(page, "rejected")
        other.get_by_role("button", name="Approve").click()
        expect(other.get_by_text("Somebody else decided before you")).to_be_visible()
        expect(other.get_by_text("Not before the sale ends.")).to_be_visible()
        picture(other, "others-decided")
        (accepted,) = made.world.states.accepted
        assert accepted.error == "ApprovalRejected"


def test_enter_in_a_field_decides_nothing(browser: Browser) -> None:
    asked = {"subject": "s", "fields": [{"name": "note", "label": "Note"}]}
    with opened(browser, asked) as (page, made):
        page.get_by_label("Note").fill("only looking")
        page.get_by_label("Note").press("Enter")
        expect(page.get_by_role("button", name="Approve")).to_be_visible()
        assert not made.world.states.accepted


def test_it_can_be_used_by_keyboard_alone(browser: Browser) -> None:
    with opened(browser, {"subject": "s"}) as (page, made):
        page.keyboard.press("Tab")
        expect(page.get_by_label("Comment")).to_be_focused()
        page.keyboard.type("by keyboard")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Approve")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_be_visible()
        assert made.output()["outcome"] == "approved"


def test_nested_details_can_be_read_on_a_phone(browser: Browser) -> None:
    """No column is so narrow that a word stands on its end, and a screen reader still finds tables."""
    details: object = {"cluster": "checkout-production"}
    for name in ("region", "deploy", "service", "release"):
        details = {name: [details]} if name == "deploy" else {name: details}
    narrow: dict[str, Any] = {"java_script_enabled": True, "viewport": {"width": 320, "height": 700}}
    with opened(browser, {"subject": "s", "details": details}, **narrow) as (page, _):
        assert overflow(page) == 0
        for text in ("checkout-production", "cluster", "region"):
            box = page.get_by_text(text, exact=True).bounding_box()
            assert box is not None
            assert box["height"] < 40, f"{text} stands on its end"
        expect(page.get_by_role("rowheader", name="cluster")).to_be_visible()
        expect(page.get_by_role("table")).to_have_count(6)
        picture(page, "nested-phone")

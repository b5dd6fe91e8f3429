"""The page in a real browser: what an approver sees, types, clicks. Screenshots go to build/screenshots."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.browser import CHROMIUM, FLAGS, somebody_elses

from .people import People, eventually
from .world import World

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
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

pytestmark = [
    pytest.mark.embedded,
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium: install Debian's package chromium"),
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@contextlib.contextmanager
def window(browser: Browser, **options: object) -> Iterator[Page]:
    """A window without scripts: the page needs none, and nothing on it may run."""
    context: BrowserContext = browser.new_context(**{"java_script_enabled": False, **options})  # type: ignore[arg-type]
    try:
        yield context.new_page()
    finally:
        context.close()


def picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def test_an_approver_reads_fills_in_corrects_and_approves(people: People, browser: Browser) -> None:
    execution, links = people.ask(details=DETAILS, fields=FIELDS, requester="dan@example.com")
    with window(browser) as page:
        page.goto(links[0])
        expect(page.get_by_role("heading", level=1)).to_contain_text("Release")
        expect(page.get_by_role("rowheader", name="service")).to_be_visible()
        expect(page.get_by_text("dan@example.com")).to_be_visible()
        picture(page, "open")
        page.get_by_label("Share of customers, in percent").fill("250")
        page.get_by_label("Comment").fill("Go ahead,\nI watch the dashboards. <b>")
        page.get_by_label("Comment").press("Tab")
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_role("alert")).to_contain_text("Please check what you filled in")
        expect(page.get_by_text("Please write at most 100.").last).to_be_visible()
        expect(page.get_by_label("Share of customers, in percent")).to_have_value("250")
        expect(page.get_by_label("Comment")).to_have_value("Go ahead,\nI watch the dashboards. <b>")
        picture(page, "invalid")
        page.get_by_label("Share of customers, in percent").fill("25")
        page.get_by_label("Release window").select_option("tonight")
        page.get_by_label("Somebody is on call").check()
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_role("status")).to_contain_text("the workflow has gone on")
        picture(page, "approved")
        page.reload()
        expect(page.get_by_role("status")).to_contain_text("the workflow has gone on")
    ended = people.stack.finish(execution)
    assert ended.output["fields"] == {"window": "tonight", "share": 25, "oncall": True}
    assert ended.output["decisions"][0]["comment"] == "Go ahead,\nI watch the dashboards. <b>"


def test_from_the_inbox_to_the_decision(people: People, browser: Browser) -> None:
    """The inbox is on another port, so that the browser says ``same-site``, and the form sends no origin."""
    execution, links = people.ask(details=DETAILS)
    with window(browser, viewport={"width": 380, "height": 800}) as page:
        page.goto(people.inbox.url)
        page.get_by_role("navigation").get_by_role("link").nth(1).click()
        picture(page, "inbox-phone")
        page.get_by_role("link", name="Approval needed: ").first.click()
        expect(page.locator("pre")).to_contain_text(links[0])
        picture(page, "mail-phone")
        page.get_by_role("link", name=links[0]).click()
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_role("status")).to_contain_text("the workflow has gone on")
    assert people.stack.finish(execution).status == "SUCCEEDED"


def test_a_link_in_somebody_elses_page_leads_to_the_question(people: People, browser: Browser) -> None:
    """As from a web mail, which is another site. A form there decides nothing."""
    execution, links = people.ask()
    mail = (
        f'<a href="{links[0]}">the mail</a><form method="post" action="{links[0]}">'
        '<input name="outcome" value="approved"><button>Win a prize</button></form>'
    )
    with somebody_elses(mail) as port, window(browser) as page:
        page.goto(f"http://localhost:{port}/")
        page.get_by_role("button", name="Win a prize").click()
        expect(page.locator("body")).to_contain_text("pages of another origin get no answer here")
        assert people.state(links[0]) == "open"
        page.goto(f"http://localhost:{port}/")
        page.get_by_role("link", name="the mail").click()
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_role("status")).to_contain_text("the workflow has gone on")
    assert people.stack.finish(execution).status == "SUCCEEDED"


def test_the_inbox_can_be_used_on_a_phone_and_looks_again(people: People, browser: Browser) -> None:
    phone = {"viewport": {"width": 320, "height": 700}, "java_script_enabled": True, "bypass_csp": True}
    with window(browser, **phone) as page:
        people.ask()
        page.goto(people.inbox.url)
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow == 0, "a phone need not scroll sideways"
        assert page.evaluate(CONTRAST) == []
        before = page.get_by_role("main").get_by_role("listitem").count()
        people.ask()
        expect(page.get_by_role("main").get_by_role("listitem")).not_to_have_count(before, timeout=20_000)


def test_an_approver_rejects_and_the_next_one_is_told(people: People, browser: Browser) -> None:
    execution, links = people.ask(details=DETAILS)
    with window(browser) as page, window(browser) as other:
        other.goto(links[1])
        page.goto(links[0])
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
    ended = people.stack.finish(execution)
    assert ended.error == "ApprovalRejected"


def test_enter_in_a_field_decides_nothing(people: People, browser: Browser) -> None:
    _, links = people.ask(fields=[{"name": "note", "label": "Note"}])
    with window(browser) as page:
        page.goto(links[0])
        page.get_by_label("Note").fill("only looking")
        page.get_by_label("Note").press("Enter")
        expect(page.get_by_role("button", name="Approve")).to_be_visible()
    assert people.state(links[0]) == "open"


def test_it_can_be_used_by_keyboard_alone(people: People, browser: Browser) -> None:
    execution, links = people.ask()
    with window(browser) as page:
        page.goto(links[0])
        page.keyboard.press("Tab")
        expect(page.get_by_label("Comment")).to_be_focused()
        page.keyboard.type("by keyboard")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Approve")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_be_visible()
    assert people.stack.finish(execution).status == "SUCCEEDED"


def test_expired_and_unknown_pages_are_pages_too(people: People, browser: Browser) -> None:
    _, links = people.ask_in_vain()
    with window(browser) as page:
        page.goto(links[0])
        expect(page.get_by_role("status")).to_contain_text("Too late to decide")
        expect(page.get_by_role("button")).to_have_count(0)
        picture(page, "expired")
        page.goto(links[0][:-1])
        expect(page.get_by_role("heading", level=1)).to_have_text("This link is not valid")
        picture(page, "unknown")


def test_dark_korean_and_on_a_phone(people: People, browser: Browser) -> None:
    execution, links = people.ask("askTwo", details=DETAILS, fields=FIELDS, requester="dan@example.com")
    people.post(
        links[1], outcome="approved", comment="Looks good.", **{"field-window": "now", "field-oncall": "true"}
    )
    eventually(lambda: people.call(links[0], accept="application/json").json["approvals"] == 1)
    phone = {"viewport": {"width": 380, "height": 800}, "device_scale_factor": 2}
    with window(browser, color_scheme="dark", locale="ko-KR", **phone) as page:
        page.goto(links[0])
        expect(page.locator("html")).to_have_attribute("lang", "ko")
        expect(page.get_by_role("button", name="승인")).to_be_visible()
        picture(page, "dark-korean-phone")
    with window(browser, color_scheme="dark") as page:
        page.goto(links[0])
        picture(page, "dark")
    with window(browser, java_script_enabled=True, **phone) as page:
        page.goto(links[0])
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow == 0, "a phone need not scroll sideways"
    people.stack.aws.step_functions.stop_execution(executionArn=execution)


def test_nested_details_can_be_read_on_a_phone(browser: Browser) -> None:
    """No column is so narrow that a word stands on its end, and a screen reader still finds tables."""
    world = World()
    details: object = {"cluster": "checkout-production"}
    for name in ("region", "deploy", "service", "release"):
        details = {name: [details]} if name == "deploy" else {name: details}
    html = world.call(world.link(world.take(world.wait({"subject": "s", "details": details}))))["body"]
    with window(browser, java_script_enabled=True, viewport={"width": 320, "height": 700}) as page:
        page.set_content(html)
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow == 0
        for text in ("checkout-production", "cluster", "region"):
            box = page.get_by_text(text, exact=True).bounding_box()
            assert box is not None
            assert box["height"] < 40, f"{text} stands on its end"
        expect(page.get_by_role("rowheader", name="cluster")).to_be_visible()
        expect(page.get_by_role("table")).to_have_count(6)
        picture(page, "nested-phone")


CONTRAST = """() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const linear = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const back = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
  const bad = [];
  for (const e of document.querySelectorAll('main *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    if (!e.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(back(e))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) bad.push(`${e.tagName} ${e.textContent.slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return bad;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast_enough(scheme: str, people: People, browser: Browser) -> None:
    """WCAG 2 AA: 4.5 to 1, on an open page, one with errors, and one that is decided."""
    _, links = people.ask(details=DETAILS, fields=FIELDS, requester="dan@example.com")
    with window(browser, java_script_enabled=True, bypass_csp=True, color_scheme=scheme) as page:
        page.goto(links[0])
        assert page.evaluate(CONTRAST) == []
        page.get_by_role("button", name="Approve").click()
        assert page.evaluate(CONTRAST) == []
        page.get_by_label("Comment").fill("no")
        page.get_by_role("button", name="Reject").click()
        expect(page.get_by_role("status")).to_be_visible()
        assert page.evaluate(CONTRAST) == []

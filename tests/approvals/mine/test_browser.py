"""My approvals in a real browser. Screenshots go to build/screenshots."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.approvals.test_browser import Site, site
from tests.approvals.world import ANN
from tests.support.browser import faults, picture, window

pytestmark = pytest.mark.browser

PHONE = {
    "java_script_enabled": True,
    "bypass_csp": True,
    "viewport": {"width": 380, "height": 800},
    "device_scale_factor": 2,
}
DECIDED = "Raise the limit of the sandbox account"
SUBJECTS = (
    "Release 1.4",
    "환불 1,250,000원 승인",
    "Delete the logs of the last quarter in all regions but the first, as the retention policy says",
)


def asked(made: Site) -> str:
    """Some requests, one of which is decided; the link to the first."""
    requests = [{"subject": each, "requester": "dan@example.com"} for each in (*SUBJECTS, DECIDED)]
    first, *_, last = [made.ask(each) for each in requests]
    made.world.post(made.world.link(last), outcome="approved")
    made.world.nudges()
    return made.link(first)


def test_an_approver_finds_what_waits_has_a_link_mailed_and_goes_back(browser: Browser) -> None:
    with site() as made, window(browser) as page:
        page.goto(asked(made))
        page.get_by_role("link", name="My approvals").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("My approvals")
        waiting = page.locator("form").get_by_role("listitem")
        expect(waiting).to_have_count(3)
        expect(page.get_by_role("listitem").last).to_contain_text(DECIDED)
        picture(page, "mine")
        page.get_by_role("button", name=SUBJECTS[1]).click()
        expect(page.get_by_role("status")).to_contain_text("on its way to ann@example.test")
        picture(page, "mine-mailed")
        made.world.nudges()
        (mail,) = [each for each in made.world.mails(to=ANN) if "again" in each["body"]]
        assert SUBJECTS[1] in mail["subject"]
        page.get_by_role("button", name=SUBJECTS[1]).click()
        expect(page.get_by_role("status")).to_contain_text("You can ask for it again in 5 min")
        page.get_by_role("link", name="Open Release 1.4").click()
        expect(page.get_by_role("button", name="Approve")).to_be_visible()


@pytest.mark.parametrize(
    ("locale", "title", "scheme"), [("en-US", "My approvals", "light"), ("ko-KR", "내 승인 요청", "dark")]
)
def test_it_can_be_read_on_a_phone_in_both_languages_and_schemes(
    browser: Browser, locale: str, title: str, scheme: str
) -> None:
    options: dict[str, Any] = {**PHONE, "locale": locale, "color_scheme": scheme}
    with site() as made, window(browser, **options) as page:
        page.goto(f"{asked(made)}?mine")
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        assert faults(page) == []
        for button in page.get_by_role("button").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 44, "a thumb needs so much"
        picture(page, f"mine-phone-{scheme}-{locale}")
        page.get_by_role("button").first.click()
        expect(page.get_by_role("status")).to_be_visible()
        assert faults(page) == []

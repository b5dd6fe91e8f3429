"""The page as people see it: on a telephone and a wide window, light and dark, in English and Korean.

Each state is looked at in each pair of these, by axe too, and left as a picture in build/screenshots. `make
pictures` renews the README's.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import pytest
from approvals.page.texts import Words
from approvals.settings import Appearance
from playwright.sync_api import Browser, Page, expect

from tests.approvals.test_browser import ASKED, DETAILS, Site, site
from tests.support.browser import faults, picture, window

ACME = Appearance.read(
    {"ORGANIZATION": "Acme Store", "ORGANIZATION_COLOR": "#0b3d91", "TIME_ZONE": "Europe/Berlin"}
)
DETAILED: dict[str, Any] = {
    **ASKED,
    "details": {
        **DETAILS,
        "dashboard": "https://grafana.example.com/d/checkout",
        "steps": [
            {"service": "checkout", "from": "1.3.9", "to": "1.4.0"},
            {"service": "cart", "from": "2.0.1", "to": "2.1.0"},
        ],
        "refunds": [
            {"to": "Kim Minji", "account": "KR-110-22", "currency": "KRW", "amount": 1_250_000},
            {"to": "Lee Jun", "account": "KR-110-77", "currency": "KRW", "amount": 80_000.5},
        ],
    },
}
SIZES = {"phone": (375, 667), "wide": (1280, 800)}
REDUCED: dict[str, Any] = {"java_script_enabled": True, "bypass_csp": True, "reduced_motion": "reduce"}
"""For what looks at a page from inside. The page has no script of its own."""

COVERED = """() => {
  const bar = document.querySelector('.bar'), focused = document.activeElement;
  const [one, other] = [focused.getBoundingClientRect(), bar.getBoundingClientRect()];
  if (one.top < 0 || one.bottom > innerHeight) return 'out of sight';
  const over = one.bottom > other.top && one.top < other.bottom && other.left < one.right;
  return over && !bar.contains(focused) ? 'covered' : '';
}"""

pytestmark = pytest.mark.browser


class Look(NamedTuple):
    """In which window, and for whom, a page is opened."""

    size: str
    language: str
    scheme: str

    @property
    def options(self) -> dict[str, Any]:
        width, height = SIZES[self.size]
        return {
            **REDUCED,
            "viewport": {"width": width, "height": height},
            "locale": self.language,
            "color_scheme": self.scheme,
        }

    def button(self, page: Page, what: str) -> Any:
        return page.get_by_role("button", name=Words(self.language)(what), exact=True)


LOOKS = [Look(*each, "light") for each in product(SIZES, ("en", "ko"))]
PAIRS = [LOOKS[0], LOOKS[1]._replace(scheme="dark"), LOOKS[2]._replace(scheme="dark"), LOOKS[3]]
"""Each size with each language, with each scheme, and each language with each scheme."""


def states(page: Page, made: Site, look: Look) -> Iterator[str]:
    """The page goes through what it can say; the name of each state, while it shows it."""
    task = made.ask(DETAILED)
    page.goto(made.link(task))
    yield "open"
    look.button(page, "approve").click()
    expect(page.get_by_role("alert")).to_be_visible()
    yield "wrong"
    page.locator("#field-window").select_option("tonight")
    page.locator("#field-oncall").check()
    look.button(page, "approve").click()
    expect(page.get_by_role("status")).to_be_visible()
    yield "voted"
    made.world.post(made.world.link(task, 1), None, outcome="rejected", comment="Not before the sale ends.")
    page.reload()
    yield "rejected"
    late = made.ask({**DETAILED, "subject": "Release 1.5"})
    made.world.advance(3_601)
    page.goto(made.link(late))
    expect(page.get_by_role("status")).to_contain_text(Words(look.language)("expired.title"))
    expect(page.get_by_role("button")).to_have_count(0)
    yield "expired"
    page.goto(made.link(late)[:-1])
    expect(page.get_by_role("heading", level=1)).to_have_text(Words(look.language)("unknown.title"))
    yield "unknown"


@pytest.mark.parametrize("look", PAIRS, ids="-".join)
def test_every_state_can_be_read_and_fits(look: Look, browser: Browser) -> None:
    with site(quorum=2) as made, window(browser, **look.options) as page:
        made.world.appearance = ACME
        for state in states(page, made, look):
            assert faults(page) == [], state
            picture(page, f"{state}-{'-'.join(look)}")


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
def test_both_buttons_are_in_reach_before_anything_is_scrolled(look: Look, browser: Browser) -> None:
    """Also when something is wrong, and then what is wrong stands beside them."""
    height = SIZES[look.size][1]
    with site(quorum=2) as made, window(browser, **look.options) as page:
        for state in states(page, made, look):
            for what in ("approve", "reject"):
                box = look.button(page, what).bounding_box()
                assert box is not None
                assert box["y"] >= 0
                assert box["y"] + box["height"] <= height
                assert box["height"] >= 44, "a thumb hits it"
                assert box["width"] >= 88
            assert page.evaluate("scrollY") == 0
            heading = page.get_by_role("heading", level=1).bounding_box()
            assert heading is not None
            assert heading["y"] < 200, "what is asked is in sight too"
            if state == "wrong":
                expect(page.locator(".bar .error a")).to_have_count(2)
                return


@pytest.mark.parametrize("look", LOOKS[::2], ids="-".join)
def test_by_keyboard_one_comes_to_everything_in_the_order_it_is_read_and_sees_it(
    look: Look, browser: Browser
) -> None:
    with site(quorum=2) as made, window(browser, **look.options) as page:
        page.goto(made.link(made.ask(DETAILED)))
        order = []
        for _ in range(20):
            page.keyboard.press("Tab")
            tag, name = page.evaluate("[document.activeElement.tagName, document.activeElement.id]")
            if tag == "BODY":
                break
            order.append(name or tag)
            assert page.evaluate(COVERED) == "", order
    needed = ["A"] if look.size == "phone" else []
    fields = ["field-window", "field-share", "field-oncall"]
    assert order == ["SUMMARY", "A", *fields, "comment", *needed, "BUTTON", "BUTTON", "SUMMARY", "A"]


def test_what_is_required_is_told_above_the_buttons_until_it_is_filled_in(browser: Browser) -> None:
    look = LOOKS[0]
    with site() as made, window(browser, **look.options) as page:
        page.goto(made.link(made.ask(DETAILED)))
        needed = page.get_by_role("link", name="To approve, fill in what is required")
        needed.click()
        expect(page.get_by_label("Release window")).to_be_in_viewport()
        page.get_by_label("Release window").select_option("now")
        expect(needed).to_be_visible()
        page.get_by_label("Somebody is on call").check()
        expect(needed).to_be_hidden()


def test_where_a_window_is_low_nothing_lies_over_the_text(browser: Browser) -> None:
    """A telephone on its side, or a page that is enlarged four times."""
    with (
        site() as made,
        window(browser, **{**LOOKS[0].options, "viewport": {"width": 667, "height": 320}}) as page,
    ):
        page.goto(made.link(made.ask(DETAILED)))
        expect(page.get_by_role("button", name="Approve")).not_to_be_in_viewport()
        page.get_by_role("button", name="Approve").scroll_into_view_if_needed()
        expect(page.get_by_role("button", name="Approve")).to_be_in_viewport()


def test_the_picture_of_the_readme(browser: Browser) -> None:
    size: dict[str, Any] = {"viewport": {"width": 1000, "height": 700}, "device_scale_factor": 1.5}
    with site(quorum=2) as made, window(browser, **size) as page:
        made.world.appearance = ACME
        page.goto(made.link(made.ask(ASKED)))
        expect(page.get_by_role("button", name="Approve")).to_be_in_viewport()
        picture(page, "approval-page")

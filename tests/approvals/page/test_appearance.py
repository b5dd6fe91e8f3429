"""How an instance shows itself on its pages: name, color, time zone. They are small, and hold no secret."""

import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from approvals.page.document import stylesheet
from approvals.page.texts import Words
from approvals.settings import Appearance, WrongSetting
from hypothesis import given
from hypothesis import strategies as st

from tests.approvals.test_showing import check
from tests.approvals.world import World
from tests.support.step_functions import Fault

ENVIRONMENT = {"ORGANIZATION": "Acme <Payments>", "ORGANIZATION_COLOR": "#ffcc00", "TIME_ZONE": "Asia/Seoul"}
KOREAN: Any = {"accept_language": "ko"}
"""What a browser says that prefers Korean."""
PLAINLY: Any = {}
RELEASE = {
    "service": "checkout",
    "version": {"from": "1.3.9", "to": "1.4.0"},
    "tickets": ["SHOP-812", "SHOP-815"],
    "dashboard": "https://grafana.example.com/d/checkout",
    "steps": [{"service": name, "from": "1.3.9", "to": "1.4.0"} for name in ("checkout", "cart", "mails")],
    "notes": "The new payment form is behind a flag, which stays off. " * 8,
}


def world_of(environment: dict[str, str], **settings: Any) -> World:
    world = World(**settings)
    world.appearance = Appearance.read(environment)
    return world


def style_of(answer: dict[str, Any]) -> str:
    """The page's stylesheet, which its policy lets in."""
    style = str(answer["body"].partition("<style>")[2].partition("</style>")[0])
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer["headers"]["content-security-policy"]
    return style


@pytest.mark.parametrize("environment", [ENVIRONMENT, {}])
def test_every_page_has_the_name_and_the_color_and_its_policy_lets_that_in(
    environment: dict[str, str],
) -> None:
    world = world_of(environment)
    link = world.link(world.take(world.wait()))
    wrong, unknown = world.post(link, outcome="rejected"), world.call("nonsense")
    for answer in (world.call(link), wrong, unknown, world.call(link, "PUT"), world.call(link, **KOREAN)):
        check(answer["body"])
        named = "<header><p><bdi>Acme &lt;Payments&gt;</bdi></p></header>" in answer["body"]
        assert named == bool(environment)
        assert ("--brand:#ffcc00;--brand-ink:#000" in style_of(answer)) == bool(environment)
        assert ('<meta name="theme-color" content="#ffcc00">' in answer["body"]) == bool(environment)


def contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""

    def light(color: str) -> float:
        parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        return sum(
            weight * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
            for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
        )

    lighter, darker = sorted((light(one), light(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@given(st.from_regex("#[0-9a-fA-F]{6}", fullmatch=True))
def test_the_name_can_be_read_on_any_color(color: str) -> None:
    ink = {"#fff": "#ffffff", "#000": "#000000"}[stylesheet(color).rpartition("--brand-ink:")[2].strip("}")]
    assert contrast(color, ink) >= 4.5


@pytest.mark.parametrize(
    ("zone", "headers", "deadline"),
    [
        ("", {}, "Fri 15 Jan 2027, 09:00 UTC"),
        ("UTC", {}, "Fri 15 Jan 2027, 09:00 UTC"),
        ("Asia/Seoul", {}, "Fri 15 Jan 2027, 18:00 KST (UTC+9)"),
        ("Asia/Seoul", KOREAN, "2027년 1월 15일(금) 18:00 KST (UTC+9)"),
        ("America/New_York", {}, "Fri 15 Jan 2027, 04:00 EST (UTC-5)"),
        ("Asia/Kolkata", {}, "Fri 15 Jan 2027, 14:30 IST (UTC+5:30)"),
        ("America/Sao_Paulo", {}, "Fri 15 Jan 2027, 06:00 UTC-3"),
        ("Europe/London", {}, "Fri 15 Jan 2027, 09:00 GMT (UTC+0)"),
        ("Pacific/Auckland", {}, "Fri 15 Jan 2027, 22:00 NZDT (UTC+13)"),
    ],
)
def test_times_are_told_in_the_zone_that_was_chosen_and_say_so(
    zone: str, headers: Any, deadline: str
) -> None:
    world = world_of({"TIME_ZONE": zone} if zone else {})
    page = world.call(world.link(world.take(world.wait())), **headers)["body"]
    assert f'<time datetime="2027-01-15T09:00:00Z">{deadline}</time>' in page


@pytest.mark.parametrize(("language", "says"), [("en", "less than a minute"), ("ko", "1분 미만")])
def test_no_time_is_left_of_what_ends_while_its_page_is_made(language: str, says: str) -> None:
    assert {Words(language).left(seconds) for seconds in (59, 0, -0.1, -90_000)} == {says}


def test_a_zone_whose_rules_the_machine_lacks_is_utc_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    for zone in ("Mars/Olympus", "/etc/localtime", "Asia/Seoul\x00"):
        caplog.clear()
        world = world_of({"TIME_ZONE": zone})
        assert "09:00 UTC<" in world.call(world.link(world.take(world.wait())))["body"]
        (record,) = [each for each in caplog.records if each.levelname == "ERROR"]
        assert zone in record.getMessage()


def test_a_color_that_is_none_stops_the_function() -> None:
    says = "ORGANIZATION_COLOR must be a color as in #0b3d91, got '#fff;}'"
    with pytest.raises(WrongSetting, match=re.escape(says)):
        Appearance.read({"ORGANIZATION_COLOR": "#fff;}"})


def test_nothing_on_a_page_moves() -> None:
    """So `prefers-reduced-motion` has nothing to take away."""
    assert not re.search("transition|animation|scroll-behavior", stylesheet(""))


@pytest.mark.parametrize("headers", [PLAINLY, KOREAN])
def test_an_ordinary_page_is_small(headers: Any) -> None:
    fields = [
        {"name": f"f{n}", "label": f"Field {n}", "help": "What it is for.", "required": True}
        for n in range(5)
    ]
    world = world_of(ENVIRONMENT, quorum=2)
    task = world.take(world.wait({"subject": "Release 1.4", "details": RELEASE, "fields": fields}))
    link, sizes = world.link(task), []
    sizes.append(world.call(link, **headers))
    sizes.append(world.post(link, outcome="approved"))
    filled: Any = {f"field_f{n}": "text" for n in range(5)}
    world.post(link, outcome="approved", comment="Looks good.", **filled)
    sizes.append(world.call(link, **headers))
    assert max(len(answer["body"].encode()) for answer in sizes) < 20_000


def test_no_page_holds_a_token_or_anybodys_link() -> None:
    """In any state of a request, whoever looks, in either language and as JSON."""

    def everything(world: World, task: Any) -> str:
        links = [world.link(task, number) for number in range(4)]
        pages = [
            world.call(link, **headers)["body"]
            for link in links[:3]
            for headers in (PLAINLY, KOREAN, {"accept": "application/json"})
        ]
        pages.append(world.post(links[0], outcome="rejected")["body"])
        record = world.record(task).request
        secrets = {
            task.token,
            *links,
            *(link.rpartition(".")[2] for link in links),
            *record.links,
            record.seal,
        }
        text = "".join(pages)
        for secret in secrets - {""}:
            assert secret not in text
        return text

    world = world_of(ENVIRONMENT, quorum=2)
    request = {"subject": "Release 1.4", "details": RELEASE, "requester": "dan"}
    task = world.take(world.wait(request))
    assert "Your approval is asked for" in everything(world, task)
    world.post(world.link(task, 1), outcome="approved")
    assert "You have decided" in everything(world, task)
    world.states.inject(Fault.THROTTLED, answers=True)
    world.post(world.link(task, 2), outcome="approved")
    assert "on its way" in everything(world, task)
    world.nudges()
    assert "has gone on" in everything(world, task)
    late = world.take(world.wait(request, execution="late"))
    world.advance(3_601)
    assert "Too late to decide" in everything(world, late)

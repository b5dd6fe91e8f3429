"""The button that mails somebody their own link to a request: to nobody else, and not too often."""

from contextlib import suppress
from unittest.mock import Mock

import pytest
from approvals.answering.nudge import Nudge
from approvals.request import life
from approvals.request.model import Status
from botocore.exceptions import ReadTimeoutError

from tests.approvals.page.test_openapi import DOCUMENT, check
from tests.approvals.processes import Crash, Process, interleave
from tests.approvals.world import ANN, BASE, BOB, CAT, FORM, World

from .asking import ask, two, wish

AGAIN = "Your link"
PATH = DOCUMENT["paths"]["/r/{link}"]


def test_the_button_mails_its_owner_their_own_link_and_nobody_else() -> None:
    world, first, second = two()
    before = len(world.mails())
    answer = wish(world, first, second.id)
    assert (answer["statusCode"], "on its way to ann@example.test" in answer["body"]) == (202, True)
    world.nudges()
    (mail,) = world.mails()[before:]
    assert (mail["to"], mail["subject"].startswith(AGAIN), "second" in mail["subject"]) == (ANN, True, True)
    assert f"{BASE}/r/{world.link(second)}\n" in mail["body"]
    audits = [item["what"]["S"] for item in world.dynamodb.of(second.id, "A#")]
    assert audits == ["requested", "mailed again"]


def test_whoever_has_one_link_floods_no_mailbox() -> None:
    """One in five minutes, however often it is pressed before the first is on record, or after."""
    world, first, second = two()
    assert {wish(world, first, second.id)["statusCode"] for _ in range(5)} == {202}
    assert len(world.nudged) == 5
    world.nudges()
    assert len(world.mails(AGAIN)) == 1
    soon = wish(world, first, second.id)
    assert (soon["statusCode"], soon["headers"]["retry-after"]) == (429, "300")
    world.advance(1.5)
    soon = wish(world, first, second.id)
    assert (soon["headers"]["retry-after"], "again in 5 min" in soon["body"]) == ("299", True)
    assert wish(world, first, first.id)["statusCode"] == 202, "each request of its own"
    assert wish(world, first, second.id, 1)["statusCode"] == 202, "each approver of their own"
    world.nudges()
    assert sorted(mail["to"] for mail in world.mails(AGAIN)) == [ANN, ANN, BOB]
    world.advance(life.WISH_SECONDS)
    assert wish(world, first, second.id)["statusCode"] == 202
    world.nudges()
    assert len(world.mails(AGAIN)) == 4


def test_what_does_not_wait_for_them_is_not_mailed() -> None:
    world = World(quorum=2)
    first = ask(world, "first")
    others, voted, gone = (
        ask(world, "others", approvers=[BOB, CAT]),
        ask(world, "voted"),
        ask(world, "gone", 60),
    )
    world.post(world.link(voted), outcome="approved")
    world.advance(61)
    world.nudged.clear()
    for wanted in (others.id, voted.id, gone.id, "0" * 32, "nonsense", ""):
        assert wish(world, first, wanted)["statusCode"] == 409
    assert world.nudged == []


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"sec_fetch_site": "cross-site"}, None, 403),
        ({"origin": "null", "sec_fetch_site": "same-origin"}, None, 202),
        ({"content_type": "text/plain"}, None, 415),
        ({"content_type": "application/json"}, "[]", 415),
        ({}, "requestId=a&requestId=b", 415),
        ({}, "x" * 300_000, 413),
    ],
)
def test_the_button_has_the_guards_of_a_decision(
    headers: dict[str, str], body: str | None, status: int
) -> None:
    world, first, second = two()
    answer = world.call(
        f"{world.link(first)}?mine",
        "POST",
        f"requestId={second.id}" if body is None else body,
        None,
        **{"content_type": FORM, **headers},
    )
    assert (answer["statusCode"], len(world.nudged)) == (status, int(status == 202))


def test_a_program_presses_it_in_json() -> None:
    world, first, second = two()
    link = f"{world.link(first)}?mine"
    statuses = [202, 429, 409]
    for status, wanted in zip(statuses, (second.id, second.id, "nobody's"), strict=True):
        answer = world.post_json(link, {"requestId": wanted})
        assert answer["statusCode"] == status
        assert str(status) in PATH["post"]["responses"]
        check(answer["json"], DOCUMENT["components"]["schemas"]["Mine"])
        world.nudges()


def test_a_wish_that_nobody_takes_is_told_to_have_failed() -> None:
    world, first, second = two()
    desk = world.desk()
    desk.nudge = Mock(side_effect=ReadTimeoutError(endpoint_url="https://lambda.test"))
    world.desk = Mock(return_value=desk)  # type: ignore[method-assign]
    answer = wish(world, first, second.id)
    assert (answer["statusCode"], "try again in a moment" in answer["body"]) == (503, True)


def test_a_wish_without_its_seal_mails_nothing() -> None:
    """Whoever may call the follow-up function, and makes no seals, has no mail sent to anybody."""
    world, first, second = two()
    store, before = world.store(), len(world.mails())
    request = world.record(second).request
    seals = [
        "",
        "é",
        store.seal_of(request, "again", 1),
        store.seal_of(world.record(first).request, "again", 0),
    ]
    for seal in seals:
        world.follow_up().look_after(Nudge(second.id, seal=seal, again=0))
    assert len(world.mails()) == before
    for number in (-1, 3, 99):
        seal = store.seal_of(request, "again", number)
        world.follow_up().look_after(Nudge(second.id, seal=seal, again=number))
    assert len(world.mails()) == before
    world.follow_up().look_after(Nudge(second.id, seal=store.seal_of(request, "again", 0), again=0))
    assert len(world.mails()) == before + 1


def test_nobody_is_mailed_for_what_nobody_waits_for() -> None:
    world, first, second = two()
    wish(world, first, second.id)
    world.states.end(second.execution_arn)
    world.nudges()
    assert world.mails(AGAIN) == []
    assert world.record(second).request.status is Status.CANCELLED


def test_wherever_the_follow_up_dies_there_is_one_mail_or_it_is_asked_for_again() -> None:
    died = True
    dies_at = 0
    while died:
        for after in (False, True):
            world, first, second = two()
            wish(world, first, second.id)
            process = Process(dies_at, after=after)
            with suppress(Crash):
                world.follow_up(process).look_after(world.nudged.pop())
            died = process.died
            on_record = bool(world.record(second).request.mailed_again)
            world.advance(61)
            assert world.follow_up().sweep() == 0
            mailed = len(world.mails(AGAIN))
            # Twice only if it died between sending the mail and writing that down.
            assert mailed in ((1, 2) if on_record else (0,)), (dies_at, after)
            if not on_record:
                assert wish(world, first, second.id)["statusCode"] == 202
            assert world.record(second).request.outbox == frozenset()
        dies_at += 1


@pytest.mark.parametrize("seed", range(5))
def test_two_wishes_at_once_are_one_mail(seed: int) -> None:
    world, first, second = two()
    wish(world, first, second.id)
    nudge = world.nudged.pop()
    jobs = [lambda process: world.follow_up(process).look_after(nudge)] * 3
    assert interleave(jobs, [(None, False)] * 3, seed) == [None] * 3
    assert len(world.mails(AGAIN)) == 1


def test_it_survives_what_it_is_kept_in_and_a_mail_that_sns_does_not_take() -> None:
    world, first, second = two()
    world.sns.refuses = {ANN}
    wish(world, first, second.id)
    with pytest.raises(Exception, match="refused"):
        world.nudges()
    assert wish(world, first, second.id)["statusCode"] == 429, "it is owed"
    world.sns.refuses = set()
    world.advance(31)
    world.follow_up().sweep()
    assert len(world.mails(AGAIN)) == 1

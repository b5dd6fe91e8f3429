"""My approvals: all that waits for a person, from any link of theirs; no link opens another request."""

import json
import re
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Any
from unittest.mock import Mock

import pytest
from approvals.answering.nudge import Nudge
from approvals.page.mine_page import MOST_SHOWN
from approvals.record import people
from approvals.record.attributes import to_attribute
from approvals.record.people import MOST_WAITING, partition
from approvals.request import life
from approvals.request.model import Status
from botocore.exceptions import ReadTimeoutError
from countersign_runtime.message import Task

from tests.approvals.page.test_openapi import DOCUMENT, check
from tests.approvals.processes import Crash, Process, interleave
from tests.approvals.world import ANN, BASE, BOB, CAT, EVE, FORM, World, asked
from tests.support.step_functions import client_error

AGAIN = "Your link"
PATH = DOCUMENT["paths"]["/r/{link}"]


def mine(world: World, task: Task, approver: int = 0) -> dict[str, Any]:
    """What the page says to programs."""
    answer = world.call(f"{world.link(task, approver)}?mine", accept="application/json")
    assert answer["statusCode"] == 200, answer
    found: dict[str, Any] = json.loads(answer["body"])
    check(found, DOCUMENT["components"]["schemas"]["Mine"])
    return found


def subjects(world: World, task: Task, approver: int = 0) -> list[str]:
    return [each["subject"] for each in mine(world, task, approver)["waiting"]]


def wish(world: World, task: Task, wanted: str, approver: int = 0, **more: Any) -> dict[str, Any]:
    """Press the button beside a request."""
    headers = {"content_type": FORM, **more}
    return world.call(f"{world.link(task, approver)}?mine", "POST", f"requestId={wanted}", None, **headers)


def ask(world: World, subject: str, seconds: float = 3600, **request: Any) -> Task:
    message = world.wait({"subject": subject, **request}, execution=subject, timeout_seconds=seconds)
    return world.take(message)


def two() -> tuple[World, Task, Task]:
    """Two requests that wait for the same people."""
    world = World()
    return world, ask(world, "first"), ask(world, "second", requester="dan")


def test_every_link_of_a_person_leads_to_all_that_waits_for_them_the_nearest_deadline_first() -> None:
    world = World()
    late, soon = ask(world, "late", 90_000), ask(world, "soon", 600, requester="dan")
    others = ask(world, "others", approvers=[BOB])
    for task in (late, soon):
        assert mine(world, task) == {
            "you": ANN,
            "waiting": [
                {
                    "requestId": soon.id,
                    "subject": "soon",
                    "requester": "dan",
                    "deadline": "2027-01-15T08:10:00Z",
                },
                {
                    "requestId": late.id,
                    "subject": "late",
                    "requester": "",
                    "deadline": "2027-01-16T09:00:00Z",
                },
            ],
            "more": 0,
            "decided": [],
        }
    assert subjects(world, others) == ["soon", "others", "late"]
    assert 'href="?mine"' in world.call(world.link(late))["body"]


@pytest.mark.parametrize("spelling", ["Ann@Example.test", "ann@exam\u200bple.test"])
def test_a_person_is_the_same_in_every_spelling(spelling: str) -> None:
    world, task = asked()
    world.settings = replace(world.settings, approvers=(spelling, BOB))
    world.sns.subscribe(spelling)
    other = ask(world, "second")
    assert world.record(other).request.approvers == (spelling, BOB)
    assert subjects(world, task) == subjects(world, other) == ["Release 1.4", "second"]


def test_what_is_decided_leaves_the_list_and_is_told_among_what_they_decided_lately() -> None:
    world = World(quorum=2)
    first, second = ask(world, "first"), ask(world, "second")
    world.post(world.link(first), outcome="approved")
    world.advance(60)
    assert (subjects(world, first), subjects(world, first, 1)) == (["second"], ["first", "second"])
    world.post(world.link(second), outcome="rejected", comment="no")
    assert subjects(world, first) == []
    assert subjects(world, first, 1) == ["first"], "rejected, so it waits for nobody"
    decided = mine(world, first)["decided"]
    assert [(each["subject"], each["outcome"], each["at"]) for each in decided] == [
        ("second", "rejected", "2027-01-15T08:01:00Z"),
        ("first", "approved", "2027-01-15T08:00:00Z"),
    ]
    assert mine(world, first, 1)["decided"] == [], "of others nothing is told"
    world.nudges()
    assert subjects(world, second, 2) == ["first"]


@pytest.mark.parametrize("how", ["expired", "cancelled", "superseded"])
def test_what_is_closed_leaves_everybodys_list(how: str) -> None:
    world, task = asked()
    other = ask(world, "other", 90_000)
    if how == "expired":
        world.advance(3601)
        assert subjects(world, other) == ["other"], "at its deadline, whoever writes it down"
        world.follow_up().sweep()
    elif how == "cancelled":
        world.follow_up().execution_ended(task.execution_arn)
    else:
        world.states.forget(task.token)
        world.take(world.wait(retry_count=1))
    assert world.record(task).request.status is Status(how)
    left = ["Release 1.4", "other"] if how == "superseded" else ["other"]
    assert [subjects(world, other, number) for number in range(3)] == [left] * 3
    rows = [item for (_, sort), item in world.dynamodb.items.items() if sort == task.id]
    assert len(rows) == 3
    assert not any("waiting" in row for row in rows)
    assert {row["expires_at"]["N"] for row in rows} == {repr(world.record(task).request.expires_at)}


def test_who_is_asked_later_has_it_in_the_list_once_they_are_asked() -> None:
    world = World(escalate_after_seconds=900, escalation_approvers=(EVE,))
    task = world.take(world.wait())
    assert subjects(world, task, 3) == []
    world.advance(901)
    world.follow_up().sweep()
    assert subjects(world, task, 3) == ["Release 1.4"]
    world.post(world.link(task), outcome="approved")
    assert subjects(world, task, 3) == []


def test_there_is_no_link_to_another_request_and_no_token_on_the_page_or_in_its_rows() -> None:
    world, first, second = two()
    link = world.link(first)
    body = world.call(f"{link}?mine")["body"]
    assert set(re.findall(r'(?:href|action|src)="([^"]*)"', body)) == {"?"}
    everything = body + json.dumps(mine(world, first)) + wish(world, first, second.id)["body"]
    rows = json.dumps([item for (key, _), item in world.dynamodb.items.items() if key.startswith("P#")])
    assert "second" in rows
    proofs = [world.link(task, number).rpartition(".")[2] for task in (first, second) for number in range(3)]
    for secret in (first.token, second.token, *proofs):
        assert secret not in rows + everything


def test_only_a_link_that_opens_its_page_opens_this_one() -> None:
    world, task = asked()
    link = world.link(task)
    wrong = [link[:-1], f"{link}x", link.replace(".0.", ".1."), "nonsense"]
    answers = [world.call(f"{each}?mine", method) for each, method in product(wrong, ("GET", "POST"))]
    assert {answer["statusCode"] for answer in answers} == {404}
    assert len({answer["body"] for answer in answers}) == 1


def test_reading_changes_nothing_and_head_is_get_without_its_content() -> None:
    world, first, second = two()
    before = dict(world.dynamodb.items)
    link = f"{world.link(first)}?mine"
    for query in ("", f"&requestId={second.id}"):
        got, head = world.call(link + query), world.call(link + query, "HEAD", f"requestId={second.id}")
        assert (got["statusCode"], head["statusCode"], head["body"]) == (200, 200, "")
        assert got["headers"] == head["headers"] == world.call(world.link(first))["headers"]
    assert world.call(link, "OPTIONS")["statusCode"] == 204
    assert world.call(link, "PUT")["statusCode"] == 405
    assert (world.dynamodb.items, world.nudged) == (before, [])


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
        ({"sec_fetch_site": "same-site"}, None, 403),
        ({"origin": "https://evil.test"}, None, 403),
        ({"origin": "null", "sec_fetch_site": "same-origin"}, None, 202),
        ({"content_type": "text/plain"}, None, 415),
        ({"content_type": "application/json"}, "[]", 415),
        ({"content_type": "application/json"}, "{", 415),
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


# What can fail.


def test_a_wish_that_nobody_takes_is_told_to_have_failed() -> None:
    world, first, second = two()
    desk = world.desk()
    desk._mine._nudge = Mock(side_effect=ReadTimeoutError(endpoint_url="https://lambda.test"))
    world.desk = Mock(return_value=desk)  # type: ignore[method-assign]
    answer = wish(world, first, second.id)
    assert (answer["statusCode"], "try again in a moment" in answer["body"]) == (503, True)


@pytest.mark.parametrize("broken", range(3))
def test_a_list_that_cannot_be_read_is_none_and_the_requests_own_page_goes_on(
    broken: int, caplog: pytest.LogCaptureFixture
) -> None:
    world, first, _ = two()
    query, calls = world.dynamodb.query, 0

    def fails(**parameters: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > broken and (broken == 0 or "Limit" in parameters):
            raise client_error("Query", "ThrottlingException", world.link(first))
        return query(**parameters)

    world.dynamodb.query = fails  # type: ignore[method-assign]
    assert world.call(f"{world.link(first)}?mine")["statusCode"] == 503
    assert world.link(first) not in caplog.text
    if broken:
        assert world.call(world.link(first))["statusCode"] == 200


def test_a_wish_without_its_seal_mails_nothing() -> None:
    """Whoever may call the follow-up function, and makes no seals, has no mail sent to anybody."""
    world, first, second = two()
    store, before = world.store(), len(world.mails())
    request = world.record(second).request
    seals = ["", "é", store.seal_of_wish(request, 1), store.seal_of_wish(world.record(first).request, 0)]
    for seal in seals:
        world.follow_up().look_after(Nudge(second.id, seal=seal, again=0))
    assert len(world.mails()) == before
    for number in (-1, 3, 99):
        seal = store.seal_of_wish(request, number)
        world.follow_up().look_after(Nudge(second.id, seal=seal, again=number))
    assert len(world.mails()) == before
    world.follow_up().look_after(Nudge(second.id, seal=store.seal_of_wish(request, 0), again=0))
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


# Who may write into the table.


def rows_of(world: World, address: str = ANN) -> dict[tuple[str, str], dict[str, Any]]:
    """Rows of a person as they are in the table, to be written to."""
    return {key: item for key, item in world.dynamodb.items.items() if key[0] == partition(address)}


@pytest.mark.parametrize(
    "forged",
    [
        {"subject": {"S": "Pay the bill"}},
        {"requester": {"S": "the boss"}},
        {"deadline": {"N": "1900000000"}},
        {"request_id": {"S": "0" * 32}},
        {"seal": {"S": "x"}},
        {"seal": {"S": f"2.{'0' * 16}.{'0' * 64}"}},
        {"seal": {"N": "1"}},
        {"subject": {"L": []}},
    ],
    ids=str,
)
def test_a_row_that_says_what_none_of_our_functions_wrote_is_not_shown(forged: dict[str, Any]) -> None:
    world, first, second = two()
    world.dynamodb.items[partition(ANN), second.id].update(forged)
    assert subjects(world, first) == ["first"]


def test_a_row_of_somebody_else_or_of_another_request_is_not_shown() -> None:
    world = World(approvers=(ANN, BOB))
    first, others = ask(world, "first"), ask(world, "others", approvers=[BOB])
    theirs = world.dynamodb.items[partition(BOB), others.id]
    for sort in (others.id, "0" * 32, f"D#{'0' * 15}#{others.id}"):
        copy = {**theirs, "pk": {"S": partition(ANN)}, "sk": {"S": sort}, "waiting": {"S": partition(ANN)}}
        world.dynamodb.items[partition(ANN), sort] = copy
    found = mine(world, first)
    assert ([each["subject"] for each in found["waiting"]], found["decided"]) == (["first"], [])


def test_a_row_that_is_put_back_opens_nothing_and_mails_nothing() -> None:
    """That it waits is not sealed: the button looks at the request."""
    world, first, second = two()
    world.post(world.link(second, 1), outcome="rejected", comment="no")
    world.nudges()
    world.dynamodb.items[partition(ANN), second.id]["waiting"] = {"S": partition(ANN)}
    assert subjects(world, first) == ["first", "second"]
    assert wish(world, first, second.id)["statusCode"] == 409
    assert world.nudged == []


def test_a_request_that_somebody_changed_is_not_mailed_and_leaves_the_list_once_it_is_set_aside() -> None:
    world, first, second = two()
    request = world.dynamodb.items[f"R#{second.id}", "REQUEST"]
    request["requester"] = {"S": "the boss"}
    assert wish(world, first, second.id)["statusCode"] == 409
    request["due_at"] = to_attribute(world.now())
    world.follow_up().sweep()
    assert [subjects(world, first, number) for number in range(3)] == [["first"]] * 3


@pytest.mark.parametrize("approvers", ["x", {"N": "1"}, {"L": [{"N": "1"}, {"S": ANN}, {"S": ANN.upper()}]}])
def test_whatever_is_said_of_whom_a_forged_request_asks_it_is_set_aside(approvers: Any) -> None:
    world, _, second = two()
    request = world.dynamodb.items[f"R#{second.id}", "REQUEST"]
    request["approvers"] = {"S": approvers} if isinstance(approvers, str) else approvers
    request["due_at"] = to_attribute(world.now())
    assert world.follow_up().sweep() == 0
    assert world.dynamodb.of(second.id, "REQUEST")[0]["status"] == {"S": "forged"}


# Versions, cost and size.


def test_requests_of_a_version_that_wrote_no_rows_are_not_listed_and_are_decided_as_ever() -> None:
    world = World(quorum=2, escalate_after_seconds=900, escalation_approvers=(EVE,))
    old = ask(world, "old", 7200)
    for key in [key for key in world.dynamodb.items if key[0].startswith("P#")]:
        del world.dynamodb.items[key]
    del world.dynamodb.items[f"R#{old.id}", "REQUEST"]["mailed_again"]
    new = ask(world, "new", 7200)
    world.advance(901)
    assert world.follow_up().sweep() == 0
    assert [subjects(world, new, number) for number in range(4)] == [["new"]] * 4
    assert wish(world, new, old.id)["statusCode"] == 202, "its link can be mailed all the same"
    for number in (0, 3):
        assert world.post(world.link(old, number), outcome="approved")["statusCode"] == 303
    world.nudges()
    assert world.record(old).request.status is Status.DELIVERED
    assert [subjects(world, new, number) for number in range(4)] == [["new"]] * 4
    assert [each["subject"] for each in mine(world, new)["decided"]] == ["old"]


def test_reading_costs_three_calls_and_a_wish_five(monkeypatch: pytest.MonkeyPatch) -> None:
    world, first, second = two()
    process = Process()
    world.call(f"{world.link(first)}?mine", process=process)
    monkeypatch.setattr("tests.approvals.fakes.PAGE", 1_000)
    process.calls = 0
    world.call(f"{world.link(first)}?mine", process=process)
    assert process.calls == 3
    body = f"requestId={second.id}"
    world.call(f"{world.link(first)}?mine", "POST", body, process, content_type=FORM)
    assert (process.calls, len(world.nudged)) == (3 + 4, 1)


def test_however_much_waits_the_page_is_small_and_says_how_much_it_leaves_out() -> None:
    """The longest subjects, in Korean."""
    world = World(approvers=(ANN,))
    tasks = [
        ask(world, f"{number:03} {'가' * 400}", 3600 + number, requester=f"{'김' * 200}")
        for number in range(MOST_WAITING + 1)
    ]
    found = mine(world, tasks[0])
    assert [each["requestId"] for each in found["waiting"]] == [task.id for task in tasks[:MOST_SHOWN]]
    assert found["more"] == MOST_WAITING - MOST_SHOWN
    link = f"{world.link(tasks[0])}?mine"
    body = world.call(link, accept="text/html", accept_language="ko")["body"]
    assert len(body.encode()) < 40_000
    assert f"{MOST_WAITING - MOST_SHOWN}건보다 더" in body
    world.post(world.link(tasks[3]), outcome="approved")
    assert "180 more" in world.call(link)["body"]


def test_an_ordinary_page_has_less_than_20_kb() -> None:
    world = World(approvers=(ANN,))
    tasks = [
        ask(world, f"Release {number} of the checkout service", requester="dan@example.com")
        for number in range(MOST_SHOWN + people.MOST_DECIDED)
    ]
    for task in tasks[MOST_SHOWN:]:
        world.post(world.link(task), outcome="approved")
    for language in ("en", "ko"):
        body = world.call(f"{world.link(tasks[0])}?mine", accept_language=language)["body"]
        assert body.count("<li>") == len(tasks)
        assert len(body.encode()) < 20_000

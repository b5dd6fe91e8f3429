"""My approvals: all that waits for a person, from any link of theirs; no link opens another request."""

import json
import re
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from approvals.page.mine_page import MOST_SHOWN
from approvals.record import people
from approvals.request.model import Status

from tests.approvals.processes import Process
from tests.approvals.world import ANN, BOB, EVE, FORM, World, asked
from tests.support.step_functions import client_error

from .asking import ask, mine, subjects, two, wish


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


def test_however_much_waits_the_page_is_small_and_says_how_much_it_leaves_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The longest subjects, in Korean."""
    most = MOST_SHOWN + 5
    monkeypatch.setattr(people, "MOST_WAITING", most)
    world = World(approvers=(ANN,))
    tasks = [
        ask(world, f"{number:03} {'가' * 400}", 3600 + number, requester=f"{'김' * 200}")
        for number in range(most + 1)
    ]
    found = mine(world, tasks[0])
    assert [each["requestId"] for each in found["waiting"]] == [task.id for task in tasks[:MOST_SHOWN]]
    assert found["more"] == 5
    link = f"{world.link(tasks[0])}?mine"
    body = world.call(link, accept="text/html", accept_language="ko")["body"]
    assert len(body.encode()) < 40_000
    assert "5건보다 더" in body
    world.post(world.link(tasks[3]), outcome="approved")
    assert "5 more" in world.call(link)["body"]


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

"""Links: only those made here are read, and a wrong one looks like any other (`bench/approvals` times
them)."""

import json
import logging
from dataclasses import replace
from typing import Any, cast

import pytest
from approvals.answering.links import Link, Links
from approvals.request.model import Request
from hypothesis import given
from hypothesis import strategies as st

from .fakes import Kms
from .processes import Process
from .world import FORM, World, links

ASKED = Request(
    id="",
    token="",
    execution_arn="",
    state_machine_arn="",
    state_name="",
    digest="",
    retry_count=0,
    approvers=("ann@example.test",),
    escalation=(),
    quorum=1,
    requester="",
    asked_at=0,
    deadline=1,
    expires_at=2,
    links=("0" * 64,),
)


def forgeries(world: World) -> dict[str, str]:
    task, other = world.take(world.wait(execution="a")), world.take(world.wait(execution="b"))
    link, foreign = world.link(task, 0), world.link(other, 0)
    request_id, _, mac = link.split(".")
    flipped = "A" if mac[5] != "A" else "B"
    spare = chr(ord(mac[-1]) + 1) if mac[-1] not in "Zz9_-" else "A"
    return {
        "nothing": "",
        "nonsense": "nonsense",
        "truncated": link[:-1],
        "longer": link + "A",
        "bit flipped": f"{request_id}.0.{mac[:5]}{flipped}{mac[6:]}",
        "spare bits of the last character": f"{request_id}.0.{mac[:-1]}{spare}",
        "of another request": f"{request_id}.0.{foreign.split('.')[2]}",
        "of another approver": f"{request_id}.1.{mac}",
        "an approver there is not": links(world.kms).url(task.id, 99).rpartition("/")[2],
        "a request there is not": links(world.kms).url("0" * 32, 0).rpartition("/")[2],
        "number with a zero": f"{request_id}.00.{mac}",
        "other case": link.upper(),
        "padded": link + "=",
        "of another instance": links(Kms(b"another")).url(task.id, 0).rpartition("/")[2],
        "not ascii": "\uff46" * 32 + f".0.{mac}",
        "huge": "a" * 8000,
        "traversal": "..%2f..",
    }


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_every_wrong_link_gets_the_same_page_and_costs_the_same_calls(
    method: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world = World()
    wrong = forgeries(world)
    caplog.clear()
    answers, calls = [], []
    for link in wrong.values():
        process = Process()
        answers.append(world.call(link, method, "outcome=approved", process, content_type=FORM))
        calls.append(process.calls)
    assert {answer["statusCode"] for answer in answers} == {404}
    assert len({json.dumps(answer) for answer in answers}) == 1
    # One read; a request whose record is there is read in two pages by the fake.
    assert set(calls) <= {1, 2, 3}
    assert [record for record in caplog.records if record.name == "countersign"] == []
    assert not world.states.accepted


def test_a_link_is_one_segment_that_mail_programs_keep_whole() -> None:
    url = Links(cast("Any", Kms()), "link-key", "https://a.test/prefix/").url("ab" * 16, 7)
    base, _, segment = url.rpartition("/")
    assert base == "https://a.test/prefix/r"
    assert set(segment) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    assert len(url) < 120


@given(st.text(max_size=120) | st.from_regex(r"[0-9a-f]{32}\.[0-9]{1,3}\.[A-Za-z0-9_-]{43}", fullmatch=True))
def test_no_guess_opens_anything(guess: str) -> None:
    link = Link.read(guess)
    for request in (None, replace(ASKED, id=link.request_id), replace(ASKED, id=link.request_id, links=())):
        assert not link.opens(request)


def test_all_links_of_a_request_cost_one_call_and_the_record_holds_none_of_them() -> None:
    world = World(approvers=tuple(f"approver{n}@example.test" for n in range(20)))
    task = world.take(world.wait())
    assert world.kms.calls == 1
    assert len(set(world.links_mailed())) == 20
    stored = json.dumps(world.dynamodb.of(task.id))
    assert len(world.record(task).request.links) == 20
    for link in world.links_mailed():
        assert Link.read(link).proof not in stored
    world.kms.calls = 0
    world.post(world.link(task), outcome="approved")
    assert world.kms.calls == 1, "of this test alone: the page makes no links"

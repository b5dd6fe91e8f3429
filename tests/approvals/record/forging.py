"""Writes into the table what somebody may write who has no key: any item, and copies of any that is there."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from approvals.answering.links import hashed
from approvals.record.attributes import to_attribute, to_item
from countersign_runtime.message import Task

from tests.approvals.world import World


def row(world: World, task: Task, sort: str = "REQUEST") -> dict[str, Any]:
    """An item as it is in the table, to be written to."""
    return world.dynamodb.items.setdefault((f"R#{task.id}", sort), {})


def put_decision(world: World, task: Task, number: int = 1, outcome: str = "approved", **more: Any) -> None:
    """What a decision looks like, but for its seal."""
    said: dict[str, Any] = {
        "pk": f"R#{task.id}",
        "sk": f"D#{number:03}",
        "approver": number,
        "outcome": outcome,
        "at": world.now(),
        "comment": "of course",
        "fields": "{}",
        "source_address": "",
        "user_agent": "",
        "expires_at": int(world.now()) + 10**7,
    }
    world.dynamodb.items[(f"R#{task.id}", f"D#{number:03}")] = to_item(said | more)


def put_vote(world: World, task: Task, number: int = 1, outcome: str = "approved") -> None:
    """What REQUEST looks like once that has decided it."""
    request = row(world, task)
    request["votes"] = {"M": {**request["votes"]["M"], str(number): {"S": outcome}}}
    request["status"], request["outcome"] = {"S": "decided"}, {"S": outcome}
    request["closed_at"] = request["deliver_at"] = request["due_at"] = to_attribute(world.now())
    request["why"], request["due"] = {"S": "decision"}, {"S": "due"}
    owed = [f"event:Decided:{number}", "event:Delivered", "mail:outcome:0"]
    request["outbox"] = {"L": [*request["outbox"]["L"], *({"S": entry} for entry in owed)]}
    request["send_at"] = to_attribute(world.now())


def own_link(world: World, task: Task) -> None:
    """A link whose proof somebody knows, in place of an approver's."""
    links = row(world, task)["links"]["L"]
    links[0] = {"S": hashed("p" * 43)}


def rung(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Which requests the alarm was rung for."""
    return [each.task_id for each in caplog.records if getattr(each, "rings", "") == "forged"]  # type: ignore[attr-defined]


def audited(world: World, task: Task) -> list[dict[str, Any]]:
    """What the audit has of forgeries."""
    found = [item for item in world.dynamodb.of(task.id, "A#") if item["what"] == {"S": "forged"}]
    return [json.loads(item["said"]["S"]) for item in found]


@pytest.fixture(autouse=True)
def nothing_told(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """In no log is what was forged, which may be anything."""
    caplog.set_level(logging.DEBUG)
    yield
    assert "of course" not in caplog.text

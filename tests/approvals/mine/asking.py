"""Requests that wait for the same people, and what one of them sees of all, and does."""

import json
from typing import Any

from countersign_runtime.message import Task

from tests.approvals.page.test_openapi import DOCUMENT, check
from tests.approvals.world import FORM, World


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

"""The page's own clients, their timeouts and tries, where a service takes connections and never answers."""

import socket
import time
from contextlib import suppress

import pytest
from botocore.retries import standard
from countersign_runtime import clients

from components.approvals.http_api import TIMEOUT_MILLISECONDS
from tests.approvals.world import FORM, World
from tests.support.functions import load_function

VARIABLES = {
    "AWS_DEFAULT_REGION": "eu-test-1",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "TABLE_NAME": "requests",
    "SEAL_KEY_ID": "seal-key",
    "FOLLOW_UP_FUNCTION": "follow-up",
    "REQUIRE_COMMENT_ON_REJECT": "true",
}
TRY_SECONDS = 2 * clients.HURRIED_SECONDS + 1
"""A try takes at most: a connection, an answer, and the pause before the first that follows."""


class Nudges:
    """Lambda, which takes every call."""

    def invoke(self, **_: object) -> None:
        pass


def tries(listening: socket.socket) -> int:
    """How many connections a service got."""
    listening.setblocking(False)
    count = 0
    with suppress(BlockingIOError):
        while True:
            listening.accept()[0].close()
            count += 1
    return count


@pytest.mark.parametrize(
    ("hangs", "method", "status"),
    [
        ({"stepfunctions"}, "POST", 303),
        ({"lambda"}, "POST", 303),
        ({"stepfunctions", "lambda"}, "POST", 303),
        ({"kms"}, "GET", 503),
        ({"dynamodb"}, "GET", 503),
        ({"dynamodb"}, "POST", 503),
    ],
    ids=lambda value: "+".join(sorted(value)) if isinstance(value, set) else str(value),
)
def test_the_page_answers_in_its_time(
    hangs: set[str], method: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    world.states.now = time.time()
    task = world.take(world.wait())
    event = world.event(world.link(task), method, "outcome=approved", content_type=FORM)
    services = {
        "dynamodb": world.dynamodb,
        "kms": world.seals.kms,
        "stepfunctions": world.states,
        "lambda": Nudges(),
    }
    others = {f"{name} in a hurry": each for name, each in services.items() if name not in hangs}
    monkeypatch.setattr(clients, "_made", others)
    monkeypatch.setattr(clients, "HURRIED_SECONDS", 0.05)
    monkeypatch.setattr(standard.ExponentialBackoff, "delay_amount", lambda self, context: 0)
    with socket.create_server(("127.0.0.1", 0), backlog=100) as service:
        endpoint = f"http://127.0.0.1:{service.getsockname()[1]}"
        for name, value in {**VARIABLES, "AWS_ENDPOINT_URL": endpoint}.items():
            monkeypatch.setenv(name, value)
        page = load_function("approval_page", "handler")
        assert page.handler(event, None)["statusCode"] == status
        assert 0 < tries(service) * TRY_SECONDS < TIMEOUT_MILLISECONDS / 1000
    if status == 303:
        assert world.record(task).request.outcome == "approved"

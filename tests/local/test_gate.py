"""The gate in front of the embedded AWS: what a web page could do to it, and can no more."""

import asyncio
import http.client
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from local.aws import Aws
from local.emulator import Emulator
from local.server.gate import guarded
from local.server.loopback import HOST
from tests.support.patience import PATIENCE_SECONDS

EVIL = "https://evil.example"
PAGE_ELSEWHERE = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"}
LINK_ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture
def aws(emulator: Emulator) -> Aws:
    return Aws(emulator.endpoint, emulator.region)


def _send(
    netloc: str, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> tuple[int, Mapping[str, str], bytes]:
    connection = http.client.HTTPConnection(netloc, timeout=PATIENCE_SECONDS)
    try:
        connection.request(method, path, body or None, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.mark.embedded
def test_a_page_elsewhere_creates_and_runs_nothing(emulator: Emulator, aws: Aws) -> None:
    for path, body in (
        ("/", b"Action=CreateUser&Version=2010-05-08&UserName=evil"),
        ("/2015-03-31/functions", b"{}"),
        ("/2015-03-31/functions/evil/invocations", b"{}"),
        ("/_ministack/config", b"{}"),
        ("/_ministack/reset", b""),
    ):
        status, headers, said = _send(f"{HOST}:{emulator.port}", "POST", path, body, PAGE_ELSEWHERE)
        assert (status, said.count(b"\n")) == (403, 1), path
        assert not [name for name in headers if name.startswith("access-control-")]
    assert aws.iam.list_users()["Users"] == []


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 403),
        ("/_aws/execute-api", 403),
        ("/_aws/execute-api/none", 403),
        ("/_aws/execute-api//", 403),
        ("/restapis/none/none/_user_request_/", 403),
        ("/_aws/execute-api/none/%24default/r/1", 404),  # It came to MiniStack's HTTP APIs.
    ],
)
def test_a_link_elsewhere_leads_to_the_page_of_an_api_and_calls_nothing(
    emulator: Emulator, aws: Aws, path: str, status: int
) -> None:
    evil = f"{path}?Action=CreateUser&UserName=evil"
    found, _, said = _send(f"{HOST}:{emulator.port}", "GET", evil, headers=LINK_ELSEWHERE)
    assert found == status
    assert status == 403 or json.loads(said) == {"message": "Not Found"}
    assert aws.iam.list_users()["Users"] == []


@pytest.mark.embedded
def test_a_name_that_leads_here_is_refused_everywhere(emulator: Emulator) -> None:
    for path in ("/", "/_ministack/health", "/_aws/execute-api/none/%24default/"):
        status, _, said = _send(f"{HOST}:{emulator.port}", "GET", path, headers={"Host": "evil.example"})
        assert (status, said) == (403, b"Host must be 127.0.0.1 or localhost, got 'evil.example'\n")


@pytest.mark.embedded
def test_nobody_is_told_that_pages_may_ask(emulator: Emulator) -> None:
    netloc = f"{HOST}:{emulator.port}"
    asked = {"Origin": EVIL, "Access-Control-Request-Method": "POST"}
    status, headers, _ = _send(netloc, "OPTIONS", "/", headers=asked)
    assert (status, "access-control-allow-origin" in headers) == (403, False)
    for method, path in (("GET", "/_ministack/health"), ("GET", "/"), ("OPTIONS", "/")):
        status, headers, _ = _send(netloc, method, path)
        assert status != 403
        assert not [name for name in headers if name.startswith("access-control-")], path


@pytest.mark.embedded
def test_a_web_socket_is_refused(emulator: Emulator) -> None:
    asked = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw==",
    }
    status, _, _ = _send(f"{HOST}:{emulator.port}", "GET", "/_aws/execute-api/none/x", headers=asked)
    assert status == 403


@pytest.mark.embedded
def test_a_large_body_is_answered_too(emulator: Emulator) -> None:
    """A client that is still sending would otherwise see a broken connection, and no reason."""
    status, _, said = _send(f"{HOST}:{emulator.port}", "POST", "/", b"x" * 900_000, PAGE_ELSEWHERE)
    assert (status, said[:5]) == (403, b"pages")


def test_starting_and_ending_goes_through() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    async def nothing(*_: Any) -> Any:
        raise AssertionError("nobody is to be asked or told")

    async def serve() -> None:
        await guarded(app)({"type": "lifespan"}, nothing, nothing)

    asyncio.run(serve())
    assert seen == ["lifespan"]

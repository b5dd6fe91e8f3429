"""Real calls to a server that hangs up, never answers, or answers what nobody expects."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.httpsession import URLLib3Session

from local.server.loopback import Handler, Loopback
from ops import aws
from ops.aws import Aws
from ops.problems import Refused

CALL = {"action": "remind", "request": "0" * 32}


@pytest.fixture(autouse=True)
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials, and no patience."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setattr(aws, "OPERATE_SECONDS", 0.2)
    quick = Config(connect_timeout=5, read_timeout=0.2, retries={"mode": "standard", "total_max_attempts": 2})
    monkeypatch.setattr(aws, "_CONFIG", quick)


@pytest.fixture
def nobody() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_calls_are_bounded_in_time_and_number() -> None:
    assert (aws.CONNECT_SECONDS, aws.READ_SECONDS, aws.ATTEMPTS) == (5, 10, 5)


def test_a_service_that_hangs_is_asked_again_and_then_told(
    nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", nobody)
    with pytest.raises(Refused) as refused:
        Aws().call("dynamodb", "query", "the table requests", TableName="requests")
    assert str(refused.value) == (
        "the table requests: AWS gave no answer (ReadTimeoutError), 5 times: do it again"
    )


def test_an_approval_api_that_hangs_is_told_at_once(nobody: str) -> None:
    """Whether it was done nobody knows, but doing it again does no harm."""
    with pytest.raises(Refused, match=r"gave no answer \(ReadTimeoutError\): `show` says what was done"):
        Aws().operate(nobody, CALL)


class Answers(Handler):
    """Answers what the path says."""

    def do_POST(self) -> None:  # noqa: N802
        said = self.rfile.read(int(self.headers["content-length"]))
        assert json.loads(said) == CALL
        assert self.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=test/")
        kind = self.path.split("/")[-2]
        if kind == "hangs-up":
            self.close_connection = True
            return
        status, body = {
            "done": (200, b'{"done": true, "status": "open"}'),
            "strange": (200, b"<html>"),
            "forbidden": (403, b'{"message": "Forbidden"}'),
            "unknown": (404, b'{"message": "Not Found"}'),
            "away": (424, b'{"problem": "Step Functions could not be asked"}'),
        }[kind]
        self.answer(status, "application/json", body)


@pytest.mark.parametrize(
    ("kind", "says", "denied"),
    [
        ("hangs-up", r"gave no answer \(ConnectionClosedError\)", False),
        ("strange", r"refused the call \(200\): nothing", False),
        ("forbidden", r"\(403\): Forbidden; execute-api:Invoke is missing", True),
        ("unknown", "takes no calls of operators: update its stack", True),
        ("away", r"\(424\): Step Functions could not be asked", False),
    ],
)
def test_an_answer_of_the_approval_api_is_told(kind: str, says: str, denied: bool) -> None:
    with Loopback(Answers) as server, pytest.raises(Refused, match=says) as refused:
        Aws().operate(f"{server.url}/{kind}", CALL)
    assert refused.value.denied is denied


def test_what_was_done_is_given_back() -> None:
    with Loopback(Answers) as server:
        assert Aws().operate(f"{server.url}/done", CALL) == {"done": True, "status": "open"}


def test_an_approval_api_is_called_through_a_proxy_as_aws_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback(Answers) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert Aws().operate("http://approvals.test/done", CALL)["done"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_CA_BUNDLE", "company.pem"),
        ("REQUESTS_CA_BUNDLE", "company.pem"),
        ("AWS_PROFILE", "company"),
    ],
)
def test_an_approval_api_is_trusted_by_the_certificates_that_aws_is(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trusted: list[object] = []

    def session(*, verify: object = True, **more: Any) -> URLLib3Session:
        trusted.append(verify)
        return URLLib3Session(verify=verify, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(aws, "URLLib3Session", session)
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    (tmp_path / "config").write_text("[profile company]\nca_bundle = company.pem\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with Loopback(Answers) as server:
        Aws().operate(f"{server.url}/done", CALL)
        monkeypatch.setenv(name, value)
        Aws().operate(f"{server.url}/done", CALL)
    assert trusted == [True, "company.pem"]


def test_without_credentials_or_region_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(Exception, match="there must be a region"):
        Aws().operate("http://127.0.0.1:1", CALL)
    with pytest.raises(Refused, match="the credentials cannot be asked: The config profile"):
        Aws(profile="nobody")

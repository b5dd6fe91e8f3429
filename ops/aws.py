"""AWS with ordinary credentials: those of the AWS CLI, of its profiles and of its environment variables."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.httpsession import URLLib3Session

from countersign_contract.approvals import operating

from .problems import Exit, Problem

CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 30
"""API Gateway gives the function 20."""

_CONFIG: Final = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
    retries={"mode": "standard", "total_max_attempts": 5},
)


class Aws:
    """The clients, each made when it is needed."""

    def __init__(self, profile: str | None = None, region: str | None = None) -> None:
        with explained("the credentials"):
            self._session = boto3.Session(profile_name=profile, region_name=region)
        self._clients: dict[str, Any] = {}

    def client(self, service: Any) -> Any:
        if service not in self._clients:
            with explained(service):
                self._clients[service] = self._session.client(service, config=_CONFIG)
        return self._clients[service]

    def operate(self, url: str, call: Mapping[str, str]) -> Mapping[str, Any]:
        """Have the operator's function of an ApprovalApi do something: what came of it.

        Not tried again, as nobody knows of a call without an answer whether it was made.
        """
        address = f"{url}{operating.PATH}"
        request = AWSRequest(
            operating.METHOD, address, {"content-type": "application/json"}, json.dumps(call).encode()
        )
        with explained("the ApprovalApi"):
            credentials = self._session.get_credentials()
            region = self._session.region_name
            if credentials is None or region is None:
                missing = "credentials" if credentials is None else "a region (--region)"
                raise Problem(Exit.REFUSED, f"there must be {missing}, as for the AWS CLI")
            SigV4Auth(credentials.get_frozen_credentials(), "execute-api", region).add_auth(request)
            http = URLLib3Session(timeout=(CONNECT_SECONDS, READ_SECONDS))  # type: ignore[arg-type]
            try:
                answer = http.send(request.prepare())
            except HTTPClientError as problem:
                raise Problem(
                    Exit.REFUSED,
                    f"the ApprovalApi gave no answer ({type(problem).__name__}): `show` says what was done",
                ) from None
        return _read(answer.status_code, answer.content)


def _read(status: int, content: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(content)
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    if status == 200 and "done" in said:
        return said
    if status == 404:
        raise Problem(Exit.REFUSED, "the ApprovalApi takes no calls of operators: update its stack")
    why = said.get("problem") or said.get("message") or "nothing"
    raise Problem(Exit.REFUSED, f"the ApprovalApi refused the call ({status}): {why}")


@contextmanager
def explained(what: str) -> Iterator[None]:
    """What AWS refuses, told in a line."""
    try:
        yield
    except ClientError as problem:
        error = problem.response["Error"]
        said = f"{problem.operation_name} of {what}: {error.get('Code')}: {error.get('Message', '')}"
        raise Problem(Exit.REFUSED, f"AWS refused {said}") from None
    except BotoCoreError as problem:
        raise Problem(Exit.REFUSED, f"{what} cannot be asked: {problem}") from None

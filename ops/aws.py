"""AWS with ordinary credentials: those of the AWS CLI, of its profiles and of its environment variables.

What AWS does wrong is decided here. A call that is throttled, or fails in passing, is made again, up to five
times; one that gets no answer ends after seconds, and is made again as well, as every call that is made here
can come twice and does no harm. A refusal names the action that was refused, and on what.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import environ
from typing import Any, Final

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.httpsession import URLLib3Session
from botocore.session import get_session
from botocore.utils import get_environ_proxies

from countersign_contract.approvals import operating

from .problems import Exit, Problem, Refused

CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 10
OPERATE_SECONDS: Final = 30
"""API Gateway gives the function 20."""
ATTEMPTS: Final = 5

_CONFIG: Final = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
)
PREFIXES: Final = {"stepfunctions": "states"}
"""Service → what its actions begin with, where that is another name."""
_THROTTLED: Final = ("Throttl", "RequestLimitExceeded", "ProvisionedThroughputExceeded", "TooManyRequests")
_ECHOES: Final = ("StartExecution",)
"""Calls whose refusals can quote what nobody should see."""
ALLOWED: Final = "docs/operations.md says what operators must be allowed"


class Aws:
    """The clients, each made when it is needed."""

    def __init__(self, profile: str | None = None, region: str | None = None) -> None:
        with explained("AWS", "the credentials"):
            self._core = get_session()
            self._session = boto3.Session(
                profile_name=profile, region_name=region, botocore_session=self._core
            )
        self._clients: dict[str, Any] = {}

    def client(self, service: Any) -> Any:
        """The client of a service."""
        if service not in self._clients:
            with explained(service, f"{service}"):
                self._clients[service] = self._session.client(service, config=_CONFIG)
        return self._clients[service]

    def call(self, service: str, operation: str, what: str, **arguments: Any) -> Mapping[str, Any]:
        """One call about `what`: the answer. `Refused` if there is none."""
        client = self.client(service)
        with explained(service, what):
            answer: Mapping[str, Any] = getattr(client, operation)(**arguments)
        return answer

    def pages(self, service: str, operation: str, what: str, **arguments: Any) -> Iterator[Mapping[str, Any]]:
        """The answers to a call that has several, each asked for when it is wanted."""
        paginator = self.client(service).get_paginator(operation)
        with explained(service, what):
            yield from paginator.paginate(**arguments)

    def operate(self, url: str, call: Mapping[str, str]) -> Mapping[str, Any]:
        """Have the operator's function of an ApprovalApi do something: what came of it.

        Not tried again here, as nobody knows of a call without an answer whether it was made. Doing it again
        does no harm.
        """
        with explained("execute-api", "the ApprovalApi"):
            try:
                status, content = self._sent(f"{url}{operating.PATH}", json.dumps(call).encode())
            except HTTPClientError as problem:
                kind = type(problem).__name__
                said = f"the ApprovalApi gave no answer ({kind}): `show` says what was done; do it again"
                raise Refused(said, kind) from None
        return _read(status, content)

    def _sent(self, address: str, body: bytes) -> tuple[int, bytes]:
        """A signed call: the status and content of its answer. `HTTPClientError` if there is none."""
        request = AWSRequest(operating.METHOD, address, {"content-type": "application/json"}, body)
        credentials, region = self._session.get_credentials(), self._session.region_name
        if credentials is None or region is None:
            missing = "credentials" if credentials is None else "a region (--region)"
            raise Problem(Exit.REFUSED, f"there must be {missing}, as for the AWS CLI")
        SigV4Auth(credentials.get_frozen_credentials(), "execute-api", region).add_auth(request)
        http = URLLib3Session(
            timeout=(CONNECT_SECONDS, OPERATE_SECONDS),  # type: ignore[arg-type]
            # As the clients have them.
            verify=self._core.get_config_variable("ca_bundle") or environ.get("REQUESTS_CA_BUNDLE", True),  # type: ignore[arg-type]
            proxies=get_environ_proxies(address),
        )
        answer = http.send(request.prepare())
        return answer.status_code, answer.content


def _read(status: int, content: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(content)
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    if status == 200 and "done" in said:
        return said
    why = said.get("problem") or said.get("message") or "nothing"
    if status == 404:
        raise Refused("the ApprovalApi takes no calls of operators: update its stack", "404", denied=True)
    if status == 403:
        text = (
            f"the ApprovalApi refused the call (403): {why}; execute-api:Invoke is missing ({ALLOWED}), or "
            "the region or the credentials are not those of its stack"
        )
        raise Refused(text, "403", denied=True)
    raise Refused(f"the ApprovalApi refused the call ({status}): {why}", str(status))


def named(kind: str, arn: str) -> str:
    """What an ARN is of, as errors say it: `the execution order-7`."""
    return f"the {kind} {arn.rpartition(':')[2]}"


@contextmanager
def explained(service: str, what: str) -> Iterator[None]:
    """What AWS refuses, told in a line: `Refused`."""
    try:
        yield
    except ClientError as problem:
        raise _refused(service, what, problem) from None
    except HTTPClientError as problem:
        kind = type(problem).__name__
        raise Refused(f"{what}: AWS gave no answer ({kind}), {ATTEMPTS} times: do it again", kind) from None
    except BotoCoreError as problem:
        raise Refused(f"{what} cannot be asked: {problem}", type(problem).__name__) from None


def _refused(service: str, what: str, problem: ClientError) -> Refused:
    error = problem.response["Error"]
    code, said = error.get("Code", ""), error.get("Message", "")
    action = f"{PREFIXES.get(service, service)}:{problem.operation_name}"
    status = problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    denied = "AccessDenied" in code or (status == 403 and "Authoriz" in code)
    if problem.operation_name in _ECHOES and not denied:
        said = "AWS's words are left out, as they can quote the input"
    if denied:
        return Refused(f"AWS denied {action} on {what}: {code}: {said} ({ALLOWED})", code, denied=True)
    if any(each in code for each in _THROTTLED):
        return Refused(f"AWS throttled {action} on {what}, {ATTEMPTS} times: try again in a minute", code)
    return Refused(f"AWS refused {action} on {what}: {code}: {said}", code)

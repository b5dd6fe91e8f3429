"""Clients of the embedded AWS, and what a resource's code needs to know about where it is created."""

import re
import secrets
import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local.aws.inputs import Inputs
from local.emulator import ACCESS_KEY, ACCOUNT, SECRET_KEY
from local.errors import LocalError

if TYPE_CHECKING:
    from types_boto3_apigatewayv2 import ApiGatewayV2Client
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_events import EventBridgeClient
    from types_boto3_iam import IAMClient
    from types_boto3_kms import KMSClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_s3 import S3Client
    from types_boto3_scheduler import EventBridgeSchedulerClient
    from types_boto3_sns import SNSClient
    from types_boto3_sqs import SQSClient
    from types_boto3_stepfunctions import SFNClient

PARTITION = "aws"
DNS_SUFFIX = "amazonaws.com"

_CONFIG = Config(
    # Long enough for any machine: whether the server is there, its process says.
    connect_timeout=60,
    read_timeout=300,
    max_pool_connections=32,
    retries={"max_attempts": 2, "mode": "standard"},
    s3={"addressing_style": "path"},
)
_SUFFIX_LENGTH = 7
_LONGEST_SUFFIX = 26  # Of the name that AWS's provider makes of a prefix: a time and a counter.
_lock = threading.Lock()


class Aws:
    """One region of one embedded AWS, as seen by the account's root user."""

    def __init__(self, endpoint: str, region: str, *, auth: bool = False) -> None:
        self.endpoint = endpoint
        self.region = region
        self.account = ACCOUNT
        self.auth = auth
        self._session = boto3.Session(ACCESS_KEY, SECRET_KEY, region_name=region)

    def arn(
        self, service: str, resource: str, *, region: str | None = None, account: str | None = None
    ) -> str:
        """The ARN of a resource in this region and account; pass "" for services whose ARNs carry none."""
        place = self.region if region is None else region
        owner = self.account if account is None else account
        return f"arn:{PARTITION}:{service}:{place}:{owner}:{resource}"

    def client(self, service: str) -> Any:
        """A client of any service; the properties below are the ones used often, with their types."""
        with _lock:  # Sessions are not safe to share while they build a client.
            return self._session.client(service, endpoint_url=self.endpoint, config=_CONFIG)  # type: ignore[call-overload]

    @cached_property
    def sqs(self) -> "SQSClient":
        client: SQSClient = self.client("sqs")
        return client

    @cached_property
    def sns(self) -> "SNSClient":
        client: SNSClient = self.client("sns")
        return client

    @cached_property
    def iam(self) -> "IAMClient":
        client: IAMClient = self.client("iam")
        return client

    @cached_property
    def functions(self) -> "LambdaClient":
        client: LambdaClient = self.client("lambda")
        return client

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        client: CloudWatchLogsClient = self.client("logs")
        return client

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient":
        client: CloudWatchClient = self.client("cloudwatch")
        return client

    @cached_property
    def events(self) -> "EventBridgeClient":
        client: EventBridgeClient = self.client("events")
        return client

    @cached_property
    def step_functions(self) -> "SFNClient":
        client: SFNClient = self.client("stepfunctions")
        return client

    @cached_property
    def scheduler(self) -> "EventBridgeSchedulerClient":
        client: EventBridgeSchedulerClient = self.client("scheduler")
        return client

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        client: DynamoDBClient = self.client("dynamodb")
        return client

    @cached_property
    def kms(self) -> "KMSClient":
        client: KMSClient = self.client("kms")
        return client

    @cached_property
    def http_apis(self) -> "ApiGatewayV2Client":
        client: ApiGatewayV2Client = self.client("apigatewayv2")
        return client

    @cached_property
    def s3(self) -> "S3Client":
        client: S3Client = self.client("s3")
        return client


def physical_name(
    logical: str,
    inputs: Inputs,
    *,
    longest: int,
    key: str = "name",
    prefix_key: str | None = "namePrefix",
    pattern: str = r"[A-Za-z0-9_-]+",
    suffix: str = "",
    longest_made: int | None = None,
) -> str:
    """The name a resource gets: the one asked for, or its prefix or logical name and seven random hex digits.

    Checked against the rules of the service and of AWS's provider, which the embedded AWS does not apply.
    `longest_made` is how long Pulumi lets a name be that it makes itself, if that is shorter.
    """
    given = inputs.get(key)
    prefix = inputs.get(prefix_key) if prefix_key else None
    if given is not None and prefix is not None:
        raise LocalError(f"{key} and {prefix_key} exclude each other, got both")
    if given is not None:
        name = str(given)
    elif prefix is not None:
        most = longest - _LONGEST_SUFFIX - len(suffix)
        if len(str(prefix)) > most:
            raise LocalError(
                f"{prefix_key} must have at most {most} characters, got {len(str(prefix))}: {prefix}"
            )
        name = f"{prefix}{secrets.token_hex(4)[:_SUFFIX_LENGTH]}{suffix}"
    else:
        name = f"{logical}-{secrets.token_hex(4)[:_SUFFIX_LENGTH]}{suffix}"
        longest = longest_made or longest
    if len(name) > longest:
        raise LocalError(f"{key} must have at most {longest} characters, got {len(name)}: {name}")
    if not re.fullmatch(pattern, name):
        raise LocalError(f"{key} must match {pattern}, got {name}")
    return name

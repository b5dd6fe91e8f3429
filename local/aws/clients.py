"""Clients of the embedded AWS."""

import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import boto3
from botocore.config import Config

from local.emulator import ACCESS_KEY, ACCOUNT, SECRET_KEY

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

T = TypeVar("T")

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


class _Client(Generic[T]):
    """A property of :class:`Aws`: its client of one service."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __get__(self, aws: "Aws", _owner: type) -> T:
        client: T = aws.client(self._service)
        return client


class Aws:
    """One region of one embedded AWS, as seen by the account's root user."""

    sqs: _Client["SQSClient"] = _Client("sqs")
    sns: _Client["SNSClient"] = _Client("sns")
    iam: _Client["IAMClient"] = _Client("iam")
    functions: _Client["LambdaClient"] = _Client("lambda")
    logs: _Client["CloudWatchLogsClient"] = _Client("logs")
    cloudwatch: _Client["CloudWatchClient"] = _Client("cloudwatch")
    events: _Client["EventBridgeClient"] = _Client("events")
    step_functions: _Client["SFNClient"] = _Client("stepfunctions")
    scheduler: _Client["EventBridgeSchedulerClient"] = _Client("scheduler")
    dynamodb: _Client["DynamoDBClient"] = _Client("dynamodb")
    kms: _Client["KMSClient"] = _Client("kms")
    http_apis: _Client["ApiGatewayV2Client"] = _Client("apigatewayv2")
    s3: _Client["S3Client"] = _Client("s3")

    def __init__(self, endpoint: str, region: str, *, auth: bool = False) -> None:
        self.endpoint = endpoint
        self.region = region
        self.account = ACCOUNT
        self.auth = auth
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self._session = boto3.Session(ACCESS_KEY, SECRET_KEY, region_name=region)

    def arn(
        self, service: str, resource: str, *, region: str | None = None, account: str | None = None
    ) -> str:
        """The ARN of a resource in this region and account; pass "" for services whose ARNs carry none."""
        place = self.region if region is None else region
        owner = self.account if account is None else account
        return f"arn:{PARTITION}:{service}:{place}:{owner}:{resource}"

    def client(self, service: str) -> Any:
        """The client of any service; those used often are properties, with their types."""
        with self._lock:  # Sessions are not safe to share while they build a client.
            if service not in self._clients:
                self._clients[service] = self._session.client(
                    service,  # type: ignore[call-overload]
                    endpoint_url=self.endpoint,
                    config=_CONFIG,
                )
            return self._clients[service]

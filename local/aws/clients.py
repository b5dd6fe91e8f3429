"""Clients of the embedded AWS."""

import threading
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local.emulator import ACCESS_KEY, ACCOUNT, SECRET_KEY

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_events import EventBridgeClient
    from types_boto3_iam import IAMClient
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


def _client(service: str) -> Any:
    """A property of :class:`Aws`: its client of one service."""
    return property(lambda aws: aws.client(service))


class Aws:
    """One region of one embedded AWS, as seen by the account's root user."""

    sqs: "SQSClient" = _client("sqs")
    sns: "SNSClient" = _client("sns")
    iam: "IAMClient" = _client("iam")
    functions: "LambdaClient" = _client("lambda")
    logs: "CloudWatchLogsClient" = _client("logs")
    cloudwatch: "CloudWatchClient" = _client("cloudwatch")
    events: "EventBridgeClient" = _client("events")
    step_functions: "SFNClient" = _client("stepfunctions")
    scheduler: "EventBridgeSchedulerClient" = _client("scheduler")
    dynamodb: "DynamoDBClient" = _client("dynamodb")
    s3: "S3Client" = _client("s3")

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

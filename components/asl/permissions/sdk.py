"""What `aws-sdk:*` integrations need: rows for those much used or with an IAM action of another name, and
the rule of `permission_rule` for all others.
"""

from collections.abc import Mapping
from typing import Any, Final

from ..services.optimized import SDK_SERVICES
from . import resources as find
from . import types
from .grants import Call, Grant, Resources, escape, grant, one
from .items import ITEMS_TABLE
from .models import CONVERSE
from .rule import by_rule
from .storage import STORAGE_TABLE
from .table import OPTIMIZED_GRANTS

_REFERENCE: Final = "https://docs.aws.amazon.com/service-authorization/latest/reference"
_CLOUDWATCH: Final = f"{_REFERENCE}/list_amazoncloudwatch.html"
_RDS_DATA: Final = f"{_REFERENCE}/list_amazonrdsdataapi.html"
_SECRETS: Final = f"{_REFERENCE}/list_awssecretsmanager.html"
_SNS: Final = f"{_REFERENCE}/list_amazonsns.html"
_SQS: Final = f"{_REFERENCE}/list_amazonsqs.html"
_SSM: Final = f"{_REFERENCE}/list_awssystemsmanager.html"
_STATES: Final = f"{_REFERENCE}/list_awsstepfunctions.html"


def _namespace(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html"""
    return {"StringEquals": {"cloudwatch:namespace": call.text("Namespace")}}


def _argument(name: str) -> Resources:
    """The resource whose ARN is an argument."""

    def resource(call: Call) -> list[str]:
        return [one(call.text(name))]

    return resource


def _parameters_below(call: Call) -> list[str]:
    """The path as it is given: whoever may read it may read all parameters below."""
    return [call.arn("ssm", f"parameter/{escape(call.text('Path').lstrip('/'))}")]


_BY_PATH: Final = "https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html"
_PARAMETERS: Final = types.surely(types.parameters, "Name")
_RDS_SECRET: Final = types.surely(types.secrets("SecretArn"), "SecretArn")
_SECRET: Final = types.surely(types.secrets("SecretId"), "SecretId")
_TOKEN: Final = find.by_hand("the state machine that the token belongs to is not among the arguments")

SDK_GRANTS: Final[Mapping[str, tuple[Grant, ...]]] = {
    # PutMetricData has no resource type; the namespace narrows it.
    "cloudwatch:putMetricData": (
        grant("PutMetrics", "cloudwatch:PutMetricData", find.every, _CLOUDWATCH, _namespace),
    ),
    "rdsdata:batchExecuteStatement": (
        grant("CallRdsData", "rds-data:BatchExecuteStatement", _argument("ResourceArn"), _RDS_DATA),
        grant("ReadSecrets", "secretsmanager:GetSecretValue", _RDS_SECRET, _RDS_DATA),
    ),
    "rdsdata:executeStatement": (
        grant("CallRdsData", "rds-data:ExecuteStatement", _argument("ResourceArn"), _RDS_DATA),
        grant("ReadSecrets", "secretsmanager:GetSecretValue", _RDS_SECRET, _RDS_DATA),
    ),
    "bedrockruntime:converse": CONVERSE,
    **ITEMS_TABLE,
    **STORAGE_TABLE,
    "secretsmanager:getSecretValue": (
        grant("ReadSecrets", "secretsmanager:GetSecretValue", _SECRET, _SECRETS),
    ),
    "secretsmanager:putSecretValue": (
        grant("WriteSecrets", "secretsmanager:PutSecretValue", _SECRET, _SECRETS),
    ),
    "sfn:sendTaskFailure": (grant("ReturnTaskTokens", "states:SendTaskFailure", _TOKEN, _STATES),),
    "sfn:sendTaskHeartbeat": (grant("ReturnTaskTokens", "states:SendTaskHeartbeat", _TOKEN, _STATES),),
    "sfn:sendTaskSuccess": (grant("ReturnTaskTokens", "states:SendTaskSuccess", _TOKEN, _STATES),),
    "sfn:startSyncExecution": (
        grant(
            "StartExecutions",
            "states:StartSyncExecution",
            find.state_machine,
            _STATES,
            find.state_machine_qualifier,
        ),
    ),
    "sns:publishBatch": (grant("PublishMessages", "sns:Publish", find.topic, _SNS),),
    "sqs:changeMessageVisibilityBatch": (
        grant("HoldMessages", "sqs:ChangeMessageVisibility", find.queue, _SQS),
    ),
    "sqs:deleteMessageBatch": (grant("DeleteMessages", "sqs:DeleteMessage", find.queue, _SQS),),
    "sqs:sendMessageBatch": (grant("SendMessages", "sqs:SendMessage", find.queue, _SQS),),
    "ssm:getParameter": (grant("ReadParameters", "ssm:GetParameter", _PARAMETERS, _SSM),),
    "ssm:getParameters": (grant("ReadParameters", "ssm:GetParameters", _PARAMETERS, _SSM),),
    "ssm:getParametersByPath": (
        grant("ReadParameters", "ssm:GetParametersByPath", _parameters_below, _BY_PATH),
    ),
    "ssm:putParameter": (grant("WriteParameters", "ssm:PutParameter", _PARAMETERS, _SSM),),
}
"""SDK integration → what it needs, where the rule would not find it or not as exactly."""


_OPTIMIZED_NAMES: Final = {"bedrockruntime": "bedrock"} | {sdk: name for name, sdk in SDK_SERVICES.items()}
"""SDK service → the optimised integration that calls the same API with the same arguments."""


def sdk_grants(service: str, action: str) -> tuple[Grant, ...]:
    """What an SDK integration needs."""
    optimized = f"{_OPTIMIZED_NAMES.get(service)}:{action}"
    row = SDK_GRANTS.get(f"{service}:{action}") or OPTIMIZED_GRANTS.get(optimized)
    return row or by_rule(service, action)

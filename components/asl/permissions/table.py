"""Which optimised integration needs which permissions, with the AWS page each row comes from.

Where AWS's page shows `*` although the action has a resource type, the row names the resource; where the page
asks for what a service may need at most, the row asks for what this pattern needs.
"""

from collections.abc import Mapping
from typing import Any, Final

from . import resources as find
from .clusters import CLUSTER_TABLE
from .grants import Call, Grant, follow, grant, managed_rule, one
from .jobs import JOB_TABLE
from .models import MODEL_TABLE

_GUIDE: Final = "https://docs.aws.amazon.com/step-functions/latest/dg"
_API_GATEWAY: Final = f"{_GUIDE}/connect-api-gateway.html"
_DYNAMODB: Final = f"{_GUIDE}/connect-ddb.html"
_ECS: Final = f"{_GUIDE}/connect-ecs.html"
_EVENTBRIDGE: Final = f"{_GUIDE}/connect-eventbridge.html"
_HTTP: Final = f"{_GUIDE}/call-https-apis.html"
_LAMBDA: Final = f"{_GUIDE}/connect-lambda.html"
_SNS: Final = f"{_GUIDE}/connect-sns.html"
_SQS: Final = f"{_GUIDE}/connect-sqs.html"
_STATES: Final = f"{_GUIDE}/connect-stepfunctions.html"
_STATES_REFERENCE: Final = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html"
)

_NESTED_RULE: Final = "StepFunctionsGetEventsForStepFunctionsExecutionRule"
_TASK_RULE: Final = "StepFunctionsGetEventsForECSTaskRule"
_TASK_TAGS: Final = (
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html"
)
_ROLES_OF_TASK: Final = "the roles of the task definition are not in the state machine's definition"
_TABLE: Final = find.named("dynamodb", "table/{}", "TableName")
_CONNECTION: Final = find.named("events", "connection/{}", "Authentication", "ConnectionArn")


def _method_and_endpoint(call: Call) -> Mapping[str, Any]:
    """What an HTTP task can be narrowed to: https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html"""
    return {
        "StringEquals": {"states:HTTPMethod": call.text("Method")},
        "StringLike": {"states:HTTPEndpoint": call.prefix("ApiEndpoint")},
    }


def _tagged_tasks(call: Call) -> list[str]:
    """The tasks that are started, when they are given tags, of their own or of what they are started from."""
    if not call.given("Tags") and (call.get("PropagateTags") or "NONE") == "NONE":
        return []
    return find.cluster_tasks(call)


def _when_run(_call: Call) -> Mapping[str, Any]:
    return {"StringEquals": {"ecs:CreateAction": "RunTask"}}


def _assumed_role(call: Call) -> list[str]:
    return [one(call.text("RoleArn"))]


_CALLS: Final[Mapping[str, tuple[Grant, ...]]] = {
    "apigateway:invoke": (grant("CallApis", "execute-api:Invoke", find.api_route, _API_GATEWAY),),
    "dynamodb:deleteItem": (grant("DeleteItems", "dynamodb:DeleteItem", _TABLE, _DYNAMODB),),
    "dynamodb:getItem": (grant("ReadItems", "dynamodb:GetItem", _TABLE, _DYNAMODB),),
    "dynamodb:putItem": (grant("PutItems", "dynamodb:PutItem", _TABLE, _DYNAMODB),),
    "dynamodb:updateItem": (grant("UpdateItems", "dynamodb:UpdateItem", _TABLE, _DYNAMODB),),
    "ecs:runTask": (
        grant("RunTasks", "ecs:RunTask", find.task_definition, _ECS),
        grant("PassRoles", "iam:PassRole", find.by_hand(_ROLES_OF_TASK), _ECS),
        grant("TagTasks", "ecs:TagResource", _tagged_tasks, _TASK_TAGS, _when_run),
        follow("FollowTasks", "ecs:DescribeTasks ecs:StopTask", find.cluster_tasks, _ECS),
        managed_rule(_TASK_RULE, _ECS),
    ),
    "events:putEvents": (grant("PutEvents", "events:PutEvents", find.event_buses, _EVENTBRIDGE),),
    "http:invoke": (
        # InvokeHTTPEndpoint has no resource type: see the page of the row.
        grant(
            "CallEndpoints",
            "states:InvokeHTTPEndpoint",
            find.every,
            _STATES_REFERENCE,
            _method_and_endpoint,
        ),
        grant("UseConnections", "events:RetrieveConnectionCredentials", _CONNECTION, _HTTP),
        grant(
            "ReadConnectionSecrets",
            "secretsmanager:DescribeSecret secretsmanager:GetSecretValue",
            find.connection_secret,
            _HTTP,
        ),
    ),
    "lambda:invoke": (grant("InvokeFunctions", "lambda:InvokeFunction", find.function, _LAMBDA),),
    "sns:publish": (grant("PublishMessages", "sns:Publish", find.topic, _SNS),),
    "sqs:sendMessage": (grant("SendMessages", "sqs:SendMessage", find.queue, _SQS),),
    "states:startExecution": (
        grant(
            "StartExecutions",
            "states:StartExecution",
            find.state_machine,
            _STATES,
            find.state_machine_qualifier,
        ),
        follow(
            "FollowExecutions",
            "states:DescribeExecution states:StopExecution",
            find.executions,
            _STATES,
        ),
        managed_rule(_NESTED_RULE, _STATES),
    ),
}

OPTIMIZED_GRANTS: Final[Mapping[str, tuple[Grant, ...]]] = {
    **_CALLS,
    **JOB_TABLE,
    **CLUSTER_TABLE,
    **MODEL_TABLE,
}
"""Integration → what it needs; an entry for every row of `integration_table.OPTIMIZED`."""

ASSUME_ROLE: Final = grant(
    "AssumeRoles", "sts:AssumeRole", _assumed_role, f"{_GUIDE}/concepts-access-cross-acct-resources.html"
)
"""A Task with Credentials acts as that role: the execution role must be allowed to assume it, no more."""

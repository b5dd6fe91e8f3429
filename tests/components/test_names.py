"""A component's name leaves room for the names of all its children, and is of characters that they take."""

import re
from typing import Any

import pytest

from components.common.names import RANDOM_END, TIGHTEST, longest_name
from tests.support.cases import ARGUMENTS, COMPONENTS
from tests.support.engine import Registration, deploy

WORD, DOTTED, ANYTHING = r"[A-Za-z0-9_-]+", r"[A-Za-z0-9._-]+", r".+"

# fmt: off
LIMITS: dict[str, tuple[int, str]] = {
    "Api": (128, ANYTHING),  # https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html
    "Dashboard": (255, WORD),  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
    "EventRule": (64, DOTTED),  # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
    "EventTarget": (64, DOTTED),  # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html
    "LogMetricFilter": (512, r"[^:*]+"),  # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
    "MetricAlarm": (255, ANYTHING),  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    "Table": (255, DOTTED),  # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
    "Policy": (128, r"[\w+=,.@-]+"),  # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
    "Role": (64, r"[\w+=,.@-]+"),  # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    "RolePolicy": (128, r"[\w+=,.@-]+"),  # https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
    "Function": (64, WORD),  # https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
    "Permission": (100, WORD),  # https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
    "Bucket": (63, r"[A-Za-z0-9][A-Za-z0-9-]*"),  # Capitals are made small: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    "Schedule": (64, DOTTED),  # https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
    "StateMachine": (80, WORD),  # https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
    "Topic": (80, WORD),  # What Pulumi allows; SNS 256: https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
    "Queue": (80, WORD),  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
}
# fmt: on
"""Types that are called in AWS what they are called in the program: how long that may be, and of what."""

BY_PREFIX: dict[str, tuple[str, int, str]] = {
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
    "LogGroup": ("namePrefix", 512, r"[\w./#-]+"),
    "Permission": ("statementIdPrefix", 100, WORD),
}
PREFIX_END = 26
"""What the provider adds to a prefix: https://github.com/hashicorp/terraform-plugin-sdk, `id.UniqueID`."""

NAMELESS = (
    "ApiMapping DomainName Integration Route Stage PolicyAttachment Key EventSourceMapping "
    "BucketLifecycleConfiguration BucketNotification BucketOwnershipControls BucketPolicy "
    "BucketPublicAccessBlock BucketServerSideEncryptionConfiguration TopicSubscription QueuePolicy "
    "RedriveAllowPolicy RedrivePolicy "
)
"""Types that AWS names itself, that go by what they belong to, or that the caller names."""

LONG = "x" * 64
CASES: dict[str, dict[str, Any]] = {
    **ARGUMENTS,
    "CallbackQueue without a worker": {
        "event_pattern": {},
        "topic_arn": "arn:aws-test:sns:eu-west-1:123456789012:t",
    },
    "Notifier": {
        "emails": [f"{LONG}@{LONG}.example.com"],
        "https_urls": [f"https://x.example/{LONG * 4}"],
        "queue_arns": [f"arn:aws-test:sqs:eu-west-1:123456789012:{LONG}"],
        "function_arns": [f"arn:aws-test:lambda:eu-west-1:123456789012:function:{LONG}:{LONG}"],
        "emails_by_name": {LONG: "a@example.com"},
        "function_arns_by_name": {LONG: f"arn:aws-test:lambda:eu-west-1:123456789012:function:{LONG}"},
        "test_queue": True,
    },
}
"""Each row of `TIGHTEST`, with arguments for which the component has all children it can have."""

every = pytest.mark.parametrize("case", TIGHTEST)


def room(resource: Registration) -> int | None:
    """How many characters more its name in AWS could have; None for what has no name of its own."""
    kind = resource.type.rsplit(":", 1)[1]
    if kind in NAMELESS.split():
        return None
    key, limit, pattern = BY_PREFIX.get(kind, ("", 0, ""))
    if key in resource.inputs:
        name, end = resource.inputs[key], PREFIX_END
    else:
        (limit, pattern), name, end = LIMITS[kind], resource.name, RANDOM_END
    assert re.fullmatch(pattern, name), f"{kind} cannot be called {name}"
    return limit - end - len(name)


@every
def test_the_longest_name_fits_all_children_and_fills_one_of_them(case: str) -> None:
    name = "A-b1".ljust(longest_name(case), "x")
    found = deploy(lambda: COMPONENTS[case.split()[0]](name, CASES[case]))
    rooms = {resource.key: left for resource in found.cloud() if (left := room(resource)) is not None}
    assert min(rooms.values()) == 0, "the rule allows less than the children do, or more"
    kind, ending = TIGHTEST[case]
    assert any(
        left == 0 and name.endswith(f"-{ending}") and type_.lower().endswith(f":{kind.what}")
        for (type_, name), left in rooms.items()
    )


@every
def test_one_character_more_or_another_one_is_refused_before_there_are_children(case: str) -> None:
    longest, (kind, ending) = longest_name(case), TIGHTEST[case]
    message = (
        f"{case} must be 1 to {longest} {kind.characters} (in AWS its {kind.what} is called name-{ending}-"
    )
    names = ["x" * (longest + 1), "my orders", "orders.eu", "orders/eu", "bestellungen-für-heute", "a\n"]

    def program() -> None:
        for name in [*names, *(["my_objects", "-objects"] if case == "CallbackBucket" else [])]:
            with pytest.raises(ValueError, match=f"{re.escape(message)}.*, got {re.escape(repr(name))}$"):
                COMPONENTS[case.split()[0]](name, CASES[case])

    assert deploy(program).cloud() == []

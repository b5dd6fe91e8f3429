"""What the rule for `aws-sdk:*` has to know of resource types and actions beside where arguments name them:
the parts of ARNs that AWS chooses, which type stands for another, and when there is none at all.

Every `*` in this module is AWS's own form of an ARN, with its page.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

FORMS: Final[Mapping[tuple[str, str], str]] = {
    # https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_service-with-iam.html
    ("application-autoscaling", "ScalableTarget"): "scalable-target/*",
    # https://docs.aws.amazon.com/autoscaling/ec2/userguide/control-access-using-iam.html
    ("autoscaling", "autoScalingGroup"): "autoScalingGroup:*:autoScalingGroupName/${AutoScalingGroupName}",
    ("autoscaling", "launchConfiguration"): (
        "launchConfiguration:*:launchConfigurationName/${LaunchConfigurationName}"
    ),
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html
    ("cloudformation", "stack"): "stack/${StackName}/*",
}
"""Service and resource type → its name in ARNs, where AWS chooses a part of it that no argument names."""


MADE: Final[Mapping[str, frozenset[str]]] = {
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html
    "ec2:CopySnapshot": frozenset({"snapshot"}),
    "ec2:CreateImage": frozenset({"image", "snapshot"}),
    "ec2:CreateSecurityGroup": frozenset({"security-group"}),
    "ec2:CreateSnapshot": frozenset({"snapshot"}),
    "ec2:CreateVolume": frozenset({"volume"}),
    "ec2:RunInstances": frozenset({"instance", "network-interface", "volume"}),
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-iam.html
    "ssm:StartAutomationExecution": frozenset({"automation-execution"}),
}
"""IAM action → resource types whose ids AWS chooses when the action makes them (`snapshot/*`)."""


INSTEAD: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    # A query of an index is authorised on the index.
    ("dynamodb", "table"): ("index",),
    # An execution is one or the other, as its ARN says.
    ("states", "execution"): ("express",),
    ("states", "express"): ("execution",),
    # What is listed is the executions of one or of the other.
    ("states", "maprun"): ("statemachine",),
    ("states", "statemachine"): ("maprun",),
    # A statement runs in a cluster or in a workgroup.
    ("redshift-data", "cluster"): ("workgroup",),
    ("redshift-data", "workgroup"): ("cluster",),
}
"""Service and resource type → those that are named in its place, although the reference requires both."""


def alternatives(service: str, kind: str, other: str) -> bool:
    """Whether a type is named in the place of another, as `listener/net` is in that of `listener/app`."""
    family, slash, _variant = kind.partition("/")
    return other in INSTEAD.get((service, kind), ()) or (bool(slash) and other.startswith(f"{family}/"))


_ABOUT_TAGS: Final = re.compile(r"(tag|untag)(Resource|s)|listTags|(add|remove|delete|create|change|get)Tags")


def is_about_tags(action: str) -> bool:
    """Whether an action is about the tags of a resource, whose type may be any of those that have tags."""
    return _ABOUT_TAGS.match(action) is not None


UNNAMED: Final[Mapping[str, tuple[str, ...]]] = {
    "comprehend:DetectEntities": ("EndpointArn",),
    "polly:StartSpeechSynthesisStream": ("LexiconNames",),
    "polly:StartSpeechSynthesisTask": ("LexiconNames",),
    "polly:SynthesizeSpeech": ("LexiconNames",),
    "rekognition:DetectModerationLabels": ("ProjectVersion",),
    "translate:StartTextTranslationJob": ("ParallelDataNames", "TerminologyNames"),
    "translate:TranslateDocument": ("TerminologyNames",),
    "translate:TranslateText": ("TerminologyNames",),
}
"""IAM action → arguments without which it is about no resource at all, and so is authorised on `*`.

Every resource type of theirs is optional: https://docs.aws.amazon.com/service-authorization/latest/reference/
"""


def is_unnamed(action: str, arguments: Mapping[str, Any]) -> bool:
    """Whether none of the resources is named that an action may, but need not, be about."""
    names = UNNAMED.get(action)
    return names is not None and not any(str(key).removesuffix(".$") in names for key in arguments)

"""The rule for `aws-sdk:*` is exact or an error, for every action of the archive: never more, never less."""

import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, partial
from typing import Any, NamedTuple

import pytest

from components.asl.permissions.forms import FORMS, INSTEAD, MADE, UNNAMED
from components.asl.permissions.grants import Call, Unknown
from components.asl.permissions.sdk import sdk_grants
from components.asl.permissions.types import FINDERS
from components.asl.services.integrations import SdkAction, sdk_action
from tests.asl.places import PLACE, derived, missing, task
from tests.asl.service_data import ARCHIVE

_NAME = r"v-\w+\$\{\*\}"
CHOSEN_BY_AWS = (
    r":autoScalingGroup:\*:",
    r":automation-execution/\*$",
    r":image/\*$",
    r":instance/\*$",
    r":launchConfiguration:\*:",
    rf":log-group:{_NAME}:\*$",
    r":network-interface/\*$",
    r":scalable-target/\*$",
    r":security-group/\*$",
    r":snapshot/\*$",
    rf":stack/{_NAME}/\*$",
    rf":table/{_NAME}/\*$",
    r":volume/\*$",
)
"""What a `*` may stand in: AWS's own forms, each with its page in `permission_types` or `_forms`."""

ALTERNATIVES = {
    # An execution is one or the other, as its ARN says.
    ("states", "execution"): "express",
    ("states", "express"): "execution",
    ("states", "maprun"): "statemachine",
    ("states", "statemachine"): "maprun",
    ("redshift-data", "cluster"): "workgroup",
    ("redshift-data", "workgroup"): "cluster",
    # The index of a table that is queried has the name of the table in its ARN.
    ("dynamodb", "table"): "index",
}
"""Types of which the reference requires both, and of which a call has one."""


class Tried(NamedTuple):
    """What the rule found for an action with some arguments."""

    name: str
    known: SdkAction
    arns: list[str]


def attempts(required: list[str], optional: list[str]) -> Iterator[dict[str, Any]]:
    """Arguments: the required ones as names and as lists, and all."""
    yield {name: f"v-{name}*" for name in required}
    yield {name: [f"v-{name}*"] if name.endswith("s") else f"v-{name}*" for name in required}
    yield {name: f"v-{name}*" for name in (*required, *optional)}


@cache
def archive() -> dict[str, Any]:
    """SDK service → its data."""
    with zipfile.ZipFile(ARCHIVE) as file:
        return {name.removesuffix(".json"): json.loads(file.read(name)) for name in file.namelist()}


@cache
def tried() -> list[Tried]:
    """Every SDK action without a row, with what the rule finds for it unless it is an error."""
    found = []
    for service, data in archive().items():
        for action, (required, optional, _types, _flags) in data["actions"].items():
            known, resources = sdk_action(service, action), sdk_grants(service, action)[0].resources
            if known is None or known.iam_action is None or not isinstance(resources, partial):
                continue
            name = f"aws-sdk:{service}:{action}"
            for arguments in attempts(required.split(), optional.split()):
                with suppress(Unknown):
                    arns = resources(Call("State", name, "request_response", arguments, **PLACE))
                    found.append(Tried(name, known, arns))
    return found


@cache
def form(arn_format: str) -> re.Pattern[str]:
    """What an ARN of a type looks like in a policy."""
    pattern = re.sub(r"\\\$\\\{\w+\\\}", "([^:]*)", re.escape(arn_format))
    return re.compile(rf"^{pattern}(?::\*)?$")


def test_never_more_than_the_arguments_name() -> None:
    """Exact resources, `*` without resource type, or an error."""
    exact = 0
    for name, known, arns in tried():
        for arn in arns:
            if arn == "*":
                assert not any(always for _kind, _format, always in known.resources), name
                continue
            exact += 1
            for ours in CHOSEN_BY_AWS:
                arn = re.sub(ours, "", arn)
            assert "*" not in arn.replace("${*}", ""), (name, arn)
    assert exact > 12_000


def test_never_less_than_the_reference_requires() -> None:
    """Every resource type that the reference marks as required is there, or it is an error."""
    checked = 0
    for name, known, arns in tried():
        formats = {kind: arn_format for kind, arn_format, _always in known.resources}
        about_tags = re.search(
            r":(tag|untag|addTags|removeTags|listTags|deleteTags|getTags|changeTags)", name
        )
        for kind in (kind for kind, _format, always in known.resources if always):
            checked += 1
            instead = ALTERNATIVES.get((known.iam_service or "", kind))
            accepted = [
                form(formats[other])
                for other in formats
                # A load balancer, or its listener, is of one variant; whatever has tags is of one type.
                if other in (kind, instead) or kind.split("/")[0] == other.split("/")[0] or about_tags
            ]
            assert any(one.match(arn) for one in accepted for arn in arns), (name, kind, arns)
    assert checked > 12_000


def test_no_argument_is_in_two_parts_of_an_arn() -> None:
    for name, _known, arns in tried():
        for arn in arns:
            parts = re.findall(r"v-\w+", arn)
            assert len(parts) == len(set(parts)), (name, arn)


def test_no_argument_names_two_types_of_resource() -> None:
    """Except a document, which defines an automation, and what stands in its owner: tables and views."""
    both = set()
    for name, _known, arns in tried():
        last = [parts[-1] for arn in set(arns) if (parts := re.findall(r"v-\w+", arn))]
        if len(last) != len(set(last)):
            both.add(name.removeprefix("aws-sdk:"))
    assert both == {"connect:listViewVersions", "glue:getTables", "ssm:startAutomationExecution"}


def test_a_name_is_not_an_id_that_aws_chooses() -> None:
    for name, known, arns in tried():
        for _kind, arn_format, _always in known.resources:
            parts = re.findall(r"\$\{(\w+)\}", arn_format)
            for found in filter(None, map(form(arn_format).match, arns)):
                named = dict(zip(parts, found.groups(), strict=True))
                ids = [value for part, value in named.items() if part.endswith("Id")]
                # A secret's id is its name and six characters.
                assert not [value for value in ids if re.match(r"v-\w*Names?\b(?!.*-\?{6}$)", value)], name


def test_every_entry_of_the_tables_is_about_something_in_the_reference() -> None:
    actions = ((service, action) for service, data in archive().items() for action in data["actions"])
    known = {found.iam_action: found for found in (sdk_action(*names) for names in actions) if found}
    kinds = {(row.iam_service, kind) for row in known.values() for kind, _format, _always in row.resources}
    assert INSTEAD.keys() | FORMS.keys() <= kinds
    assert FINDERS.keys() <= kinds
    assert {(action.split(":")[0], kind) for action, made in MADE.items() for kind in made} <= kinds
    for action, names in UNNAMED.items():
        assert not any(always for _kind, _format, always in known[action].resources), action
        assert known[action].optional >= set(names), action


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        # A hundred types are not listed.
        (
            "ec2:createTags",
            {"Resources": ["i-1"]},
            "capacity-reservation or one of 99 more types of resource: add an extra statement that allows ",
        ),
        ("ec2:createVolume", {"SnapshotId.$": "$.id"}, "SnapshotId is only known at run time ($.id)"),
        (
            "polly:synthesizeSpeech",
            {"LexiconNames": ["known", "{% $states.input.lexicon %}"]},
            "LexiconNames is only known at run time ({% $states.input.lexicon %})",
        ),
        # A backup's ARN begins with that of the table that it is of, and not of the one that is made.
        (
            "dynamodb:restoreTableFromBackup",
            {
                "BackupArn": "arn:aws-test:dynamodb:eu-north-1:123456789012:table/t/backup/b",
                "TargetTableName": "u",
            },
            "no argument names the table",
        ),
        ("glue:deleteSchema", {"SchemaId": {"SchemaName": "s"}}, "no argument names the registry or schema"),
        ("wafv2:updateManagedRuleSetVersionExpiryDate", {}, "no argument names the managedruleset"),
        ("ssm:sendCommand", {"DocumentName": "d", "InstanceIds": ["web"]}, "begins with i- or mi-"),
        ("appstream:createImageBuilder", {"Name": "n"}, "Name may name the"),
        (
            "cloudwatchlogs:startQuery",
            {"LogGroupNames": ["a"], "LogGroupIdentifiers": ["{% $x %}"]},
            "LogGroupIdentifiers.0 is only known at run time",
        ),
        (
            "kafka:batchAssociateScramSecret",
            {"ClusterArn": ["arn:aws-test:kafka:eu-north-1:123456789012:cluster/c/1", "d"]},
            "not every item of ClusterArn is an ARN",
        ),
        (
            "ec2:runInstances",
            {"IamInstanceProfile": {"Name": "web"}},
            "the role of IamInstanceProfile is not among the arguments: add an extra statement that allows ",
        ),
        (
            "autoscaling:createLaunchConfiguration",
            {"LaunchConfigurationName": "l", "IamInstanceProfile.$": "$.profile"},
            "the role of IamInstanceProfile is not among the arguments",
        ),
        (
            "ec2:requestSpotFleet",
            {
                "SpotFleetRequestConfig": {
                    "IamFleetRole": "arn:aws-test:iam::123456789012:role/fleet",
                    "LaunchSpecifications": [{"IamInstanceProfile": {"Arn": "x"}}],
                }
            },
            "the role of IamInstanceProfile is not among the arguments",
        ),
        (
            "iam:addRoleToInstanceProfile",
            {"InstanceProfileName": "p", "RoleName": "r"},
            "RoleName does not say the path of the role's ARN",
        ),
        (
            "batch:createComputeEnvironment",
            {"ComputeEnvironmentName": "c", "ComputeResources": {"InstanceRole": "ecs"}},
            "the role of the instance profile ecs is not among the arguments",
        ),
        (
            "ecs:createService",
            {"ServiceName": "s", "Role.$": "$.role"},
            "Role.$ is only known at run time ($.role)",
        ),
        (
            "redshiftdata:executeStatement",
            {"WorkgroupName": "w"},
            "WorkgroupName is not an ARN (w), and AWS chooses the id in it",
        ),
        ("textract:detectDocumentText", {"Document": {"S3Object.$": "$.o"}}, "S3Object is only known at run"),
        (
            "transcribe:startTranscriptionJob",
            {"Media": {"MediaFileUri": "https://example.com/a.mp3"}},
            "Media.MediaFileUri is not an s3:// address",
        ),
        (
            "transcribe:startTranscriptionJob",
            {"Media": {"MediaFileUri.$": "States.Format('s3://{}/{}', $.a, $.b)"}},
            "MediaFileUri is only known at run time",
        ),
        ("rekognition:detectLabels", {"Image.$": "$.image"}, "Image is only known at run time ($.image)"),
        (
            "scheduler:createSchedule",
            {"Name": "n", "Target.$": "$.t"},
            "Target, in which a role may be, is only known at run time ($.t)",
        ),
        ("ec2:createSnapshot", {"VolumeId": "v", "TagSpecifications.$": "$.tags"}, "only known at run time"),
    ],
)
def test_what_is_not_known_is_an_error_that_says_why(
    name: str, arguments: dict[str, Any], message: str
) -> None:
    assert message in missing(task(f"aws-sdk:{name}", arguments))


ROLE = "arn:aws-test:iam::123456789012:role/worker"


def passed(name: str, arguments: dict[str, Any]) -> list[str]:
    """The roles that a call may pass."""
    found = derived(
        task(f"aws-sdk:{name}", arguments), extra_statements=[{"Effect": "Allow", "Action": ["*"]}]
    )
    return [arn for row in found if row["Action"] == ["iam:PassRole"] for arn in row["Resource"]]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("bedrock:createModelInvocationJob", {"RoleArn": ROLE}),
        ("cognitoidentity:setIdentityPoolRoles", {"IdentityPoolId": "i", "Roles": {"authenticated": ROLE}}),
        ("comprehend:startSentimentDetectionJob", {"DataAccessRoleArn": ROLE}),
        ("glue:createCrawler", {"Name": "c", "Role": "worker"}),
        ("redshift:createCluster", {"ClusterIdentifier": "c", "IamRoles": [ROLE]}),
        ("rekognition:startLabelDetection", {"NotificationChannel": {"RoleArn": ROLE}}),
    ],
)
def test_an_action_that_changes_something_passes_its_roles(name: str, arguments: dict[str, Any]) -> None:
    assert passed(name, arguments) == [ROLE]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("connect:createParticipant", {"ContactId": "c", "ParticipantDetails": {"ParticipantRole.$": "$.r"}}),
        ("sts:assumeRole", {"RoleArn": ROLE}),
        ("ec2:createLaunchTemplate", {"LaunchTemplateData": {"IamInstanceProfile": {"Name": "web"}}}),
        ("iam:createInstanceProfile", {"InstanceProfileName": "p"}),
        ("iam:updateRole", {"RoleName": "r", "RoleArn": ROLE}),
        ("lambda:listFunctions", {"RoleArn": ROLE}),
        ("securityhub:batchImportFindings", {"Findings": [{"RoleArn": ROLE}]}),
    ],
)
def test_who_somebody_is_and_what_is_only_read_is_not_passed(name: str, arguments: dict[str, Any]) -> None:
    assert passed(name, arguments) == []

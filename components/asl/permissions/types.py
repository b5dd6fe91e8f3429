"""Resource types whose ARNs the rule for `aws-sdk:*` cannot put together from an argument of the same name.

A finder gives the ARNs that a call's arguments name, or nothing when they name none of its type: then only
an argument that is an ARN of the type does. Every `*` and `?` in this module is AWS's own form of an ARN,
with its page.
"""

import re
from collections.abc import Mapping
from typing import Final

from . import resources as find
from .grants import Call, Resources, Unknown, escape, one


def given(call: Call, *names: str) -> list[str]:
    """The values of those arguments that are given, of which each is a string or a list of strings."""
    values: list[str] = []
    for name in names:
        value = call.get(name)
        if isinstance(value, (list, tuple)):
            if not value:
                raise Unknown(f"{name} is empty")
            values += [call.text(name, index) for index in range(len(value))]
        elif value is not None:
            values.append(call.text(name))
    return values


def named(service: str, resource: str, *arguments: str, lower: bool = False) -> Resources:
    """Resources that any of these arguments names, or is the ARN of."""

    def resources(call: Call) -> list[str]:
        return [
            one(name)
            if name.startswith("arn:")
            else call.arn(service, resource.format(escape(name.lower() if lower else name)))
            for name in given(call, *arguments)
        ]

    return resources


_SUFFIX: Final = re.compile(r"-[A-Za-z0-9]{6}$")


def secrets(*arguments: str) -> Resources:
    """Secrets by ARN, or by name or partial ARN: the ARN ends in six characters that AWS chooses.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
    """

    def resources(call: Call) -> list[str]:
        arns = []
        for name in given(call, *arguments):
            if not name.startswith("arn:"):
                arns.append(call.arn("secretsmanager", f"secret:{escape(name)}-??????"))
            else:
                arns.append(one(name) if _SUFFIX.search(name) else f"{one(name)}-??????")
        return arns

    return resources


def surely(resources: Resources, argument: str) -> Resources:
    """Resources without which a call is not possible."""

    def found(call: Call) -> list[str]:
        arns = resources(call)
        if not arns:
            raise Unknown(f"{argument} is not given")
        return arns

    return found


def parameters(call: Call) -> list[str]:
    """Parameters. Names may begin with a slash and end in a selector (`:3`, `:label`), and ARNs may not.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
    """
    arns = []
    for name in given(call, "Name", "Names"):
        if name.startswith("arn:"):
            arns.append(":".join(one(name).split(":")[:6]))
        else:
            arns.append(call.arn("ssm", f"parameter/{escape(name.lstrip('/').partition(':')[0])}"))
    return arns


def _document_account(name: str) -> str | None:
    """Documents of AWS's own belong to no account; their names begin with what nobody else's may.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateDocument.html
    """
    return "" if re.match(r"aws|amazon|amzn", name, re.IGNORECASE) else None


def _documents(call: Call) -> list[str]:
    return [
        one(name)
        if name.startswith("arn:")
        else call.arn("ssm", f"document/{escape(name)}", account=_document_account(name))
        for name in given(call, "DocumentName", "Name")
    ]


def _automations(call: Call) -> list[str]:
    """The automation that a document defines, in the version that is started.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-iam.html
    """
    version = call.text("DocumentVersion", default="$DEFAULT")
    return [
        call.arn(
            "ssm",
            f"automation-definition/{escape(name)}:{escape(version)}",
            account=_document_account(name),
        )
        for name in given(call, "DocumentName")
        if not name.startswith("arn:")
    ]


def _machines(service: str, kind: str, beginning: str) -> Resources:
    """Machines that Systems Manager knows: those of EC2 are of another type than those elsewhere.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/fleet-manager-manage-nodes.html
    """

    def machines(call: Call) -> list[str]:
        if call.has("Targets"):
            raise Unknown("Targets does not name the machines, but what is true of them")
        ids = given(call, "InstanceIds", "InstanceId", "Target")
        if not all(name.startswith(("i-", "mi-")) for name in ids):
            raise Unknown(f"{', '.join(ids)}: an id of a machine begins with i- or mi-")
        return [call.arn(service, f"{kind}/{escape(name)}") for name in ids if name.startswith(beginning)]

    return machines


def _log_groups(call: Call) -> list[str]:
    """Log groups, which are `log-group:NAME:*` in every policy that is not about their tags.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    """
    names = given(
        call,
        *("LogGroupName", "LogGroupNames", "LogGroupIdentifier", "LogGroupIdentifiers"),
        *("LogGroupArn", "LogGroupArnList"),
    )
    return [
        f"{one(name.removesuffix(':*'))}:*"
        if name.startswith("arn:")
        else call.arn("logs", f"log-group:{escape(name)}:*")
        for name in names
    ]


def _functions(call: Call) -> list[str]:
    return find.function(call) if call.has("FunctionName") else []


def _queues(call: Call) -> list[str]:
    """A queue by its URL, or by its name where it is looked for or made."""
    if call.has("QueueUrl"):
        return find.queue(call)
    if not call.has("QueueName"):
        return []
    owner = call.text("QueueOwnerAWSAccountId", default=call.account_id)
    return [call.arn("sqs", escape(call.text("QueueName")), account=escape(owner))]


def _schedules(call: Call) -> list[str]:
    """A schedule, whose group is `default` unless it is named.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
    """
    if not call.has("Name"):
        return []
    group = call.text("GroupName", default="default")
    return [call.arn("scheduler", f"schedule/{escape(group)}/{call.prefix('Name')}")]


def _rules(call: Call) -> list[str]:
    """A rule of EventBridge, whose ARN names its bus unless that is the default one."""
    if not call.has("Name") and not call.has("Rule"):
        return []
    bus = call.text("EventBusName", default="default").rpartition("/")[2]
    name = call.text("Name") if call.has("Name") else call.text("Rule")
    name, bus = escape(name), escape(bus)
    return [call.arn("events", f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")]


def _key(call: Call) -> list[str]:
    """A key; an alias stands for a key that only KMS knows."""
    name = call.text("KeyId")
    if "alias/" in name:
        raise Unknown(f"KeyId is an alias ({name})")
    return [one(name) if name.startswith("arn:") else call.arn("kms", f"key/{escape(name)}")]


def _launch_templates(call: Call) -> list[str]:
    ids = given(call, "LaunchTemplateId", "LaunchTemplateIds")
    if call.has("LaunchTemplate"):
        ids.append(call.text("LaunchTemplate", "LaunchTemplateId"))
    return [call.arn("ec2", f"launch-template/{escape(name)}") for name in ids]


def _indexes(call: Call) -> list[str]:
    if not call.has("IndexName"):
        return []
    index = escape(call.text("IndexName"))
    return [f"{table}/index/{index}" for table in find.named("dynamodb", "table/{}", "TableName")(call)]


def _in_cluster(kind: str, *arguments: str) -> Resources:
    """What runs in a cluster of ECS, which is `default` unless it is named."""

    def resources(call: Call) -> list[str]:
        names = given(call, *arguments)
        cluster = escape(call.text("Cluster", default="default").rpartition("/")[2])
        return [
            one(name) if name.startswith("arn:") else call.arn("ecs", f"{kind}/{cluster}/{escape(name)}")
            for name in names
        ]

    return resources


def _glue_databases(call: Call) -> list[str]:
    if call.has("DatabaseInput") and not call.has("Name"):
        names = [call.text("DatabaseInput", "Name")]
    else:
        names = given(call, "DatabaseName") or (given(call, "Name") if call.name.endswith("Database") else [])
    return [call.arn("glue", f"database/{escape(name)}") for name in names]


def _glue_tables(call: Call) -> list[str]:
    """Tables; whoever lists them needs to be allowed to see all of the database.

    https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
    """
    if not call.has("DatabaseName"):
        return []
    database = escape(call.text("DatabaseName"))
    if call.name.endswith(":getTables"):
        return [call.arn("glue", f"table/{database}/*")]
    if call.has("TableInput") and not call.has("Name"):
        names = [call.text("TableInput", "Name")]
    else:
        names = given(call, "TableName", "TablesToDelete") or given(call, "Name")
    return [call.arn("glue", f"table/{database}/{escape(name)}") for name in names]


def _ids_in_lower_case(kind: str, *arguments: str) -> Resources:
    """RDS keeps names in lower case: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html"""
    return named("rds", f"{kind}:{{}}", *arguments, lower=True)


def _of_route_53(kind: str, *arguments: str) -> Resources:
    """What Route 53 keeps in no region, whose ids it also writes with their path (`/hostedzone/Z1`).

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html
    """

    def resources(call: Call) -> list[str]:
        names = given(call, *arguments, *(["Id"] if kind in call.name.lower() else []))
        return [
            call.arn("route53", f"{kind}/{escape(name.removeprefix(f'/{kind}/'))}", region="", account="")
            for name in names
        ]

    return resources


FINDERS: Final[Mapping[tuple[str, str], Resources]] = {
    ("dynamodb", "index"): _indexes,
    ("ec2", "key-pair"): named("ec2", "key-pair/{}", "KeyName"),
    ("ec2", "launch-template"): _launch_templates,
    ("ec2", "security-group"): named(
        "ec2", "security-group/{}", "GroupId", "GroupIds", "SecurityGroupId", "SecurityGroupIds"
    ),
    ("ecs", "service"): _in_cluster("service", "Service", "ServiceName", "Services"),
    ("ecs", "task"): _in_cluster("task", "Task", "Tasks"),
    ("events", "rule-on-custom-event-bus"): _rules,
    ("events", "rule-on-default-event-bus"): _rules,
    ("glue", "database"): _glue_databases,
    ("glue", "table"): _glue_tables,
    ("kms", "key"): _key,
    ("lambda", "function"): _functions,
    ("lambda", "function alias"): _functions,
    ("lambda", "function version"): _functions,
    ("logs", "log-group"): _log_groups,
    ("rds", "cluster"): _ids_in_lower_case("cluster", "DbClusterIdentifier", "SourceDBClusterIdentifier"),
    ("rds", "cluster-pg"): _ids_in_lower_case("cluster-pg", "DbClusterParameterGroupName"),
    ("rds", "cluster-snapshot"): _ids_in_lower_case(
        "cluster-snapshot",
        *("DbClusterSnapshotIdentifier", "SourceDBClusterSnapshotIdentifier"),
        *("TargetDBClusterSnapshotIdentifier", "FinalDBSnapshotIdentifier"),
    ),
    ("rds", "db"): _ids_in_lower_case(
        "db", "DbInstanceIdentifier", "SourceDBInstanceIdentifier", "TargetDBInstanceIdentifier"
    ),
    ("rds", "og"): _ids_in_lower_case("og", "OptionGroupName"),
    ("rds", "pg"): _ids_in_lower_case("pg", "DbParameterGroupName"),
    ("rds", "snapshot"): _ids_in_lower_case(
        "snapshot", "DbSnapshotIdentifier", "SourceDBSnapshotIdentifier", "TargetDBSnapshotIdentifier"
    ),
    ("rds", "subgrp"): _ids_in_lower_case("subgrp", "DbSubnetGroupName"),
    ("redshift-data", "cluster"): named("redshift", "cluster:{}", "ClusterIdentifier"),
    ("route53", "change"): _of_route_53("change"),
    ("route53", "hostedzone"): _of_route_53("hostedzone", "HostedZoneId"),
    ("scheduler", "schedule"): _schedules,
    ("secretsmanager", "Secret"): secrets("SecretId", "Name"),
    ("sqs", "queue"): _queues,
    ("ssm", "automation-definition"): _automations,
    ("ssm", "document"): _documents,
    ("ssm", "instance"): _machines("ec2", "instance", "i-"),
    ("ssm", "managed-instance"): _machines("ssm", "managed-instance", "mi-"),
    ("ssm", "parameter"): parameters,
}
"""Service and resource type → where the arguments name it."""

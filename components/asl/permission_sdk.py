"""What `aws-sdk:*` integrations need: rows for those much used or with an IAM action of another name, and
a rule for all others.

The rule: the IAM action has the API action's name; the resources are those of the Service Authorization
Reference's resource types that the arguments name, by ARN or by the parts of one. An action without resource
type is allowed on `*`, with the reference's page. Anything else is for a person to decide.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from . import permission_resources as find
from .grants import Call, Grant, Resources, Unknown, escape, grant, one
from .integration_table import SDK_SERVICES
from .integrations import SdkAction, sdk_action
from .permission_storage import STORAGE_TABLE
from .permission_table import OPTIMIZED_GRANTS
from .permission_tags import created_tags

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


def _secret(call: Call) -> list[str]:
    """A secret by ARN, or by name: its ARN ends in six characters that AWS chooses.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
    """
    name = call.text("SecretId")
    return [
        one(name) if name.startswith("arn:") else call.arn("secretsmanager", f"secret:{escape(name)}-??????")
    ]


def _parameters(call: Call) -> list[str]:
    """Parameters; the slash that a name may begin with is not repeated in the ARN."""
    names = call.get("Names") if call.has("Names") else [call.text("Name")]
    if not isinstance(names, (list, tuple)):
        raise Unknown("Names is not a list")
    return [
        one(name) if name.startswith("arn:") else call.arn("ssm", f"parameter/{escape(name.lstrip('/'))}")
        for name in map(str, names)
    ]


def _argument(name: str) -> Resources:
    """The resource whose ARN is an argument."""

    def resource(call: Call) -> list[str]:
        return [one(call.text(name))]

    return resource


_TOKEN: Final = find.by_hand("the state machine that the token belongs to is not among the arguments")

SDK_GRANTS: Final[Mapping[str, tuple[Grant, ...]]] = {
    # PutMetricData has no resource type; the namespace narrows it.
    "cloudwatch:putMetricData": (
        grant("PutMetrics", "cloudwatch:PutMetricData", find.every, _CLOUDWATCH, _namespace),
    ),
    "rdsdata:batchExecuteStatement": (
        grant("CallRdsData", "rds-data:BatchExecuteStatement", _argument("ResourceArn"), _RDS_DATA),
        grant("ReadSecrets", "secretsmanager:GetSecretValue", _argument("SecretArn"), _RDS_DATA),
    ),
    "rdsdata:executeStatement": (
        grant("CallRdsData", "rds-data:ExecuteStatement", _argument("ResourceArn"), _RDS_DATA),
        grant("ReadSecrets", "secretsmanager:GetSecretValue", _argument("SecretArn"), _RDS_DATA),
    ),
    **STORAGE_TABLE,
    "secretsmanager:getSecretValue": (
        grant("ReadSecrets", "secretsmanager:GetSecretValue", _secret, _SECRETS),
    ),
    "secretsmanager:putSecretValue": (
        grant("WriteSecrets", "secretsmanager:PutSecretValue", _secret, _SECRETS),
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
    "ssm:getParameter": (grant("ReadParameters", "ssm:GetParameter", _parameters, _SSM),),
    "ssm:getParameters": (grant("ReadParameters", "ssm:GetParameters", _parameters, _SSM),),
    "ssm:putParameter": (grant("WriteParameters", "ssm:PutParameter", _parameters, _SSM),),
}
"""SDK integration → what it needs, where the rule would not find it or not as exactly."""


_OPTIMIZED_NAMES: Final = {"bedrockruntime": "bedrock"} | {sdk: name for name, sdk in SDK_SERVICES.items()}
"""SDK service → the optimised integration that calls the same API with the same arguments."""


def sdk_grants(service: str, action: str) -> tuple[Grant, ...]:
    """What an SDK integration needs."""
    optimized = f"{_OPTIMIZED_NAMES.get(service)}:{action}"
    row = SDK_GRANTS.get(f"{service}:{action}") or OPTIMIZED_GRANTS.get(optimized)
    return row or by_rule(service, action)


def by_rule(service: str, action: str) -> tuple[Grant, ...]:
    """What the reference says that an action needs which has no row."""
    known = sdk_action(service, action)
    if known is None or known.iam_action is None or known.iam_service is None:
        prefix = known.iam_service if known and known.iam_service else service
        page = known.page if known else f"{_REFERENCE}/reference_policies_actions-resources-contextkeys.html"
        why = f"no IAM action is known to have the name of {service}:{action}"
        return (grant("CallService", f"{prefix}:*", find.by_hand(why), page),)
    purpose = f"Call{known.iam_service.title().replace('-', '')}"
    grants = [grant(purpose, known.iam_action, partial(_resources, known, action), known.page)]
    grants += created_tags(known)
    if known.passes_role:
        grants.append(grant("PassRoles", "iam:PassRole", _roles, known.page))
    return tuple(grants)


def _resources(known: SdkAction, action: str, call: Call) -> list[str]:
    """Every resource that the arguments name, of the types that the action is authorised on."""
    if not known.resources:
        return ["*"]  # The action has no resource type: the page of the row says so.
    found: dict[str, list[str]] = {}
    constant: list[str] = []
    for kind, arn_format, _always in known.resources:
        if "*" in arn_format:  # The reference itself does not say which: that is for a person.
            found[kind] = []
        elif (known.iam_service, kind) in _FINDERS:
            found[kind] = _FINDERS[known.iam_service or "", kind](call)
        elif not _names(arn_format):
            constant += _by_parts(kind, arn_format, action, call)
        else:
            found[kind] = _by_arn(arn_format, call) or _by_parts(kind, arn_format, action, call)
    if found.get("index"):
        found.pop("table", None)  # A query of an index is authorised on the index.
    arns = [arn for resources in found.values() for arn in resources]
    if not arns and (found or not constant):
        raise Unknown(
            f"no argument names the {' or '.join(kind for kind, _format, _always in known.resources)}"
        )
    return [*constant, *arns]


def _rule(call: Call) -> list[str]:
    """A rule of EventBridge, whose ARN names its bus unless that is the default one."""
    bus = call.text("EventBusName", default="default").rpartition("/")[2]
    name = call.text("Name") if call.has("Name") else call.text("Rule")
    name, bus = escape(name), escape(bus)
    return [call.arn("events", f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")]


def _nothing(_call: Call) -> list[str]:
    return []


def _key(call: Call) -> list[str]:
    """A key; an alias stands for a key that only KMS knows."""
    name = call.text("KeyId")
    if "alias/" in name:
        raise Unknown(f"KeyId is an alias ({name})")
    return [one(name) if name.startswith("arn:") else call.arn("kms", f"key/{escape(name)}")]


_FINDERS: Final[Mapping[tuple[str, str], Resources]] = {
    ("events", "rule-on-custom-event-bus"): _nothing,
    ("events", "rule-on-default-event-bus"): _rule,
    ("kms", "key"): _key,
    ("sqs", "queue"): find.queue,
}
"""Resource types that arguments name in a way of their own."""


_PLACEHOLDER: Final = re.compile(r"\$\{(\w+)\}")
_PLACES: Final = frozenset({"Partition", "Region", "Account"})


def _names(arn_format: str) -> list[str]:
    """The parts of an ARN that arguments have to name."""
    return [name for name in _PLACEHOLDER.findall(arn_format) if name not in _PLACES]


def _by_arn(arn_format: str, call: Call) -> list[str]:
    """Arguments that are ARNs of this form."""
    parts = _PLACEHOLDER.split(arn_format)
    pattern = "".join(
        re.escape(part) if index % 2 == 0 else "[^:/]*" if part in _PLACES else "[^:/]+"
        for index, part in enumerate(parts[:-2])
    )
    exact = re.compile(f"^{pattern}[^:]+{re.escape(parts[-1])}$")
    values = [value for key, value in call.arguments.items() if not str(key).endswith(".$")]
    return [one(value) for value in values if isinstance(value, str) and exact.match(value)]


def _by_parts(kind: str, arn_format: str, action: str, call: Call) -> list[str]:
    """ARNs made of arguments, one for each item of an argument that is a list; none when one is not given."""
    names = _names(arn_format)
    known: dict[str, list[str]] = {}
    for name in names:
        values = _named_by(name, kind, action, call)
        if not values:
            return []
        known[name] = values
    if sum(len(values) > 1 for values in known.values()) > 1:
        raise Unknown(f"it is not clear which of {' and '.join(names)} belong together")
    count = max((len(values) for values in known.values()), default=1)
    places = {"Partition": call.partition, "Region": call.region, "Account": call.account_id}
    arns = []
    for index in range(count):
        part = {name: values[index if len(values) > 1 else 0] for name, values in known.items()} | places
        arns.append(_PLACEHOLDER.sub(lambda found, part=part: part[found[1]], arn_format))  # type: ignore[misc]
    return arns


def _named_by(name: str, kind: str, action: str, call: Call) -> list[str]:
    """The values of the argument that names a part of an ARN; nothing when there is none."""
    stem = re.sub(r"(Name|Id|Identifier)$", "", name)
    wanted = [
        _ALIASES.get(name, name),
        stem,
        *(f"{base}{end}" for base in (stem, kind) for end in ("Name", "Id", "Identifier")),
    ]
    if stem.lower() in action.lower():
        wanted += ["Name", "Id", "Identifier"]
    given = {_plain(str(key)): str(key) for key in call.arguments}
    for candidate in (form for word in wanted for form in (word, f"{word}s")):
        key = given.get(_plain(candidate))
        if key is None:
            continue
        value = call.get(key.removesuffix(".$"))
        values = value if isinstance(value, (list, tuple)) else [value]
        if not values or not all(isinstance(item, str) and item and ":" not in item for item in values):
            raise Unknown(f"{key} does not name a {kind}")
        return [escape(item) for item in values]
    return []


_ALIASES: Final = {"ObjectName": "Key"}
"""Part of an ARN → argument, where the two have nothing in common."""


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.removesuffix(".$").lower())


_ROLE_ARGUMENT: Final = re.compile(r"role(arn)?(\.\$)?$", re.IGNORECASE)


def _roles(call: Call) -> list[str]:
    """Roles that the arguments hand to the service."""
    return [
        one(value) if value.startswith("arn:") else call.arn("iam", f"role/{escape(value)}", region="")
        for value in _role_arguments(call.arguments)
    ]


def _role_arguments(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if _ROLE_ARGUMENT.search(str(key)):
                if str(key).endswith(".$") or not isinstance(value, str) or value.startswith("{%"):
                    raise Unknown(f"{key} is only known at run time ({value})")
                yield value
            else:
                yield from _role_arguments(value)
    elif isinstance(node, (list, tuple)):
        for item in node:
            yield from _role_arguments(item)

"""Where the permission tables find resources: functions from a call's arguments to exact ARNs."""

import re
from collections.abc import Mapping
from typing import Any, Final

from .grants import Call, Resources, Unknown, dotted, escape, one


def named(service: str, resource: str, *path: str | int, default: str | None = None) -> Resources:
    """What the argument at `path` names, or is the ARN of: `named("dynamodb", "table/{}", "TableName")`."""

    def find(call: Call) -> list[str]:
        name = call.text(*path, default=default)
        return [one(name) if name.startswith("arn:") else call.arn(service, resource.format(escape(name)))]

    return find


def under(service: str, resource: str, *paths: str) -> Resources:
    """A resource named by several arguments: `under("eks", "nodegroup/{}/{}/*", "ClusterName", "Name")`."""

    def find(call: Call) -> list[str]:
        return [call.arn(service, resource.format(*(escape(call.text(path)) for path in paths)))]

    return find


def in_lower_case(service: str, resource: str, path: str) -> Resources:
    """Like `named`, for names that stand in ARNs in lower case."""

    def find(call: Call) -> list[str]:
        return [call.arn(service, resource.format(escape(call.text(path).lower())))]

    return find


def when(resources: Resources, *arguments: str) -> Resources:
    """`resources` for calls that are given one of these arguments; nothing for others."""

    def find(call: Call) -> list[str]:
        return resources(call) if any(call.given(argument) for argument in arguments) else []

    return find


def unless(resources: Resources, *arguments: str) -> Resources:
    """`resources` for calls that are given none of these arguments; nothing for others."""

    def find(call: Call) -> list[str]:
        return [] if any(call.given(argument) for argument in arguments) else resources(call)

    return find


def every(_call: Call) -> list[str]:
    """`*`: only for actions that have no resource type; the row's page says so."""
    return ["*"]


def by_hand(why: str) -> Resources:
    """A resource that no argument names."""

    def find(_call: Call) -> list[str]:
        raise Unknown(why)

    return find


_QUEUE_URL: Final = re.compile(
    r"^https?://(?P<host>[^/:]+)(?::\d+)?/(?P<account>\d{12})/(?P<name>[\w-]{1,80}(?:\.fifo)?)$"
)
_QUEUE_HOST: Final = re.compile(
    r"^(?:vpce-[a-z0-9-]+\.)?sqs(?:-fips)?\.(?P<region>[a-z]{2,}(?:-[a-z]+)+-\d)\."
    r"|^(?P<legacy>[a-z]{2,}(?:-[a-z]+)+-\d)\.queue\."
    r"|^(?P<first>queue)\.amazonaws\.com$"
)


def queue(call: Call) -> list[str]:
    """The queue of a QueueUrl; at an address that is not AWS's (the embedded AWS), in the stack's region."""
    url = call.text("QueueUrl")
    found = _QUEUE_URL.match(url)
    if found is None:
        raise Unknown(f"QueueUrl is not the address of a queue ({url})")
    host = _QUEUE_HOST.match(found["host"])
    # https://docs.aws.amazon.com/general/latest/gr/sqs-service.html (legacy endpoints)
    region = (host["region"] or host["legacy"] or "us-east-1") if host else None
    return [call.arn("sqs", found["name"], region=region, account=found["account"])]


def topic(call: Call) -> list[str]:
    """The topic of a message. A text message to a telephone has none, and is to be allowed by hand."""
    return [one(call.text("TargetArn" if call.has("TargetArn") else "TopicArn"))]


_FUNCTION: Final = re.compile(
    r"^(?:arn:[a-z][a-z0-9-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):function:"
    r"|(?P<owner>\d{12}):(?:function:)?|function:)?(?P<name>[\w-]{1,140})(?::(?P<qualifier>\$LATEST|[\w-]+))?$"
)


def function(call: Call) -> list[str]:
    """The function of a FunctionName (name, partial ARN or ARN), exactly the version or alias invoked.

    Lambda authorises a call without qualifier on the bare ARN and one with a qualifier on the qualified ARN:
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
    A Qualifier that is only known at run time means every version and alias (`:*`).
    """
    name = call.text("FunctionName")
    found = _FUNCTION.match(name)
    if found is None:
        raise Unknown(f"FunctionName is not the name of a function ({name})")
    try:
        qualifier = call.get("Qualifier") or found["qualifier"]
    except Unknown:
        qualifier = "*"
    owner = found["account"] or found["owner"]
    suffix = f":{qualifier}" if qualifier else ""
    return [call.arn("lambda", f"function:{found['name']}{suffix}", region=found["region"], account=owner)]


def event_buses(call: Call) -> list[str]:
    """The buses that entries go to; without a name it is the default bus."""
    entries = call.get("Entries")
    if not isinstance(entries, (list, tuple)):
        raise Unknown("Entries is not a list")
    names = [call.text("Entries", index, "EventBusName", default="default") for index in range(len(entries))]
    return [
        one(name) if name.startswith("arn:") else call.arn("events", f"event-bus/{escape(name)}")
        for name in names
    ]


_MACHINE: Final = re.compile(
    r"^(?P<place>arn:[a-z][a-z0-9-]*:states:[a-z0-9-]+:\d{12}):stateMachine:(?P<name>[^:]{1,80})(?::(?P<qualifier>[^:]+))?$"
)


def _machine(call: Call) -> re.Match[str]:
    arn = call.text("StateMachineArn")
    found = _MACHINE.match(arn)
    if found is None:
        raise Unknown(f"StateMachineArn is not the ARN of a state machine ({arn})")
    one(arn)
    return found


def state_machine(call: Call) -> list[str]:
    """The state machine that is started, without version or alias: see `state_machine_qualifier`."""
    found = _machine(call)
    return [f"{found['place']}:stateMachine:{found['name']}"]


def state_machine_qualifier(call: Call) -> Mapping[str, Any]:
    """Versions and aliases are authorised on the state machine, with the qualifier as a condition.

    https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    """
    qualifier = _machine(call)["qualifier"]
    return {"ForAnyValue:StringEquals": {"states:StateMachineQualifier": [qualifier]}} if qualifier else {}


def executions(call: Call) -> list[str]:
    """Every execution of the state machine that is started."""
    found = _machine(call)
    return [f"{found['place']}:execution:{found['name']}:*"]


def bucket(call: Call) -> str:
    """A bucket's ARN from its name."""
    return bucket_named(call, call.text("Bucket"), "Bucket")


def bucket_named(call: Call, name: str, argument: str) -> str:
    """The ARN of a bucket that is named in an argument.

    What goes through an access point is authorised on the access point and on its bucket, and directory
    buckets have a service of their own:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-security-iam.html
    """
    if ":" in name or name.endswith(("-s3alias", "--ol-s3", "--x-s3", "--xa-s3")):
        raise Unknown(
            f"{argument} is not a general purpose bucket, but an access point or directory ({name})"
        )
    return f"arn:{call.partition}:s3:::{escape(name)}"


def whole_bucket(call: Call) -> list[str]:
    """The bucket itself, for actions that are not about one object."""
    return [bucket(call)]


def listed_prefix(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html"""
    return {"StringLike": {"s3:prefix": call.prefix("Prefix")}} if call.given("Prefix") else {}


def objects(call: Call) -> list[str]:
    """The object named by Bucket and Key, or the objects whose keys begin as a computed Key does."""
    return [f"{bucket(call)}/{call.prefix('Key')}"]


_S3_ADDRESS: Final = re.compile(r"^s3://(?P<bucket>[a-z0-9.-]{3,63})(?:/(?P<key>.*))?$")


def s3_place(call: Call, *path: str | int) -> tuple[str, str]:
    """Bucket and key, as in an ARN, of an `s3://…` address, of which the end may be computed."""
    found = _S3_ADDRESS.match(call.prefix(*path))
    if found is None:
        call.text(*path)  # says that it is computed, if it is
        raise Unknown(f"{dotted(path)} is not an s3:// address")
    return found["bucket"], found["key"] or ""


def s3_address(*path: str, suffix: str = "") -> Resources:
    """The object, or with a suffix the objects, at an `s3://…` address; nothing when it is not given."""

    def find(call: Call) -> list[str]:
        if not call.has(*path):
            return []
        name, key = s3_place(call, *path)
        return [f"arn:{call.partition}:s3:::{name}/{key}{suffix}"]

    return find


def task_definition(call: Call) -> list[str]:
    """The revision of a task definition, or every revision of the family (ECS takes the newest)."""
    name = call.text("TaskDefinition")
    arn = one(name) if name.startswith("arn:") else call.arn("ecs", f"task-definition/{escape(name)}")
    family = arn.rpartition("task-definition/")[2]
    return [arn if ":" in family else f"{arn}:*"]


def cluster_tasks(call: Call) -> list[str]:
    """Every task of the cluster that the task runs in; their ids are only known later."""
    name = call.text("Cluster", default="default")
    return [call.arn("ecs", f"task/{escape(name.rpartition('/')[2])}/*")]


def bedrock_model(call: Call) -> list[str]:
    """A model by ARN or by the id of a foundation model, which belongs to no account.

    A profile or router is authorised on the models that it calls, too, and they are in several regions:
    https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
    """
    model = call.text("ModelId")
    if "inference-profile/" in model or model.split(".")[0] in _BEDROCK_GEOGRAPHIES:
        raise Unknown(f"ModelId is an inference profile, which calls a model in several regions ({model})")
    if model.startswith("arn:"):
        if one(model).split(":", 5)[5].partition("/")[0] not in _BEDROCK_MODELS:
            raise Unknown(f"ModelId is not the ARN of one model ({model})")
        return [model]
    if "." not in model:
        raise Unknown(f"ModelId is not the id of a foundation model ({model})")
    return [call.arn("bedrock", f"foundation-model/{escape(model)}", account="")]


_BEDROCK_GEOGRAPHIES: Final = frozenset({"apac", "au", "ca", "eu", "global", "jp", "us", "us-gov"})
_BEDROCK_MODELS: Final = frozenset(
    {"custom-model-deployment", "foundation-model", "imported-model", "provisioned-model"}
)
"""Kinds of models that are authorised on their own ARN alone."""


def api_route(call: Call) -> list[str]:
    """The route that is called; none unless the call is signed with the role (AuthType IAM_ROLE).

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
    """
    if call.text("AuthType", default="NO_AUTH") != "IAM_ROLE":
        return []
    host = call.text("ApiEndpoint").split(".")
    if len(host) < 4 or host[1] != "execute-api":
        raise Unknown("ApiEndpoint is not the address of an API, but perhaps a domain of your own")
    stage = call.text("Stage", default="$default")
    path = call.prefix("Path").lstrip("/") if call.has("Path") else ""
    route = f"{escape(host[0])}/{escape(stage)}/{escape(call.text('Method'))}/{path}"
    return [call.arn("execute-api", route, region=host[2])]


def connection_secret(call: Call) -> list[str]:
    """The secret that EventBridge keeps for a connection."""
    name = one(call.text("Authentication", "ConnectionArn")).split("/")
    if len(name) < 3:
        raise Unknown("Authentication.ConnectionArn is not the ARN of a connection")
    return [call.arn("secretsmanager", f"secret:events!connection/{name[1]}/*")]


def projects(*path: str) -> Resources:
    """CodeBuild projects from the ids of builds (`project:uuid`)."""

    def find(call: Call) -> list[str]:
        given = call.get(*path)
        ids = given if isinstance(given, (list, tuple)) else [call.text(*path)]
        names = [str(build).split(":") for build in ids]
        if not all(len(name) == 2 for name in names):
            raise Unknown(f"{path[-1]} is not the id of a build (project:id)")
        return [call.arn("codebuild", f"project/{escape(name)}") for name, _build in names]

    return find

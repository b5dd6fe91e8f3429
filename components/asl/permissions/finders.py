"""Words of the permission tables: each public function is one, from a call's arguments to exact ARNs.

Every `*` and `?` in this module is AWS's own form of an ARN, with its page.
"""

import re
from typing import Final

from .invocation import CannotTell, Invocation, escape, one

_QUEUE_URL: Final = re.compile(
    r"^https?://(?P<host>[^/:]+)(?::\d+)?/(?P<account>\d{12})/(?P<name>[\w-]{1,80}(?:\.fifo)?)$"
)
_QUEUE_HOST: Final = re.compile(
    r"^(?:vpce-[a-z0-9-]+\.)?sqs(?:-fips)?\.(?P<region>[a-z]{2,}(?:-[a-z]+)+-\d)\."
    r"|^(?P<legacy>[a-z]{2,}(?:-[a-z]+)+-\d)\.queue\."
    r"|^(?P<first>queue)\.amazonaws\.com$"
)


def queue(call: Invocation) -> list[str]:
    """The queue of a QueueUrl, or of a QueueName where it is looked for or made.

    At an address that is not AWS's (the embedded AWS), it is in the stack's region.
    """
    if call.has("QueueName") and not call.has("QueueUrl"):
        owner = call.text("QueueOwnerAWSAccountId", default=call.account_id)
        return [call.arn("sqs", escape(call.text("QueueName")), account=escape(owner))]
    url = call.text("QueueUrl")
    found = _QUEUE_URL.match(url)
    if found is None:
        raise CannotTell(f"QueueUrl is not the address of a queue ({url})")
    host = _QUEUE_HOST.match(found["host"])
    # https://docs.aws.amazon.com/general/latest/gr/sqs-service.html (legacy endpoints)
    region = (host["region"] or host["legacy"] or "us-east-1") if host else None
    return [call.arn("sqs", found["name"], region=region, account=found["account"])]


_FUNCTION: Final = re.compile(
    r"^(?:arn:[a-z][a-z0-9-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):function:"
    r"|(?P<owner>\d{12}):(?:function:)?|function:)?(?P<name>[\w-]{1,140})(?::(?P<qualifier>\$LATEST|[\w-]+))?$"
)


def function(call: Invocation) -> list[str]:
    """The function of a FunctionName (name, partial ARN or ARN), exactly the version or alias invoked.

    Lambda authorises a call without qualifier on the bare ARN and one with a qualifier on the qualified ARN:
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
    A Qualifier that is only known at run time means every version and alias (`:*`).
    """
    name = call.text("FunctionName")
    found = _FUNCTION.match(name)
    if found is None:
        raise CannotTell(f"FunctionName is not the name of a function ({name})")
    try:
        qualifier = call.get("Qualifier") or found["qualifier"]
    except CannotTell:
        qualifier = "*"
    owner = found["account"] or found["owner"]
    suffix = f":{qualifier}" if qualifier else ""
    return [call.arn("lambda", f"function:{found['name']}{suffix}", region=found["region"], account=owner)]


def rule(call: Invocation) -> list[str]:
    """A rule of EventBridge, whose ARN names its bus unless that is the default one."""
    bus = escape(call.text("EventBusName", default="default").rpartition("/")[2])
    name = escape(call.text("Name" if call.has("Name") else "Rule"))
    return [call.arn("events", f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")]


_MACHINE: Final = re.compile(
    r"^(?P<place>arn:[a-z][a-z0-9-]*:states:[a-z0-9-]+:\d{12}):stateMachine:(?P<name>[^:]{1,80})(?::(?P<qualifier>[^:]+))?$"
)


def started_machine(call: Invocation) -> re.Match[str]:
    arn = call.text("StateMachineArn")
    found = _MACHINE.match(arn)
    if found is None:
        raise CannotTell(f"StateMachineArn is not the ARN of a state machine ({arn})")
    one(arn)
    return found


def state_machine(call: Invocation, which: str = "itself") -> list[str]:
    """The state machine that is started, without version or alias (see `grants`), or its `executions`."""
    place, name = started_machine(call).group("place", "name")
    return [f"{place}:execution:{name}:*" if which == "executions" else f"{place}:stateMachine:{name}"]


_WHOLE_SECRET: Final = re.compile(r"^arn:.*-[A-Za-z0-9]{6}$")


def secrets(call: Invocation, argument: str) -> list[str]:
    """Secrets by ARN, or by name or partial ARN: the ARN ends in six characters that AWS chooses.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
    """
    return [
        call.arn_of(name, "secretsmanager", "secret:") + ("" if _WHOLE_SECRET.search(name) else "-??????")
        for name in call.texts(argument)
    ]


def parameters(call: Invocation, argument: str) -> list[str]:
    """Parameters. Names may begin with a slash and end in a selector (`:3`, `:label`), and ARNs may not.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
    """
    return [
        ":".join(one(name).split(":")[:6])
        if name.startswith("arn:")
        else call.arn("ssm", f"parameter/{escape(name.lstrip('/').partition(':')[0])}")
        for name in call.texts(argument)
    ]


def parameters_below(call: Invocation) -> list[str]:
    """The path as it is given: whoever may read it may read all parameters below."""
    return [call.arn("ssm", f"parameter/{escape(call.text('Path').lstrip('/'))}")]


def task_definition(call: Invocation) -> list[str]:
    """The revision of a task definition, or every revision of the family (ECS takes the newest)."""
    arn = call.named("ecs", "task-definition/", "TaskDefinition")
    return [arn if ":" in arn.rpartition("task-definition/")[2] else f"{arn}:*"]


def job_definition(call: Invocation) -> list[str]:
    """A job definition of Batch, in every revision when none is named."""
    arn = call.named("batch", "job-definition/", "JobDefinition")
    return [arn] if ":" in arn.rpartition("job-definition/")[2] else [arn, f"{arn}:*"]


def model(call: Invocation) -> list[str]:
    """A model by ARN or by the id of a foundation model, which belongs to no account.

    A profile or router is authorised on the models that it calls, too, and they are in several regions:
    https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
    """
    name = call.text("ModelId")
    if "inference-profile/" in name or name.split(".")[0] in _GEOGRAPHIES:
        raise CannotTell(f"ModelId is an inference profile, which calls a model in several regions ({name})")
    by_arn = name.startswith("arn:")
    if by_arn and one(name).split(":", 5)[5].partition("/")[0] not in _MODELS:
        raise CannotTell(f"ModelId is not the ARN of one model ({name})")
    if "." not in name and not by_arn:
        raise CannotTell(f"ModelId is not the id of a foundation model ({name})")
    return base_model(call, "ModelId")


_GEOGRAPHIES: Final = frozenset({"apac", "au", "ca", "eu", "global", "jp", "us", "us-gov"})
_MODELS: Final = frozenset(
    {"custom-model-deployment", "foundation-model", "imported-model", "provisioned-model"}
)
"""Kinds of models that are authorised on their own ARN alone."""


def base_model(call: Invocation, argument: str = "BaseModelIdentifier") -> list[str]:
    """The model that is customised."""
    return [call.arn_of(call.text(argument), "bedrock", "foundation-model/", account="")]


def api_route(call: Invocation) -> list[str]:
    """The route that is called; none unless the call is signed with the role (AuthType IAM_ROLE).

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
    """
    if call.text("AuthType", default="NO_AUTH") != "IAM_ROLE":
        return []
    host = call.text("ApiEndpoint").split(".")
    if len(host) < 4 or host[1] != "execute-api":
        raise CannotTell("ApiEndpoint is not the address of an API, but perhaps a domain of your own")
    stage = call.text("Stage", default="$default")
    path = call.prefix("Path").lstrip("/") if call.has("Path") else ""
    route = f"{escape(host[0])}/{escape(stage)}/{escape(call.text('Method'))}/{path}"
    return [call.arn("execute-api", route, region=host[2])]


def connection_secret(call: Invocation) -> list[str]:
    """The secret that EventBridge keeps for a connection."""
    name = one(call.text("Authentication.ConnectionArn")).split("/")
    if len(name) < 3:
        raise CannotTell("Authentication.ConnectionArn is not the ARN of a connection")
    return [call.arn("secretsmanager", f"secret:events!connection/{name[1]}/*")]


def projects(call: Invocation, argument: str) -> list[str]:
    """CodeBuild projects from the ids of builds (`project:uuid`)."""
    names = call.texts(argument)
    if not all(name.count(":") == 1 for name in names):
        raise CannotTell(f"{argument} is not the id of a build (project:id)")
    return [call.arn("codebuild", f"project/{escape(name.partition(':')[0])}") for name in names]


def report_groups(call: Invocation) -> list[str]:
    """The groups of the reports (`…:report/group:id`) of CodeBuild."""
    groups = [one(arn).rpartition(":")[0] for arn in call.texts("ReportArns")]
    if not all(":report/" in group for group in groups):
        raise CannotTell("ReportArns are not the ARNs of reports")
    return [group.replace(":report/", ":report-group/") for group in groups]

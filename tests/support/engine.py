"""A Pulumi engine stand-in that records every registration, so that tests can look at all a program asks for.

It computes what AWS computes (ARNs, URLs, names) for the resource types the project uses, and nothing else: a
look-up fails the test. The partition is `aws-test`, so that a literal one shows.
"""

import asyncio
import gc
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pulumi
from pulumi.output import Unknown
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks, resource, rpc, set_all_config, set_mocks
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.settings import SETTINGS, set_root_resource
from pulumi.runtime.stack import run_in_stack, wait_for_rpcs

resource._get_stack_trace = source_pb2.StackTrace  # Nobody reads it here; a quarter of the time.
ACCOUNT, REGION, PARTITION = "123456789012", "eu-west-1", "aws-test"
STREAM = "2026-01-01T00:00:00.000"
PROJECT, STACK = "countersign", "test"
STACK_TYPE = "pulumi:pulumi:Stack"

ARNS = {
    "aws:apigatewayv2/api:Api": "apigateway:{region}::/apis/{name}-id",
    "aws:apigatewayv2/domainName:DomainName": "apigateway:{region}::/domainnames/{name}",
    "aws:apigatewayv2/stage:Stage": "apigateway:{region}::/apis/{name}/stages/$default",
    "aws:cloudwatch/eventRule:EventRule": "events:{region}:{account}:rule/{name}",
    "aws:cloudwatch/logGroup:LogGroup": "logs:{region}:{account}:log-group:{name}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "cloudwatch:{region}:{account}:alarm:{name}",
    "aws:dynamodb/table:Table": "dynamodb:{region}:{account}:table/{name}",
    "aws:iam/policy:Policy": "iam::{account}:policy/{name}",
    "aws:iam/role:Role": "iam::{account}:role/{name}",
    "aws:kms/key:Key": "kms:{region}:{account}:key/{name}",
    "aws:lambda/eventSourceMapping:EventSourceMapping": "lambda:{region}:{account}:event-source-mapping:x",
    "aws:lambda/function:Function": "lambda:{region}:{account}:function:{name}",
    "aws:s3/bucket:Bucket": "s3:::{name}",
    "aws:scheduler/schedule:Schedule": "scheduler:{region}:{account}:schedule/default/{name}",
    "aws:sfn/stateMachine:StateMachine": "states:{region}:{account}:stateMachine:{name}",
    "aws:sns/topic:Topic": "sns:{region}:{account}:{name}",
    "aws:sns/topicSubscription:TopicSubscription": "sns:{region}:{account}:{name}:0",
    "aws:sqs/queue:Queue": "sqs:{region}:{account}:{name}",
}
"""ARN of each type that has one, behind its partition."""


ALARMS = f"arn:{PARTITION}:sns:{REGION}:{ACCOUNT}:alarms"
"""A topic that somebody else has."""


def arn(kind: str, name: str) -> str:
    """The ARN that the stand-in computes for a resource of this type token and name."""
    return f"arn:{PARTITION}:{ARNS[kind].format(region=REGION, account=ACCOUNT, name=name)}"


def own_log(name: str) -> dict[str, str]:
    """What the role of this function may do with its log."""
    streams = f"{arn('aws:cloudwatch/logGroup:LogGroup', name)}:log-stream:*"
    return {"WriteOwnLog": f"logs:CreateLogStream logs:PutLogEvents on {streams}"}


def queue_url(name: str) -> str:
    return f"https://sqs.{REGION}.amazonaws.test/{ACCOUNT}/{name}"


@dataclass
class Registration:
    """One registered resource. `inputs` have camelCase keys, as on the wire."""

    type: str
    name: str
    inputs: dict[str, Any]
    parent: str
    urn: str
    dependencies: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] | None = None

    def json(self, key: str) -> Any:
        """An input that is JSON text, read."""
        return json.loads(self.inputs[key])

    @property
    def key(self) -> tuple[str, str]:
        return self.type, self.name


@dataclass
class Deployment:
    """What a program registered, in order, and what it exported."""

    resources: list[Registration] = field(default_factory=list)
    exports: dict[str, Any] = field(default_factory=dict)

    def one(self, kind: str, name: str) -> Registration:
        """The only resource of this type (its end is enough: `Queue`) and name."""
        found = [
            r for r in self.resources if r.name == name and (r.type == kind or r.type.endswith(f":{kind}"))
        ]
        assert len(found) == 1, f"{len(found)} resources {kind} {name}; there are {sorted(self.keys())}"
        return found[0]

    def keys(self) -> set[tuple[str, str]]:
        return {r.key for r in self.resources}

    def children(self, kind: str, name: str) -> dict[str, str]:
        """Name → the types (their last parts, sorted) of all that has this component as its parent."""
        parent = self.one(kind, name).urn
        pairs = sorted((r.type.rsplit(":", 1)[1], r.name) for r in self.resources if r.parent == parent)
        return {named: " ".join(kind for kind, other in pairs if other == named) for _, named in pairs}

    def rights(self, name: str, kind: str = "RolePolicy") -> dict[str, str]:
        """Sid → `actions on resources`, of a policy that does nothing but allow."""
        document = self.one(kind, name).json("policy")
        assert document["Version"] == "2012-10-17"
        for statement in document["Statement"]:
            assert set(statement) == {"Sid", "Effect", "Action", "Resource"}
            assert statement["Effect"] == "Allow"
        return {
            each["Sid"]: f"{' '.join(each['Action'])} on {' '.join(each['Resource'])}"
            for each in document["Statement"]
        }

    def cloud(self) -> list[Registration]:
        """The resources of AWS: neither the stack nor components."""
        return [r for r in self.resources if r.type.startswith("aws:")]


def computed(kind: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """All properties of a resource that exists: its inputs, and what AWS computes."""
    state: dict[str, Any] = {"name": name, **inputs}
    if kind in ARNS:
        state["arn"] = arn(kind, name)
    if kind == "aws:sqs/queue:Queue":
        state["url"] = queue_url(name)
    if kind == "aws:s3/bucket:Bucket":
        state.setdefault("bucket", name)
    if kind == "aws:dynamodb/table:Table" and inputs.get("streamEnabled"):
        state["streamArn"] = f"{state['arn']}/stream/{STREAM}"
    if kind == "aws:apigatewayv2/api:Api":
        state["apiEndpoint"] = f"https://{name}.execute-api.{REGION}.amazonaws.test"
        state["executionArn"] = f"arn:{PARTITION}:execute-api:{REGION}:{ACCOUNT}:{name}-id"
    if kind == "aws:apigatewayv2/domainName:DomainName":
        target = {"targetDomainName": f"{name}.target.test", "hostedZoneId": "Z1"}
        state["domainNameConfiguration"] = {**inputs["domainNameConfiguration"], **target}
    return state


def planned(inputs: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    """What a first preview knows of a resource: its inputs. What AWS will compute is unknown, wherever it is,
    and so is the name that the provider would make up."""
    return {
        key: rpc.UNKNOWN
        if key not in inputs
        else planned(inputs[key], value)
        if isinstance(value, Mapping) and isinstance(inputs[key], Mapping)
        else value
        for key, value in state.items()
    }


def known(value: Any) -> bool:
    """Whether a registered value is known, with all that is in it."""
    if isinstance(value, Mapping):
        return all(map(known, value.values()))
    if isinstance(value, list):
        return all(map(known, value))
    return not isinstance(value, Unknown)


class _Cloud(Mocks):
    def __init__(self, *, preview: bool, stack_outputs: Mapping[str, Any]) -> None:
        self._preview = preview
        self._stack_outputs = stack_outputs
        self._regions: dict[str, str] = {}
        """Name of an explicit provider → its region."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ == "pulumi:pulumi:StackReference":
            return args.name, {"name": args.name, "outputs": dict(self._stack_outputs)}
        if not args.custom:
            return "", args.inputs
        if args.typ == "pulumi:providers:aws":
            self._regions[args.name] = args.inputs["region"]
            return f"{args.name}-id", args.inputs
        state = computed(args.typ, args.name, args.inputs)
        if self._preview:
            return None, planned(args.inputs, state)
        if args.provider and (provider := args.provider.split("::")[-2]) in self._regions:
            own = {key: value for key, value in state.items() if key not in args.inputs}
            state |= json.loads(json.dumps(own).replace(REGION, self._regions[provider]))
        return f"{args.name}-id", state

    def call(self, args: MockCallArgs) -> Any:
        raise KeyError(f"the components look nothing up, but the program called {args.token}")


def registered(request: Any, urn: str) -> Registration:
    """What a program asked an engine to register."""
    return Registration(
        type=request.type,
        name=request.name,
        inputs=plain(rpc.deserialize_properties(request.object, keep_unknowns=True)),
        parent=request.parent,
        urn=urn,
        dependencies=tuple(sorted(request.dependencies)),
        options={
            "protect": request.protect,
            "provider": request.provider,
            "aliases": list(request.aliases),
            "deleteTimeout": request.customTimeouts.delete,
        },
    )


class _Recorder(MockMonitor):
    def __init__(self, mocks: Mocks, deployment: Deployment) -> None:
        super().__init__(mocks)
        self._deployment = deployment
        self._by_urn: dict[str, Registration] = {}

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """As the engine makes it: the types of all parents, where Pulumi's mock has only the nearest."""
        outer = parent.split("::")[2] if parent else STACK_TYPE
        qualified = type_ if outer == STACK_TYPE else f"{outer}${type_}"
        return f"urn:pulumi:{STACK}::{PROJECT}::{qualified}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        is_stack = request.type == STACK_TYPE
        if response.urn in self._by_urn and not is_stack:  # set_mocks registers a stack of its own
            raise AssertionError(f"duplicate URN {response.urn}")
        registration = registered(request, response.urn)
        self._by_urn[response.urn] = registration
        if not is_stack:
            self._deployment.resources.append(registration)
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        outputs = plain(rpc.deserialize_properties(request.outputs, keep_unknowns=True))
        registration = self._by_urn[request.urn]
        registration.outputs = outputs
        if registration.type == STACK_TYPE:
            self._deployment.exports = outputs
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


def deploy(
    program: Callable[[], object],
    *,
    preview: bool = False,
    config: Mapping[str, str] | None = None,
    stack_outputs: Mapping[str, Any] | None = None,
    timeout_seconds: float = 60,
    record: Deployment | None = None,
) -> Deployment:
    """Run a program to its end and give what it registered. An error of the program is raised as it is.

    `stack_outputs` is what every other stack exports that the program refers to. `record` is given back, and
    holds what was registered also if the program fails.
    """
    deployment = Deployment() if record is None else record
    try:
        outer = asyncio.get_event_loop_policy().get_event_loop()
    except RuntimeError:
        outer = None
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    gc.disable()  # All that Pulumi imports would be looked through again and again; a fifth of the time.
    try:
        # What a test made without waiting for it belongs to a loop that is closed by now.
        SETTINGS.outputs.clear()
        SETTINGS.rpc_manager.clear()
        cloud = _Cloud(preview=preview, stack_outputs=stack_outputs or {})
        set_mocks(cloud, project=PROJECT, stack=STACK, preview=preview, monitor=_Recorder(cloud, deployment))
        loop.run_until_complete(wait_for_rpcs())
        set_root_resource(
            cast(Any, None)
        )  # set_mocks makes a placeholder; run_in_stack makes the stack itself
        set_all_config({f"{PROJECT}:{key}": value for key, value in (config or {}).items()})

        async def run() -> None:
            program()
            await asyncio.sleep(0)  # Registrations begin: see `components/evaluation.py`.

        loop.run_until_complete(asyncio.wait_for(run_in_stack(run), timeout_seconds))
    finally:
        gc.enable()
        # After an error Pulumi's tasks wait for each other; what they would say about it is not news.
        loop.set_exception_handler(lambda _loop, _context: None)
        pending = asyncio.all_tasks(loop)
        for task in pending:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        loop.close()
        asyncio.set_event_loop(outer)
    return deployment


def plain(value: Any) -> Any:
    """The value without secret wrappers, whole floats as ints, archives as the list of their members."""
    if isinstance(value, pulumi.AssetArchive):
        return sorted(value.assets)
    if isinstance(value, Mapping):
        if rpc._special_sig_key in value and "value" in value:
            return plain(value["value"])
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value

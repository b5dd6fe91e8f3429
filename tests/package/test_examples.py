"""The examples are checked as far as they can be without an account; the Python one runs."""

import json
import shutil
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from components import asl, waits
from local import observe
from local.aws.provider import AwsProvider
from local.emulator import Emulator
from local.inbox import Inbox
from tests.approvals.people import People, eventually
from tests.package import typescript
from tests.package.build import ROOT, environment
from tests.plugin.host import Engine, Recorder, running
from tests.plugin.test_schema import SNAPSHOT
from tests.support.embedded import embedded
from tests.support.engine import REGION, Deployment, deploy, queue_url

EXAMPLES = ROOT / "examples"
SCHEMA: dict[str, Any] = json.loads(SNAPSHOT.read_text())


@pytest.mark.embedded
def test_the_python_example_runs_from_the_wheel(tmp_path: Path, packages: tuple[Path, Path]) -> None:
    """In a clean environment, from a folder that is not the repository's, on the embedded AWS."""
    program = tmp_path / "program"
    shutil.copytree(EXAMPLES / "python", program)
    environment(program / ".venv", packages[0])
    with embedded(program, "local") as stack, Inbox(stack.aws, stack.stack.deployment.resources) as inbox:
        request = {"version": "1.4.0", "changes": {"tickets": ["APP-7"]}}
        execution = stack.start(stack.outputs["stateMachineArn"], request)
        mails = eventually(lambda: found if len(found := inbox.mails()) == 2 else None)
        assert {mail.to for mail in mails} == {"ann@example.com", "bob@example.com"}
        assert "Release 1.4.0" in mails[0].subject
        assert People(stack, inbox).post(mails[0].links[0], outcome="approved").status == 303
        assert stack.finish(execution).status == "SUCCEEDED"
        (deployment,) = stack.messages(stack.outputs["deploymentsUrl"])
    shipped = json.loads(deployment.body)
    assert shipped["version"] == "1.4.0"
    assert shipped["approval"]["outcome"] == "approved"


def test_the_shortest_python_program_makes_an_approval() -> None:
    source = (EXAMPLES / "python" / "minimal.py").read_text()
    program = source.replace("from countersign import", "from components import")
    assert program != source
    found = deploy(lambda: exec(program, {}))
    assert found.one("StateMachine", "release-workflow")
    assert found.one("ApprovalApi", "approvals")


@pytest.mark.parametrize("example", ["python/minimal.py", "typescript/minimal.ts"])
def test_ten_lines_are_about_ten(example: str) -> None:
    lines = (EXAMPLES / example).read_text().splitlines()
    assert len([line for line in lines if line and not line.startswith(("import", "from"))]) <= 10


def resources(example: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((EXAMPLES / example / "Pulumi.yaml").read_text())["resources"]
    return found


def test_the_yaml_example_fits_the_schema() -> None:
    for name, resource in resources("yaml").items():
        package, kind = resource["type"].split(":")
        described = SCHEMA["resources"][f"{package}:index:{kind}"]
        inputs = described["inputProperties"]
        assert resource["properties"].keys() <= inputs.keys(), name
        assert set(described["requiredInputs"]) <= resource["properties"].keys(), name
        for key, value in resource["properties"].items():
            assert fits(value, inputs[key]), f"{name}.{key} is no {inputs[key]}"


@pytest.mark.embedded
def test_the_yaml_example_runs() -> None:
    """Its resources, constructed by the plugin on the embedded AWS; then two people approve."""
    made: dict[str, dict[str, Any]] = {}
    with Emulator(region=REGION) as emulator:
        provider = AwsProvider(emulator.endpoint, REGION)
        with Recorder(provider) as monitor, running() as host:
            for name, resource in resources("yaml").items():
                properties = filled_in(resource["properties"], made)
                made[name] = host.construct(resource["type"].split(":")[1], name, properties, monitor)
        aws = provider.default
        payment = {"payment": {"to": "ACME", "amount": 12_000}, "requester": "eve@example.com"}
        with Inbox(aws, monitor.created) as inbox:
            execution = observe.start(aws, made["payment"]["stateMachineArn"], payment)
            mails = eventually(lambda: found if len(found := inbox.mails()) == 2 else None)
            for mail in mails:
                assert aws.step_functions.describe_execution(executionArn=execution)["status"] == "RUNNING"
                assert People(cast(Any, None), inbox).post(mail.links[0], outcome="approved").status == 303
            ended = observe.wait_for_end(aws, execution)
    assert ended.status == "SUCCEEDED"
    assert {decision["approver"] for decision in ended.output["decisions"]} == set(APPROVERS)


APPROVERS = ["ann@example.com", "bob@example.com"]


def filled_in(node: Any, made: dict[str, dict[str, Any]]) -> Any:
    """The properties with references replaced by what they refer to."""
    if isinstance(node, dict):
        return {key: filled_in(value, made) for key, value in node.items()}
    if isinstance(node, list):
        return [filled_in(value, made) for value in node]
    for reference in references(node):
        name, _, output = reference.partition(".")
        return made[name][output] if output else APPROVERS
    return node


def test_the_yaml_example_refers_to_outputs_that_are_there() -> None:
    document = yaml.safe_load((EXAMPLES / "yaml" / "Pulumi.yaml").read_text())
    for reference in references([document["resources"], document["outputs"]]):
        name, _, output = reference.partition(".")
        if not output:
            assert name in document["config"]
            continue
        kind = document["resources"][name]["type"].replace(":", ":index:")
        assert output in SCHEMA["resources"][kind]["properties"], reference


def test_its_definition_is_one_that_deploys() -> None:
    definition = resources("yaml")["payment"]["properties"]["definition"]
    asl.require_valid(waits.expand(definition))


def fits(value: Any, described: dict[str, Any]) -> bool:
    """Whether a value of YAML is of the type that the schema says; a reference is whatever it refers to."""
    if isinstance(value, str) and value.startswith("${"):
        return True
    if "$ref" in described:
        ref = described["$ref"].removeprefix("#/types/")
        return ref == "pulumi.json#/Any" or value in [m["value"] for m in SCHEMA["types"][ref]["enum"]]
    if described["type"] == "array":
        return isinstance(value, list) and all(fits(item, described["items"]) for item in value)
    if described["type"] == "object":
        inner = described["additionalProperties"]
        return isinstance(value, dict) and all(fits(item, inner) for item in value.values())
    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
    return isinstance(value, kinds[described["type"]])  # type: ignore[arg-type]


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [found for value in node.values() for found in references(value)]
    if isinstance(node, list):
        return [found for value in node for found in references(value)]
    whole = isinstance(node, str) and node.startswith("${")
    return [node[2:-1]] if whole else []


WRONG = """
import * as countersign from "@pulumi/countersign";
new countersign.CallbackQueue("a", { logRetentionDays: 8 });
new countersign.CallbackQueue("b", { timeoutSecond: 8 });
new countersign.ApprovalApi("c", { approvers: ["ann@example.com"] });
new countersign.Notifier("d", { emails: "ann@example.com" });
"""


@pytest.fixture(scope="module")
def typescript_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The TypeScript example with the packages it needs: the SDK of the schema, and Pulumi's real types."""
    if shutil.which("npm") is None:
        pytest.skip("there is no Node.js")
    installed = typescript.packages()
    if installed is None:
        pytest.skip("the npm packages cannot be had")
    program = tmp_path_factory.mktemp("typescript") / "program"
    shutil.copytree(EXAMPLES / "typescript", program, ignore=shutil.ignore_patterns("node_modules", "sdks"))
    typescript.write_sdk(SCHEMA, program / "sdks" / "countersign")
    (program / "node_modules" / "@pulumi").mkdir(parents=True)
    (program / "node_modules" / "@pulumi" / "pulumi").symlink_to(installed / "@pulumi" / "pulumi")
    (program / "node_modules" / "@pulumi" / "countersign").symlink_to(program / "sdks" / "countersign")
    (program / "node_modules" / ".bin").symlink_to(installed / ".bin")
    return program


def test_the_typescript_examples_compile(typescript_program: Path) -> None:
    assert typescript.compiled(typescript_program, "index.ts", "minimal.ts") == []


def test_wrong_arguments_do_not_compile(typescript_program: Path) -> None:
    """Which shows that compiling the examples means something."""
    (typescript_program / "wrong.ts").write_text(WRONG)
    errors = typescript.compiled(typescript_program, "wrong.ts")
    assert [error.partition("(")[2].partition(",")[0] for error in errors] == ["3", "4", "5", "6"]


def ran(program: Path, script: str, **config: str) -> Deployment:
    """What a TypeScript program registers, with Pulumi's Node.js runtime and the plugin."""
    found = []
    for preview in (True, False):
        with running() as host, Engine(host, preview=preview) as engine:
            typescript.run(program, script, engine, config)
        found.append(engine.deployment)
    assert found[0].keys() == found[1].keys(), "a preview shows what an update does"
    return found[1]


def test_the_shortest_typescript_program_makes_an_approval(typescript_program: Path) -> None:
    found = ran(typescript_program, "minimal")
    ask = found.one("StateMachine", "release-workflow").json("definition")["States"]["Ask"]
    assert ask["Parameters"]["QueueUrl"] == queue_url("approvals-intake-callbacks")
    assert ask["Parameters"]["MessageBody"]["Request"] == {"subject.$": "$.title"}
    assert len(found.one("PolicyAttachment", "release-callbacks").inputs["roles"]) == 3


def test_the_typescript_example_waits_on_the_queue_that_exists(typescript_program: Path) -> None:
    queue = {
        "queueArn": "arn:aws-test:sqs:eu-west-1:123456789012:bookings",
        "queueUrl": queue_url("bookings"),
    }
    found = ran(typescript_program, "index", **queue, legacyRoleName="legacy")
    book = found.one("StateMachine", "booking-workflow").json("definition")["States"]["Book"]
    assert book["Parameters"]["QueueUrl"] == queue_url("bookings")
    assert [r.name for r in found.cloud() if r.type.endswith(":Queue")] == ["bookings-dead-letters"]
    assert found.one("PolicyAttachment", "booking-callbacks").inputs["roles"] == [
        "bookings-dead-letters",
        "legacy",
    ]

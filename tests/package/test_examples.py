"""The examples in other languages: the YAML one runs, the TypeScript ones compile and register what they say.

The Python example is what `test_operations.py` works with.
"""

import json
import shutil
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from local import observe
from local.aws.provider import AwsProvider
from local.emulator import Emulator
from local.inbox import Inbox
from ops.stack import Stack
from tests.approvals.people import People, eventually
from tests.package import typescript
from tests.package.build import ROOT
from tests.plugin.host import Engine, Recorder, running
from tests.support.embedded import embedded
from tests.support.engine import REGION, queue_url
from tests.support.wheels import HERE, PYDANTIC, is_here, target

APPROVERS = ["ann@example.com", "bob@example.com"]
BOOKINGS = {
    "queueArn": "arn:aws-test:sqs:eu-west-1:123456789012:bookings",
    "queueUrl": queue_url("bookings"),
    "legacyRoleName": "legacy",
}
WRONG = """
import * as countersign from "@pulumi/countersign";
new countersign.CallbackQueue("a", { logRetentionDays: 8 });
new countersign.CallbackQueue("b", { timeoutSecond: 8 });
new countersign.ApprovalApi("c", { approvers: ["ann@example.com"] });
new countersign.Notifier("d", { emails: "ann@example.com" });
"""


@pytest.mark.embedded
def test_the_yaml_example_runs() -> None:
    """Its resources, constructed by the plugin on the embedded AWS; then two people approve."""
    document = yaml.safe_load((ROOT / "examples" / "yaml" / "Pulumi.yaml").read_text())
    known: dict[str, Any] = {key: APPROVERS for key in document["config"] if ":" not in key}
    with Emulator(region=REGION) as emulator:
        provider = AwsProvider(emulator.endpoint, REGION)
        with Recorder(provider) as monitor, running() as host:
            for name, resource in document["resources"].items():
                properties = filled_in(resource["properties"], known)
                known[name] = host.construct(resource["type"].split(":")[1], name, properties, monitor)
        outputs = filled_in(document["outputs"], known)
        understood(outputs, approvals="approvals")
        aws = provider.default
        payment = {"payment": {"to": "ACME", "amount": 12_000}, "requester": "eve@example.com"}
        with Inbox(aws, monitor.created) as inbox:
            execution = observe.start(aws, outputs["stateMachineArn"], payment)
            mails = eventually(lambda: found if len(found := inbox.mails()) == 2 else None)
            for mail in mails:
                assert mail.links[0].startswith(outputs["approvals"]["url"])
                assert aws.step_functions.describe_execution(executionArn=execution)["status"] == "RUNNING"
                assert People(cast(Any, None), inbox).post(mail.links[0], outcome="approved").status == 303
            ended = observe.wait_for_end(aws, execution)
    assert ended.status == "SUCCEEDED"
    assert {decision["approver"] for decision in ended.output["decisions"]} == set(APPROVERS)


@pytest.mark.embedded
def test_the_example_with_packages_runs(tmp_path: Path) -> None:
    """With what its command installs, for this machine."""
    if not is_here():
        pytest.skip("no function of Lambda's runs on this machine's Python and processor")
    folder = tmp_path / "packages"
    source = ROOT / "examples" / "packages"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".venv", "vendor"))
    assert (folder / "workers" / "requirements.txt").read_text() == "pydantic>=2,<3\n"
    target(PYDANTIC, folder / "workers" / "vendor")
    with embedded(folder, overrides=HERE) as deployed:
        understood(deployed.outputs)
        machine = deployed.outputs["stateMachineArn"]
        done = deployed.run(machine, {"order": {"item": "book", "count": 2}})
        assert (done.status, done.output) == ("SUCCEEDED", {"item": "book", "count": 2})
        refused = deployed.run(machine, {"order": {"item": "book", "count": 0}})
        assert refused.error == "InvalidOrder"
        assert refused.cause == "count: Input should be greater than 0"
        assert deployed.stack.provider.notes == ()


@pytest.mark.embedded
@pytest.mark.parametrize("folder", ["examples/python", "template"])
def test_the_outputs_of_programs_in_python_are_understood(folder: str) -> None:
    with embedded(ROOT / folder) as deployed:
        understood(deployed.outputs, approvals="approvals")


def understood(outputs: Any, approvals: str | None = None) -> None:
    """That the operator's command finds in them the workflow, and the ApprovalApi under its name."""
    found = Stack.of(json.loads(json.dumps(outputs)))
    assert len(found.workflows) == 1
    assert [each.name for each in found.approvals] == ([approvals] if approvals else [])


def filled_in(node: Any, known: dict[str, Any]) -> Any:
    """The same with each `${name}` or `${name.output}` replaced by what is known of it."""
    if isinstance(node, dict):
        return {key: filled_in(value, known) for key, value in node.items()}
    if isinstance(node, list):
        return [filled_in(value, known) for value in node]
    if not isinstance(node, str) or not node.startswith("${"):
        return node
    name, _, output = node[2:-1].partition(".")
    return known[name][output] if output else known[name]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> typescript.Program:
    """The TypeScript examples and a wrong program, compiled against the schema and Pulumi's real types."""
    if shutil.which("npm") is None:
        pytest.skip("there is no Node.js")
    installed = typescript.packages()
    if installed is None:
        pytest.skip("the npm packages cannot be had")
    folder = tmp_path_factory.mktemp("typescript") / "program"
    ignored = shutil.ignore_patterns("node_modules", "sdks")
    shutil.copytree(ROOT / "examples" / "typescript", folder, ignore=ignored)
    (folder / "wrong.ts").write_text(WRONG)
    return typescript.Program(folder, installed)


def test_the_typescript_examples_compile_and_wrong_arguments_do_not(program: typescript.Program) -> None:
    assert program.errors == [f"wrong.ts({line}" for line in (3, 4, 5, 6)]


def test_the_typescript_examples_make_what_they_say(program: typescript.Program) -> None:
    """Both in one stack, with Pulumi's Node.js runtime and the plugin."""
    with running() as host, Engine(host) as engine:
        program.run(["minimal", "index"], engine, BOOKINGS)
    found = engine.deployment
    # The queue that exists is waited on, and its legacy system may answer.
    book = found.one("StateMachine", "booking-workflow").json("definition")["States"]["Book"]
    assert book["Parameters"]["QueueUrl"] == queue_url("bookings")
    queues = {resource.name for resource in found.cloud() if resource.type.endswith(":Queue")}
    assert {name for name in queues if name.startswith("bookings")} == {"bookings-dead-letters"}
    roles = found.one("PolicyAttachment", "booking-callbacks").inputs["roles"]
    assert roles == ["bookings-dead-letters", "legacy"]
    # The shortest program makes an approval.
    ask = found.one("StateMachine", "release-workflow").json("definition")["States"]["Ask"]["Parameters"]
    assert ask["QueueUrl"] == queue_url("approvals-intake-callbacks")
    assert ask["MessageBody"]["Request"] == {"subject.$": "$.title"}
    assert len(found.one("PolicyAttachment", "release-callbacks").inputs["roles"]) == 4

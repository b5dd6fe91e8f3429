"""Every project file is one that Pulumi's CLI takes, and the template needs no more than it asks for."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.mistakes.told import run_here
from tests.package.build import ROOT
from tests.support.engine import Deployment

TEMPLATE = ROOT / "template"
PROJECTS = {
    path.parent.name: path
    for path in (ROOT / "Pulumi.yaml", TEMPLATE / "Pulumi.yaml", *ROOT.glob("examples/*/Pulumi.yaml"))
}
TYPES = {"string": str, "integer": int, "boolean": bool, "array": list}
each = pytest.mark.parametrize("path", PROJECTS.values(), ids=list(PROJECTS))


def project(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


@each
def test_keys_are_described_and_declared_as_the_cli_wants_them(path: Path) -> None:
    """A key of another namespace has a value and no schema: otherwise every command of the CLI fails.

    The rules are those of Project.Validate in pulumi/pulumi, sdk/go/common/workspace/project.go.
    """
    for key, declared in project(path)["config"].items():
        assert len(declared["description"]) > 10, key
        if ":" in key:
            assert "value" in declared, key
            assert not declared.keys() & {"type", "items", "default"}, key
            continue
        assert "value" not in declared, key
        assert declared.get("type") != "array" or "items" in declared, key
        if "default" in declared and "type" in declared:
            assert isinstance(declared["default"], TYPES[declared["type"]]), key


def test_the_template_asks_for_all_that_it_needs_and_only_what_an_answer_can_be() -> None:
    """Answers are texts: the CLI reads numbers and truths from them, but no lists."""
    found = project(TEMPLATE / "Pulumi.yaml")
    assert set(found["template"]["config"]) == set(found["config"])
    for key, asked in found["template"]["config"].items():
        declared = found["config"][key]
        assert len(asked["description"]) > 10
        assert declared.get("type", "string") != "array", key
        assert asked.get("default", "") == declared.get("value", declared.get("default", "")), key


def test_the_repository_is_no_template() -> None:
    """Of a copy of all of it the stack files would have another project's keys: see settings.py."""
    assert "template" not in project(ROOT / "Pulumi.yaml")


def test_the_template_asks_for_an_approval() -> None:
    """With its stack for a try. What such a program does when it runs is shown in test_operations.py."""
    record = Deployment()
    run_here(TEMPLATE, "local", record)
    ask = record.one("StateMachine", "release-workflow").json("definition")["States"]["Ask"]
    subject = "States.Format('Release {}?', $.version)"
    assert ask["Parameters"]["MessageBody"]["Request"] == {"subject.$": subject, "details.$": "$"}
    subscribed = [r for r in record.cloud() if r.type.endswith(":TopicSubscription")]
    assert {each.inputs["endpoint"] for each in subscribed} == {"ann@example.com", "bob@example.com"}

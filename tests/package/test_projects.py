"""Every project file is one that Pulumi's CLI takes, and the template asks for what it can be told."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.package.build import ROOT

PROJECTS = {path.parent.name: path for path in (ROOT / "Pulumi.yaml", *ROOT.glob("examples/*/Pulumi.yaml"))}
TYPES = {"string": str, "integer": int, "boolean": bool, "array": list}
each = pytest.mark.parametrize("path", PROJECTS.values(), ids=list(PROJECTS))


def project(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


@each
def test_every_key_is_described(path: Path) -> None:
    for key, declared in project(path)["config"].items():
        assert len(declared["description"]) > 10, key


@each
def test_keys_are_declared_as_the_cli_wants_them(path: Path) -> None:
    """A key of another namespace has a value and no schema: otherwise every command of the CLI fails.

    The rules are those of Project.Validate in pulumi/pulumi, sdk/go/common/workspace/project.go.
    """
    for key, declared in project(path)["config"].items():
        if ":" in key:
            assert "value" in declared, key
            assert not declared.keys() & {"type", "items", "default"}, key
            continue
        assert "value" not in declared, key
        assert declared.get("type") != "array" or "items" in declared, key
        if "default" in declared and "type" in declared:
            assert isinstance(declared["default"], TYPES[declared["type"]]), key


def test_the_template_asks_only_for_what_an_answer_can_be() -> None:
    """Answers are texts: the CLI reads numbers and truths from them, but no lists."""
    found = project(ROOT / "Pulumi.yaml")
    for key, asked in found["template"]["config"].items():
        declared = found["config"][key]
        assert len(asked["description"]) > 10
        assert declared.get("type", "string") != "array", key
        default = declared.get("value", declared.get("default"))
        text = str(default).lower() if isinstance(default, bool) else str(default)
        assert asked.get("default", "") == text, key


def test_a_stack_of_the_template_needs_no_key_that_it_does_not_ask_for() -> None:
    for key, declared in project(ROOT / "Pulumi.yaml")["config"].items():
        assert "default" in declared or "value" in declared, key

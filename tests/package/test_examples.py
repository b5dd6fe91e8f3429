"""The examples are checked as far as they can be without an account; the Python one runs."""

import ast
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.inbox import Inbox
from tests.approvals.people import People, eventually
from tests.package.build import ROOT, built, environment
from tests.plugin.test_schema import SNAPSHOT
from tests.support.embedded import embedded

EXAMPLES = ROOT / "examples"
SCHEMA: dict[str, Any] = json.loads(SNAPSHOT.read_text())


@pytest.mark.embedded
def test_the_python_example_runs_from_the_wheel(tmp_path: Path) -> None:
    """In a clean environment, from a folder that is not the repository's, on the embedded AWS."""
    program = tmp_path / "program"
    shutil.copytree(EXAMPLES / "python", program)
    packages = tmp_path / "packages"
    packages.mkdir()
    environment(program / ".venv", built(packages)[0])
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


def test_ten_lines_are_about_ten() -> None:
    """What an approval adds to a program: the lines that make it, but for what the definition does besides."""
    tree = ast.parse((EXAMPLES / "python" / "__main__.py").read_text())
    names = ("mails", "approvals", "ask", "release")
    statements = [
        node
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in names
    ]
    assert len(statements) == len(names)
    own = next(line for line in ast.unparse(statements[-1]).splitlines())
    assert "CallbackWorkflow" in own
    added = [*statements[:-1], *(k for k in _keys(statements[-1]) if k.endswith("role_names"))]
    assert len(added) + 2 <= 10


def _keys(node: ast.Assign) -> list[str]:
    return [
        key.value for key in ast.walk(node) if isinstance(key, ast.Constant) and isinstance(key.value, str)
    ]


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
    from components import asl, waits

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


def test_the_typescript_example_compiles(tmp_path: Path) -> None:
    """Against the SDK that the schema gives, and the real types of Pulumi and AWS."""
    if shutil.which("npm") is None:
        pytest.skip("there is no Node.js")
    from tests.package import typescript

    packages = typescript.packages()
    if packages is None:
        pytest.skip("the npm packages cannot be had")
    program = tmp_path / "program"
    shutil.copytree(EXAMPLES / "typescript", program)
    (program / "node_modules").symlink_to(packages)
    typescript.write_sdk(SCHEMA, program / "sdks" / "countersign")
    result = subprocess.run(
        [str(packages / ".bin" / "tsc"), "--project", "."],
        cwd=program,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout

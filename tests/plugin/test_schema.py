"""The schema that other languages' SDKs are made from: complete, documented, and changed only on purpose."""

import json
from pathlib import Path
from typing import Any

import pytest
from pulumi.provider.experimental.util import camel_case

import components
from components.common.checks import LOG_RETENTION_DAYS
from tests.plugin.host import running
from tests.support.cases import COMPONENTS
from tools.generate.schema import FILE

each = pytest.mark.parametrize("kind", COMPONENTS)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """What programs are compiled against."""
    found: dict[str, Any] = json.loads(FILE.read_text())
    return found


def resource(schema: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = schema["resources"][f"countersign:index:{kind}"]
    return found


@each
def test_everything_is_described_with_the_names_of_other_languages(schema: dict[str, Any], kind: str) -> None:
    found = resource(schema, kind)
    assert found["isComponent"]
    assert found["description"]
    for name, described in {**found["inputProperties"], **found["properties"]}.items():
        assert len(described["description"]) > 10, name
    for name in getattr(components, f"{kind}Args").__annotations__:
        assert "_" not in name or f"`{name}`" not in json.dumps(found)


@each
def test_what_is_required_in_python_is_required_elsewhere(schema: dict[str, Any], kind: str) -> None:
    required = getattr(components, f"{kind}Args").__required_keys__
    assert resource(schema, kind)["requiredInputs"] == sorted(map(camel_case, required))
    assert len(required) <= 2


@pytest.mark.parametrize("kind", sorted(set(COMPONENTS) - {"Dashboard", "Notifier"}))  # which have no log
def test_days_to_keep_logs_are_a_choice(schema: dict[str, Any], kind: str) -> None:
    argument = resource(schema, kind)["inputProperties"]["logRetentionDays"]
    assert argument["$ref"] == "#/types/countersign:index:LogRetentionDays"
    choice = schema["types"]["countersign:index:LogRetentionDays"]
    assert tuple(member["value"] for member in choice["enum"]) == LOG_RETENTION_DAYS


def test_the_plugin_gives_what_programs_are_compiled_against(schema: dict[str, Any], tmp_path: Path) -> None:
    with running(cwd=tmp_path) as host:
        assert host.schema() == schema, "the schema changed: say it in docs/upgrades.md"

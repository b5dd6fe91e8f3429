"""The policy of the deploying identity: every resource type has its actions, and every action exists."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.package.upgrades import registered
from tools import deploying
from tools.generate import services

COMPONENT_STATEMENTS, STATEMENTS = deploying.load()
REFERENCE = services.reference()
SEEN = Path(__file__).with_name("provider_calls.txt")


def test_a_component_has_the_statements_of_its_resource_types() -> None:
    """And no other component has any."""
    types: dict[str, set[str]] = {}
    for resource in registered():
        outermost = resource.urn.split("::")[2].partition("$")[0].rpartition(":")[2]
        types.setdefault(outermost, set()).add(resource.type.removeprefix("aws:"))
    kinds = {name: set(row["types"]) for name, row in STATEMENTS.items()}
    needed = {
        component: {name for name, handled in kinds.items() if handled & found}
        for component, found in types.items()
    }
    assert {component: set(names) for component, names in COMPONENT_STATEMENTS.items()} == needed
    assert set().union(*types.values()) <= set().union(*kinds.values())


def privileges() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each statement with each of its actions, and what AWS says of the action."""
    for name, row in STATEMENTS.items():
        for action in deploying.actions(row):
            service, _, short = action.partition(":")
            found = REFERENCE[service]["privileges"]
            assert short in found, f"{name}: AWS knows no action {action}"
            yield name, action, found[short]


def test_every_action_exists_and_takes_the_resources_of_its_statement() -> None:
    """`*` only for an action that takes no resource; an ARN only where the action takes one of its form."""
    for name, action, privilege in privileges():
        kinds = [kind for kind in privilege["resource_types"] if kind]
        patterns = STATEMENTS[name]["resources"]
        if patterns == ["*"]:
            assert not kinds, f"{name}: {action} takes {kinds}"
            continue
        if action.startswith("apigateway:"):
            continue  # its ARNs are paths, of which the reference has those below /apis alone
        known = REFERENCE[action.partition(":")[0]]["resources"]
        arns = [known[kind]["arn"] for kind in kinds]
        filled = [
            arn.replace("${Account}", "111122223333").replace("${GroupName}", "default") for arn in arns
        ]
        assert any(fnmatchcase(arn, pattern) for arn in filled for pattern in patterns), f"{name}: {action}"


def test_every_role_is_passed_only_to_the_services_that_take_it() -> None:
    """Which are those that the components' roles trust."""
    roles = [resource for resource in registered() if resource.type == "aws:iam/role:Role"]
    trusted = {
        statement["Principal"]["Service"]
        for role in roles
        for statement in role.json("assumeRolePolicy")["Statement"]
    }
    condition = STATEMENTS["PassRoles"]["condition"]["StringEquals"]["iam:PassedToService"]
    assert set(condition) == trusted


def test_whatever_the_provider_was_seen_to_call_is_allowed() -> None:
    allowed = {action for row in STATEMENTS.values() for action in deploying.actions(row)}
    seen = set()
    for line in SEEN.read_text().splitlines():
        if not line.startswith("#"):
            service, _, names = line.partition(": ")
            seen |= {f"{service}:{name}" for name in names.split()}
    assert len(seen) > 100
    assert seen <= allowed


def test_a_managed_policy_holds_each() -> None:
    documents = list(deploying.policies(STATEMENTS))
    assert [s["Sid"] for document in documents for s in document["Statement"]] == list(STATEMENTS)
    for document in documents:
        assert len(json.dumps(document, separators=(",", ":"))) <= deploying.LONGEST_POLICY
        assert json.loads(deploying.text(document)) == document

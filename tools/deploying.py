"""Prints what the deploying identity must be allowed, for all components or for those that are named."""

import argparse
import json
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_suffix(".toml")
LONGEST_POLICY = 6_144
"""Characters of a managed policy without white space.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

Table = Mapping[str, Any]


def load() -> tuple[dict[str, list[str]], dict[str, Table]]:
    """Component → names of its statements, and name → statement as the table has it."""
    content = tomllib.loads(DATA.read_text(encoding="utf-8"))
    return content["components"], content["statements"]


def actions(row: Table) -> list[str]:
    """The actions of a statement, with their service in front: `sqs:CreateQueue`."""
    found = []
    for line in row["actions"].split("\n"):
        service, _, names = line.partition(":")
        found += [f"{service}:{name}" for name in names.split()]
    return found


def policies(names: Iterable[str]) -> Iterator[dict[str, Any]]:
    """As few policies as can hold the statements with these names, in their order."""
    rows = load()[1]
    documents: list[list[dict[str, Any]]] = [[]]
    for name in names:
        statement = _statement(name, rows[name])
        if _length([*documents[-1], statement]) > LONGEST_POLICY:
            documents.append([])
        documents[-1].append(statement)
    yield from map(_document, documents)


def _statement(name: str, row: Table) -> dict[str, Any]:
    resources = row["resources"]
    statement: dict[str, Any] = {
        "Sid": name,
        "Effect": "Allow",
        "Resource": resources if len(resources) > 1 else resources[0],
        "Action": actions(row),
    }
    return statement | ({"Condition": row["condition"]} if "condition" in row else {})


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _length(statements: list[dict[str, Any]]) -> int:
    return len(json.dumps(_document(statements), separators=(",", ":")))


def text(document: Mapping[str, Any]) -> str:
    """A policy as JSON, one statement a line."""
    lines = ",\n".join(f"    {json.dumps(statement)}" for statement in document["Statement"])
    return f'{{\n  "Version": "{document["Version"]}",\n  "Statement": [\n{lines}\n  ]\n}}\n'


def main(arguments: Sequence[str]) -> None:
    """Print the policies as JSON."""
    components, rows = load()
    parser = argparse.ArgumentParser(prog="python -m tools.deploying", description=__doc__)
    parser.add_argument("components", metavar="COMPONENT", nargs="*", help=f"of {', '.join(components)}")
    wanted = set()
    for name in parser.parse_args(arguments).components or components:
        if name not in components:
            parser.error(f"there is no component {name}; there are {', '.join(components)}")
        wanted |= {*components[name]}
    for document in policies(name for name in rows if name in wanted):
        sys.stdout.write(text(document))


if __name__ == "__main__":
    main(sys.argv[1:])

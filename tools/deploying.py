"""Writes the policy of the deploying identity into `docs/deploying.md`, or prints it for some components.

python -m tools.deploying [COMPONENT...]
"""

import json
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_suffix(".toml")
PAGE = Path(__file__).parents[1] / "docs" / "deploying.md"
START, END = "<!-- Written by `python -m tools.deploying`. -->\n", "<!-- Until here. -->\n"
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


def section() -> str:
    """What the page says between its two marks."""
    components, rows = load()
    lines = ["| component | statements |", "|---|---|"]
    lines += [f"| `{name}` | {', '.join(found)} |" for name, found in components.items()]
    lines += ["", "| statement | resources | where AWS says so |", "|---|---|---|"]
    for name, row in rows.items():
        resources = ", ".join(f"`{resource}`" for resource in row["resources"])
        lines.append(f"| {name} | {resources} | [{row['page'].rpartition('/')[2]}]({row['page']}) |")
    blocks = "".join(f"\n```json\n{text(document)}```\n" for document in policies(rows))
    return "\n".join(lines) + "\n" + blocks


def page() -> str:
    """The page as it should be."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    return f"{before}{START}\n{section()}\n{END}{rest.partition(END)[2]}"


def main() -> None:
    """Write the page, or print what the named components need."""
    components = load()[0]
    if not sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
        return
    for name in sys.argv[1:]:
        if name not in components:
            raise SystemExit(f"error: there is no component {name}; there are {', '.join(components)}")
    wanted = {statement for name in sys.argv[1:] for statement in components[name]}
    for document in policies(name for name in load()[1] if name in wanted):
        sys.stdout.write(text(document))


if __name__ == "__main__":
    main()

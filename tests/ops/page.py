"""docs/operations.md, as far as it is about the command: its rows, its exit codes and its policies."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.package.build import ROOT

TEXT = (ROOT / "docs" / "operations.md").read_text()
ROWS = re.findall(r"^\| `(countersign [^`]+)` \| (.+) \|$", TEXT, re.MULTILINE)
"""A command, and what it does."""
EXITS = {int(code): said for code, said in re.findall(r"^\| ([0-9]+) \| (.+) \|$", TEXT, re.MULTILINE)}
POLICIES: list[Mapping[str, Any]] = [
    json.loads(text) for text in re.findall(r"```json\n(\{.*?)```", TEXT, re.DOTALL)
]
"""Of who may look, act, and redrive."""


def statements(policy: Mapping[str, Any], resources: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """The statements with these resources for its words, without conditions."""
    filled = []
    for statement in policy["Statement"]:
        words = statement["Resource"]
        named = [
            f"{resource}{word.removeprefix(name)}"
            for word in ([words] if isinstance(words, str) else words)
            for name in (re.match(r"[A-Z_]*", word)[0],)  # type: ignore[index]
            for resource in (resources[name] if name else [""])
        ]
        filled.append({**statement, "Resource": named})
        filled[-1].pop("Condition", None)
    return filled

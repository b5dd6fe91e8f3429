"""Which fields a state, a machine and the objects in them have, and what each may hold: `fields.csv`.

| column | what stands there |
|---|---|
| field | its name |
| holds | a word that is in `values.CHECKERS`, or values and limits: see `values.checker` |
| JSONPath, JSONata | what has the field, in each query language |
| rules | `required`, `alternative` (there is one of those), `distributed` (Map), `not:` what it excludes |

https://states-language.net/#state-type-table
"""

import csv
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ..report.values import did_you_mean, show
from . import values
from .scope import Site


class Field(NamedTuple):
    """A field: what checks its value, its rules, and the field that it excludes, or nothing."""

    check: values.Checker
    rules: list[str]
    excludes: str


Table = dict[str, Field]


@cache
def tables() -> dict[str, tuple[Table, Table]]:
    """What has fields → its fields in JSONPath and in JSONata."""
    found: dict[str, tuple[Table, Table]] = {}
    with Path(__file__).with_name("fields.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            excludes = row["rules"].partition("not:")[2]
            field = Field(values.checker(row["holds"]), row["rules"].split(), excludes)
            for index, language in enumerate(("JSONPath", "JSONata")):
                for kind in row[language].split():
                    found.setdefault(kind, ({}, {}))[index][row["field"]] = field
    for table, _ in found.values():
        values.BY_PATH.update(name for name in table if f"{name}Path" in table)
    return found


def of(kind: str, *, jsonata: bool) -> tuple[Table, Table]:
    """The fields that something has here, and those that it would have in the other query language."""
    path, other = tables()[kind]
    return (other, path) if jsonata else (path, other)


def check(site: Site, at: str, one: dict[str, Any], kind: str) -> None:
    """Check the fields of an object in a state, such as a retrier or an ItemReader."""
    table, other = of(kind, jsonata=site.jsonata)
    for name, item in one.items():
        if name in table:
            table[name].check(site, f"{at}.{name}", item)
        elif name in other:
            here, there = site.languages
            message = f"{name} is {there}, and this state is {here}"
            same = name.removesuffix("Path")
            computed = f"{same} with {{% … %}}" if same in table else ""
            fix = f"use {computed or ' or '.join(sorted(table.keys() - other.keys()))}"
            site.add("query-language", f"{at}.{name}", message, fix)
        else:
            fix = did_you_mean(name, table, 0.7) or f"use {', '.join(table)}"
            site.add("unknown-field", f"{at}.{name}", f"there is no field {show(name)} here", fix)
    exclusive(site, f"{at}.", one, kind)


def exclusive(site: Site, at: str, given: dict[str, Any], kind: str) -> None:
    """Check that no field stands beside one that it excludes."""
    table, _ = of(kind, jsonata=site.jsonata)
    for name, field in table.items():
        if field.excludes in given and name in given:
            message = f"{field.excludes} and {name} exclude each other"
            site.add("exclusive-fields", f"{at}{name}", message, "remove one of them")


def part_of(site: Site, around: Any, at: str) -> dict[str, Any] | None:
    """Check the fields of an object in a state, or in one of its objects, and give it.

    It is empty where there is none, and None where it is not known.
    """
    kind = at.rpartition(".")[2]
    part = around.get(kind, {}) if isinstance(around, dict) else {}
    if not isinstance(part, dict):
        values.wrong_type(site, at, part, "an object")
        return None
    check(site, at, part, kind)
    return part


@cache
def marked(kind: str, rule: str) -> list[str]:
    """The fields that have a rule, of JSONPath where there are more of them."""
    return [name for name, field in tables()[kind][0].items() if rule in field.rules]

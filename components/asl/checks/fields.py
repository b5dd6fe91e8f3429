"""Which fields a state, a machine and the objects in them have, and what each may hold: `fields.csv`.

| column | what stands there |
|---|---|
| field | its name |
| holds | a word that is in `values.CHECKERS`, or values and limits: see `values.checker` |
| JSONPath, JSONata | what has the field, in each query language |
| rules | `required`, `alternative` (there is one of those), `distributed` (Map), `not:` what it excludes |

https://states-language.net/#state-type-table
"""

from functools import cache
from typing import Any, NamedTuple

from ..report.values import did_you_mean, show
from ..tables import rows
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
    for row in rows(__file__, "fields.csv"):
        rules, _, excludes = row["rules"].replace("not:", "not :").partition(":")
        field = Field(values.checker(row["holds"]), rules.split(), excludes)
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


def check(site: Site, at: str, given: dict[str, Any], kind: str) -> None:
    """Check the fields of a state or the definition (`at` is empty), or of an object such as a retrier."""
    table, other = of(kind, jsonata=site.jsonata)
    what = f"a {kind} state" if kind == site.kind else f"a {kind}" if kind.islower() else kind
    prefix = f"{at}." if at else ""
    for name, item in given.items():
        if name in table:
            table[name].check(site, f"{prefix}{name}", item)
        elif name in other:
            foreign(site, f"{prefix}{name}", table)
        else:
            fix = did_you_mean(name, table, 0.7) or f"it may have {', '.join(table)}"
            site.add("unknown-field", f"{prefix}{name}", f"{what} has no field {show(name)}", fix)
    for name in marked(kind, "required", jsonata=site.jsonata):
        if name not in given:
            site.add("missing-field", f"{prefix}{name}", f"{what} needs {name}", f"give {name}")
    alternatives = marked(kind, "alternative", jsonata=site.jsonata)
    chosen = [name for name in alternatives if name in given]
    if alternatives and not chosen:
        message = f"{what} needs {' or '.join(alternatives)}"
        site.add("missing-field", at, message, "give one of them")
    pairs = [(chosen[0], name) for name in chosen[1:]]
    pairs += [(table[name].excludes, name) for name in marked(kind, "not", jsonata=site.jsonata)]
    for one, another in pairs:
        if one in given and another in given:
            message = f"{one} and {another} exclude each other"
            site.add("exclusive-fields", f"{prefix}{another}", message, "remove one of them")


def foreign(site: Site, at: str, table: Table) -> None:
    """Report a field of the other query language; `table` has those of this one."""
    here, there = site.languages
    name = at.rpartition(".")[2]
    same = name.removesuffix("Path")
    fix = f"use {same} with {{% … %}}" if site.jsonata and same in table else f"use the fields of {here}"
    if not site.scope.shared.jsonata:  # A JSONata machine has no JSONPath states.
        fix = f'{fix}, or set "QueryLanguage": "{there}"'
    site.add("query-language", at, f"{name} is {there}, and this state is {here}", fix)


def part_of(site: Site, around: Any, at: str) -> dict[str, Any] | None:
    """Check the fields of an object in a state, or in one of its objects, and give it.

    It is empty where there is none, and None where it is not known.
    """
    kind = at.rpartition(".")[2]
    if not isinstance(around, dict) or kind not in around:
        return {}
    part = around[kind]
    if not isinstance(part, dict):
        values.wrong_type(site, at, part, "an object")
        return None
    check(site, at, part, kind)
    return part


@cache
def marked(kind: str, rule: str, *, jsonata: bool) -> list[str]:
    """The fields that have a rule; `not` for those that exclude another."""
    table, _ = of(kind, jsonata=jsonata)
    return [name for name, field in table.items() if rule in field.rules]

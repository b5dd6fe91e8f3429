"""Which fields a state, a machine and the objects in them have, and what each may hold: `fields.csv`.

| column | what stands there |
|---|---|
| field | its name |
| holds | a word that is in `values.CHECKERS`, or values and limits: see `values.checker` |
| JSONPath, JSONata | what has the field, in each query language |
| rules | `required`, `alternative` (there is one of those), `distributed` (Map), `not:` what it excludes |

https://states-language.net/#state-type-table
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ..report.display import did_you_mean, show
from ..tables import rows
from . import values
from .scope import Site


@dataclass(slots=True)
class Table:
    """The fields that something has in one query language.

    checks: field → what checks its value, or None where that is done elsewhere.
    required, distributed, alternative: the fields with these rules.
    excludes: field → the field that it excludes.
    """

    checks: dict[str, values.Checker | None] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    distributed: list[str] = field(default_factory=list)
    alternative: list[str] = field(default_factory=list)
    excludes: dict[str, str] = field(default_factory=dict)


@cache
def _tables() -> dict[str, tuple[Table, Table]]:
    """What has fields → its fields in JSONPath and in JSONata."""
    found: dict[str, tuple[Table, Table]] = {}
    for row in rows(__file__, "fields.csv"):
        check, name = values.checker(row["holds"]), row["field"]
        rules, _, excludes = row["rules"].partition("not:")
        for index, language in enumerate(("JSONPath", "JSONata")):
            for kind in row[language].split():
                table = found.setdefault(kind, (Table(), Table()))[index]
                table.checks[name] = check
                if excludes:
                    table.excludes[name] = excludes
                for rule in rules.split():
                    getattr(table, rule).append(name)
    for table, _ in found.values():
        values.BY_PATH.update(name for name in table.checks if f"{name}Path" in table.checks)
    return found


def table_of(kind: str, *, jsonata: bool) -> Table:
    """The fields that something has."""
    return _tables()[kind][jsonata]


def check(site: Site, at: str, given: dict[str, Any], kind: str) -> None:
    """Check the fields of a state or the definition (`at` is empty), or of an object such as a retrier."""
    table = _tables()[kind][site.jsonata]
    prefix = f"{at}." if at else ""
    checks = table.checks
    for name, item in given.items():
        if name in checks:
            check_value = checks[name]
            if check_value is not None:
                check_value(site, prefix + name, item)
        elif name in _tables()[kind][not site.jsonata].checks:
            foreign(site, prefix + name, table)
        else:
            fix = did_you_mean(name, checks, 0.7) or f"it may have {', '.join(checks)}"
            site.add("unknown-field", prefix + name, f"{_what(site, kind)} has no field {show(name)}", fix)
    for name in table.required:
        if name not in given:
            site.add("missing-field", prefix + name, f"{_what(site, kind)} needs {name}", f"give {name}")
    if table.alternative or not table.excludes.keys().isdisjoint(given):
        _exclusive(site, at, given, kind, table)


def _what(site: Site, kind: str) -> str:
    return f"a {kind} state" if kind == site.kind else f"a {kind}" if kind.islower() else kind


def _exclusive(site: Site, at: str, given: dict[str, Any], kind: str, table: Table) -> None:
    """Check the fields of which there is one, and those that exclude one another."""
    chosen = [name for name in table.alternative if name in given]
    if table.alternative and not chosen:
        message = f"{_what(site, kind)} needs {' or '.join(table.alternative)}"
        site.add("missing-field", at, message, "give one of them")
    pairs = [(chosen[0], name) for name in chosen[1:]]
    pairs += [(one, name) for name, one in table.excludes.items() if name in given and one in given]
    for one, another in pairs:
        message = f"{one} and {another} exclude each other"
        place = f"{at}.{another}" if at else another
        site.add("exclusive-fields", place, message, "remove one of them")


def foreign(site: Site, at: str, table: Table) -> None:
    """Report a field of the other query language; `table` has those of this one."""
    here, there = ("JSONata", "JSONPath") if site.jsonata else ("JSONPath", "JSONata")
    name = at.rpartition(".")[2]
    same = name.removesuffix("Path")
    fix = (
        f"use {same} with {{% … %}}" if site.jsonata and same in table.checks else f"use the fields of {here}"
    )
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

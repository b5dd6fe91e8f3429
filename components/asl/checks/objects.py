"""The objects in a state (a retrier, an ItemReader): their fields, by table, and what excludes what."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from ..report.values import Unknown, show
from . import values
from .scope import Site


def fields(
    site: Site,
    at: str,
    one: dict[str, Any],
    table: dict[str, values.Checker],
    other: Mapping[str, values.Checker] = MappingProxyType({}),
) -> None:
    """Check the fields of an object against their table; `other` is that of the other query language."""
    for name, item in one.items():
        check = table.get(name)
        if check is None and name in other:
            here, there = ("JSONata", "JSONPath") if site.jsonata else ("JSONPath", "JSONata")
            message = f"{name} is {there}, and this state is {here}"
            fix = f"use {' or '.join(sorted(table.keys() - other.keys()))}"
            site.add("query-language", f"{at}.{name}", message, fix)
        elif check is None:
            near = get_close_matches(name, table, 1, 0.7)
            message = f"there is no field {show(name)} here"
            fix = f"did you mean {near[0]}?" if near else f"use {', '.join(table)}"
            site.add("unknown-field", f"{at}.{name}", message, fix)
        else:
            check(site, f"{at}.{name}", item)


def part_of(site: Site, name: str, table: dict[str, values.Checker]) -> dict[str, Any]:
    """Check the fields of one object of a state, and give it; empty where there is none."""
    part = site.state.get(name, Unknown(""))
    if not isinstance(part, dict):
        values.wrong_type(site, name, part, "an object")
        return {}
    fields(site, name, part, table)
    wrong, right = ("Parameters", "Arguments") if site.jsonata else ("Arguments", "Parameters")
    if wrong in part:
        message = f"{wrong} is of the other query language"
        site.add("query-language", f"{name}.{wrong}", message, f"use {right}")
    return part


def config_of(
    site: Site, part: dict[str, Any], at: str, table: dict[str, values.Checker]
) -> dict[str, Any] | None:
    """Check the settings in an object, and give them; None where they are not known."""
    config = part.get(at.rpartition(".")[2], {})
    if isinstance(config, dict):
        fields(site, at, config, table)
        return config
    values.wrong_type(site, at, config, "an object")
    return None


def no_paths(site: Site, at: str, part: dict[str, Any]) -> None:
    """A JSONata state has no fields for paths."""
    for field in part if site.jsonata else ():
        if field.endswith("Path"):
            message = f"{field} is JSONPath, and this state is JSONata"
            fix = f"use {field.removesuffix('Path')} with {{% … %}}"
            site.add("query-language", f"{at}.{field}", message, fix)


def exclusive(site: Site, at: str, part: dict[str, Any], one: str, other: str) -> None:
    """Of two fields there may be one."""
    if one in part and other in part:
        path = f"{at}.{other}" if at else other
        site.add("exclusive-fields", path, f"{one} and {other} exclude each other", "remove one of them")

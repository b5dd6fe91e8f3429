"""Choice states: rules, comparisons, and the default."""

from typing import Any

from ..report.display import did_you_mean, show
from . import expressions, values
from .scope import Site

_AROUND = frozenset({"Variable", "Next", "Comment", "Assign", "Output"})


def choices(site: Site, field: str, value: Any) -> None:
    """Check the rules of a Choice; where they lead is the graph's affair."""
    if value == []:
        site.add("field-value", field, "must have at least one rule, got none", "add a rule, or use a Pass")
    for at, rule in values.objects(site, field, value):
        if "Next" not in rule:
            site.add("choice-rule", at, "the rule has no Next", "name the state that goes on")
        elif not isinstance(rule["Next"], str):
            values.text(site, f"{at}.Next", rule["Next"])
        if site.jsonata:
            _condition(site, at, rule)
        else:
            _rule(site, at, rule, nested=False)
        if "Assign" in rule:
            values.assignments(site, f"{at}.Assign", rule["Assign"])


def _condition(site: Site, at: str, rule: dict[str, Any]) -> None:
    foreign = next((name for name in rule if name in _OPERATORS or name == "Variable"), None)
    if foreign is not None:  # One finding: the rest of the rule is as it should be, in the other language.
        message = f"{foreign} is JSONPath, the state is JSONata"
        site.add("query-language", f"{at}.{foreign}", message, "write a Condition")
        return
    if "Condition" not in rule:
        site.add("choice-rule", at, "the rule has no Condition", "write Condition: {% … %}")
    for name, item in rule.items():
        if name == "Condition":
            if isinstance(item, str):
                expressions.jsonata(site, f"{at}.{name}", item)
            elif not isinstance(item, bool):
                values.wrong_type(site, f"{at}.{name}", item, "an expression or a boolean")
        elif name == "Output":
            expressions.template(site, f"{at}.{name}", item)
        elif name not in _AROUND:
            message = f"there is no field {show(name)} here"
            site.add("unknown-field", f"{at}.{name}", message, "use Condition, Next, Assign")


def _rule(site: Site, at: str, rule: dict[str, Any], *, nested: bool) -> None:
    if "Condition" in rule or "Output" in rule:
        name = "Condition" if "Condition" in rule else "Output"
        message = f"{name} is JSONata, the state is JSONPath"
        site.add("query-language", f"{at}.{name}", message, "compare a Variable")
        return
    if nested and ("Next" in rule or "Assign" in rule):
        name = "Next" if "Next" in rule else "Assign"
        message = f"a rule inside another has no {name}"
        site.add("choice-rule", f"{at}.{name}", message, "put it on the outermost rule")
    operators = [name for name in rule if name not in _AROUND]
    if len(operators) != 1:
        message = f"a rule has one comparison, got {' and '.join(operators[:4]) or 'none'}"
        site.add("choice-rule", at, message, "combine comparisons with And or Or")
        return
    (operator,) = operators
    where = f"{at}.{operator}"
    if operator in _OPERATORS:
        _OPERATORS[operator](site, where, rule[operator])
    else:
        fix = did_you_mean(operator, _OPERATORS, 0.6) or "use one such as StringEquals"
        site.add("choice-operator", where, f"there is no comparison {show(operator)}", fix)
    if operator in _LOGIC:
        if "Variable" in rule:
            message = f"{operator} has no Variable"
            site.add("choice-rule", f"{at}.Variable", message, "put it on the rules inside")
    elif "Variable" in rule:
        values.path(site, f"{at}.Variable", rule["Variable"])
    else:
        site.add("choice-rule", at, "the rule has no Variable", "say what is compared")


def _not(site: Site, where: str, operand: Any) -> None:
    if isinstance(operand, dict):
        _rule(site, where, operand, nested=True)
    else:
        values.wrong_type(site, where, operand, "a rule")


def _all_or_any(site: Site, where: str, operand: Any) -> None:
    if operand == []:
        site.add("choice-rule", where, f"{where.rpartition('.')[2]} has no rules", "give at least one")
    for at, inner in values.objects(site, where, operand, "an array of rules", "a rule"):
        _rule(site, at, inner, nested=True)


def _number(site: Site, where: str, operand: Any) -> None:
    if not isinstance(operand, (int, float)) or isinstance(operand, bool):
        values.wrong_type(site, where, operand, "a number")


def _text(site: Site, where: str, operand: str) -> None:
    if operand.startswith(("$.", "$$.")) and expressions.is_data(operand):
        path = f"{where.rpartition('.')[2]}Path"
        fix = f"use {path}" if path in _OPERATORS else "compare with a text"
        site.add("literal-path", where, f"{show(operand)} is compared as this text", fix)


_LOGIC = {"And": _all_or_any, "Or": _all_or_any, "Not": _not}
_COMPARED: dict[str, values.Checker] = {
    "String": values.typed("a string", str, _text),
    "Numeric": _number,
    "Timestamp": values.typed("a string", str, values.timestamp),
}
_ORDERED = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
_COMPARISONS = {f"{kind}{one}": check for kind, check in _COMPARED.items() for one in _ORDERED}
_COMPARISONS["BooleanEquals"] = values.flag
_TESTS = ("IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp")
_OPERATORS: dict[str, values.Checker] = {
    **_LOGIC,
    **_COMPARISONS,
    **dict.fromkeys((f"{name}Path" for name in _COMPARISONS), values.path),
    "StringMatches": _COMPARED["String"],
    **dict.fromkeys(_TESTS, values.flag),
}
"""Comparison → what checks its operand."""

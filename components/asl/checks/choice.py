"""Choice states: rules, comparisons, and the default."""

from typing import Any

from ..report.values import Unknown, did_you_mean, show
from . import expressions, values
from .scope import Site

_COMPARISONS = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
_TESTS = frozenset({"IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"})
_OPERANDS: dict[str, str] = {
    **{f"{kind}{one}": kind for kind in ("String", "Numeric", "Timestamp") for one in _COMPARISONS},
    "BooleanEquals": "Boolean",
    "StringMatches": "String",
    **dict.fromkeys(_TESTS, "Boolean"),
}
_PATHS = frozenset(f"{name}Path" for name in _OPERANDS if name not in _TESTS and name != "StringMatches")
_LOGIC = frozenset({"And", "Or", "Not"})
_OPERATORS = frozenset(_OPERANDS) | _PATHS | _LOGIC
_FOLDED = {name.casefold(): name for name in _OPERATORS}
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
    operators = [name for name in rule if name not in _AROUND and name != "Condition"]
    if "Condition" in rule or "Output" in rule:
        name = "Condition" if "Condition" in rule else "Output"
        message = f"{name} is JSONata, the state is JSONPath"
        site.add("query-language", f"{at}.{name}", message, "compare a Variable")
        return
    if nested and ("Next" in rule or "Assign" in rule):
        name = "Next" if "Next" in rule else "Assign"
        message = f"a rule inside another has no {name}"
        site.add("choice-rule", f"{at}.{name}", message, "put it on the outermost rule")
    if len(operators) != 1:
        got = " and ".join(operators[:4]) or "none"
        site.add(
            "choice-rule", at, f"a rule has one comparison, got {got}", "combine comparisons with And or Or"
        )
        return
    operator = operators[0]
    operand = rule[operator]
    where = f"{at}.{operator}"
    if operator not in _OPERATORS:
        near = _FOLDED.get(operator.casefold(), operator)
        fix = did_you_mean(near, _OPERATORS, 0.6) or "use one such as StringEquals"
        site.add("choice-operator", where, f"there is no comparison {show(operator)}", fix)
    elif operator in _LOGIC:
        _logic(site, where, operator, operand)
        if "Variable" in rule:
            site.add(
                "choice-rule", f"{at}.Variable", f"{operator} has no Variable", "put it on the rules inside"
            )
        return
    elif operator in _PATHS:
        values.path(site, where, operand)
    else:
        _operand(site, where, _OPERANDS[operator], operand)
    if "Variable" not in rule:
        site.add("choice-rule", at, "the rule has no Variable", "say what is compared")
    else:
        values.path(site, f"{at}.Variable", rule["Variable"])


def _logic(site: Site, where: str, operator: str, operand: Any) -> None:
    if operator == "Not":
        if isinstance(operand, dict):
            _rule(site, where, operand, nested=True)
        else:
            values.wrong_type(site, where, operand, "a rule")
        return
    if operand == []:
        site.add("choice-rule", where, f"{operator} has no rules", "give at least one")
    for at, inner in values.objects(site, where, operand, "an array of rules", "a rule"):
        _rule(site, at, inner, nested=True)


def _operand(site: Site, where: str, kind: str, operand: Any) -> None:
    if isinstance(operand, Unknown):
        return
    if kind == "Boolean":
        if not isinstance(operand, bool):
            values.wrong_type(site, where, operand, "true or false")
    elif kind == "Numeric":
        if not isinstance(operand, int | float) or isinstance(operand, bool):
            values.wrong_type(site, where, operand, "a number")
    elif not isinstance(operand, str):
        values.wrong_type(site, where, operand, "a string")
    elif kind == "Timestamp":
        values.timestamp(site, where, operand)
    elif operand.startswith(("$.", "$$.")) and expressions.is_data(operand):
        operator = where.rpartition(".")[2]
        message = f"{show(operand)} is compared as this text"
        fix = f"use {operator}Path" if f"{operator}Path" in _PATHS else "compare with a text"
        site.add("literal-path", where, message, fix)

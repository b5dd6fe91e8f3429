"""The context object: which fields it has, and where.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
"""

from collections.abc import Sequence

from ..report.display import did_you_mean

_EXECUTION = "Id Input Name RoleArn StartTime RedriveCount RedriveTime RedriveStatus RedriveStatusReason"
_FIELDS = {
    "$$": ["Execution", "State", "StateMachine", "Task", "Map"],
    "$$.Execution": _EXECUTION.split(),
    "$$.State": ["EnteredTime", "Name", "RetryCount"],
    "$$.StateMachine": ["Id", "Name"],
    "$$.Task": ["Token"],
    "$$.Map": ["Item"],
    "$$.Map.Item": ["Index", "Key", "Source", "Value"],
}
ALWAYS = frozenset(
    f"{around}.{name}"
    for around in ("$$.Execution", "$$.State", "$$.StateMachine")
    for name in _FIELDS[around]
)
"""The paths that are right wherever they stand."""
_DATA = ("$$.Execution.Input", "$$.Map.Item.Value")
"""What the data decides of which fields there are."""


def problem(names: Sequence[str]) -> tuple[str, str] | None:
    """What is wrong with a path into the context object, and what to do; None when it is right."""
    walked = "$$"
    for name in names:
        if walked in _DATA:
            return None
        fields = _FIELDS.get(walked)
        if fields is None:
            return f"{walked} has no fields", f"end the path at {walked}"
        if name not in fields:
            fix = did_you_mean(name, fields, 0.6) or f"use one of {', '.join(fields)}"
            return f"{walked} has no field {name[:80]}", fix
        walked = f"{walked}.{name}"
    return None

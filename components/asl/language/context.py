"""The context object: which fields it has, and where.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
"""

from collections.abc import Sequence

from ..report.values import did_you_mean

_Fields = dict[str, "_Fields | None"]

_TREE: _Fields = {
    "Execution": {
        "Id": None,
        "Input": {},
        "Name": None,
        "RoleArn": None,
        "StartTime": None,
        "RedriveCount": None,
        "RedriveTime": None,
        "RedriveStatus": None,
        "RedriveStatusReason": None,
    },
    "State": {"EnteredTime": None, "Name": None, "RetryCount": None},
    "StateMachine": {"Id": None, "Name": None},
    "Task": {"Token": None},
    "Map": {
        "Item": {"Index": None, "Key": None, "Source": None, "Value": {}},
    },
}
"""Field → its own fields: None where it has none, and an empty dict where the data decides."""


def problem(names: Sequence[str]) -> tuple[str, str] | None:
    """What is wrong with a path into the context object, and what to do; None when it is right."""
    fields: _Fields | None = _TREE
    walked = "$$"
    for name in names:
        if fields == {}:
            return None
        if fields is None:
            return f"{walked} has no fields", f"end the path at {walked}"
        if name not in fields:
            known = ", ".join(fields)
            same = next((one for one in fields if one.lower() == name.lower()), name)
            fix = did_you_mean(same, fields, 0.6) or f"use one of {known}"
            return f"{walked} has no field {name[:80]}", fix
        walked = f"{walked}.{name}"
        fields = fields[name]
    return None

"""How large data is that a definition writes out.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (input or output of a state)
https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html (the variables of one Assign)
"""

import json
from contextlib import suppress
from typing import Any

from ..report.values import Unknown

LARGEST = 262_144
"""Bytes of UTF-8."""

_BYTES_OF_A_CHARACTER = 4


def least(node: Any, *, jsonata: bool | None = None) -> int:
    """The bytes that data has at the least, as JSON; 0 where it is plainly small.

    jsonata: in which query language it is a template, None if it is none. What is computed counts as a byte.
    """
    with suppress(ValueError):  # Python writes no number of more than 4,300 digits.
        if _BYTES_OF_A_CHARACTER * len(repr(node)) <= LARGEST:
            return 0
    return _least(node, jsonata)


def _least(node: Any, jsonata: bool | None) -> int:
    if isinstance(node, dict):
        size = max(len(node), 1) + 1
        for key, item in node.items():
            computed = jsonata is False and key.endswith(".$")
            size += _text(key.removesuffix(".$") if computed else key) + 1
            size += 1 if computed else _least(item, jsonata)
        return size
    if isinstance(node, list):
        return max(len(node), 1) + 1 + sum(_least(item, jsonata) for item in node)
    if isinstance(node, Unknown) or (jsonata and isinstance(node, str) and node.startswith("{%")):
        return 1
    if type(node) is int:
        return node.bit_length() * 3 // 10 + 1  # A digit has 3.3 bits.
    return _text(node)


def _text(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))

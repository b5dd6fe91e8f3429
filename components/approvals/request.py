"""What a workflow asks of an ApprovalApi, as the `Request` of a wait state."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from countersign_contract.approvals import request as contract
from countersign_contract.approvals.addresses import different

from ..asl import JSONATA, is_expression, is_path
from ..common.checks import ArgumentError
from ..common.templates import is_template, subject_filled_in
from .asking import Asking


def approval_request(asked: Mapping[str, Any], asking: Asking, query_language: str) -> dict[str, Any]:
    """The request of `asked`: `subject`, `details`, `fields`, `approvers`, `quorum`, `requester`.

    `asking` is the instance's. What the intake would refuse of it, whatever is looked up, is refused here:
    ArgumentError names the argument, the rule and the value. In JSONPath, strings that begin with `$` or
    `States.` are looked up, and `{$.path}` in a subject is filled in.
    """
    by_path = query_language != JSONATA
    given = {key: value for key, value in asked.items() if value is not None}
    later = {key for key, value in given.items() if _is_looked_up(value, by_path)}
    if by_path and is_template(asked["subject"]):
        later.add("subject")
    rules = None
    first, later_ones = _known(asking.approvers), _known(asking.later)
    if isinstance(asking.quorum, int) and first is not None and later_ones is not None:
        rules = contract.Rules(first, later_ones, asking.quorum)
    try:
        contract.check(given, rules, later)
    except contract.InvalidAsk as problem:
        raise ArgumentError(str(problem)) from None
    if rules is None:
        _check_quorum(given.get("quorum", asking.quorum), given.get("approvers", asking.approvers))
    given["subject"] = subject_filled_in(given["subject"]) if by_path else given["subject"]
    return {f"{key}.$" if by_path and is_path(value) else key: value for key, value in given.items()}


def _known(addresses: Sequence[pulumi.Input[str]]) -> tuple[str, ...] | None:
    """The addresses, if all of them are known."""
    known = tuple(each for each in addresses if isinstance(each, str))
    return known if len(known) == len(addresses) else None


def _is_looked_up(value: Any, by_path: bool, *, inside: bool = False) -> bool:
    """Whether a value, or something in it, is only known later: an Output, a path or an expression."""
    if isinstance(value, pulumi.Output):
        return True
    if isinstance(value, Mapping):
        return any(
            (by_path and str(key).endswith(".$")) or _is_looked_up(each, by_path, inside=True)
            for key, each in value.items()
        )
    if isinstance(value, list | tuple):
        return any(_is_looked_up(each, by_path, inside=True) for each in value)
    if not by_path:
        return is_expression(value)
    return not inside and is_path(value)


def _check_quorum(quorum: Any, approvers: Any) -> None:
    """Refuse a quorum that different people cannot reach, where not all of them are known."""
    if not isinstance(quorum, int) or isinstance(approvers, str) or not isinstance(approvers, Sequence):
        return
    known = [each for each in approvers if isinstance(each, str)]
    most = len(different(known)) + len(approvers) - len(known)
    if not 1 <= quorum <= most:
        people = f"between 1 and {most}, as so many people are asked"
        raise ArgumentError(f"quorum must be {people}, got {quorum!r}")

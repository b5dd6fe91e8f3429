"""What a workflow asks of an ApprovalApi, as the `Request` of a wait state."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pulumi

from countersign_contract.approvals import request as contract
from countersign_contract.approvals.addresses import different

from ..asl import JSONATA, is_expression, is_path
from ..common.checks import ArgumentError
from ..common.templates import check_said, is_template, subject_filled_in
from .asking import Asking

_PLACES_OF_THE_TOKEN = re.compile(
    r"\$\$(\.Task(\.Token)?)?|\{%\s*\$states(\.context(\.Task(\.Token)?)?)?\s*%\}"
)
"""What a request must not look up: the intake refuses what holds the task token, which is in all of these."""


def approval_request(asked: Mapping[str, Any], asking: Asking, query_language: str) -> dict[str, Any]:
    """The request of `asked`: `subject`, `details`, `fields`, `approvers`, `quorum`, `requester`.

    `asking` is the instance's. What the intake would refuse of it, whatever is looked up, is refused here:
    ArgumentError names the argument, the rule and the value. In JSONPath, strings that begin with `$` or
    `States.` are looked up, and `{$.path}` in a subject is filled in.
    """
    by_path = query_language != JSONATA
    given = {key: value for key, value in asked.items() if value is not None}
    check_said("subject", asked["subject"], query_language)
    later = {key for key, value in given.items() if any(True for _ in _lookups(value, by_path))}
    for key, value in given.items():
        for place in _lookups(value, by_path):
            if isinstance(place, str) and _PLACES_OF_THE_TOKEN.fullmatch(place):
                raise ArgumentError(f"{key} must not hold the task token, the right to answer, got {place!r}")
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


def _lookups(value: Any, by_path: bool, *, inside: bool = False) -> Iterator[Any]:
    """What is only known later, of a value and of what is in it: Outputs, paths and expressions."""
    if isinstance(value, pulumi.Output):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if by_path and str(key).endswith(".$"):
                yield each
            else:
                yield from _lookups(each, by_path, inside=True)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _lookups(each, by_path, inside=True)
    elif not inside and is_path(value) if by_path else is_expression(value):
        yield value


def _check_quorum(quorum: Any, approvers: Any) -> None:
    """Refuse a quorum that different people cannot reach, where not all of them are known."""
    if not isinstance(quorum, int) or isinstance(approvers, str) or not isinstance(approvers, Sequence):
        return
    known = [each for each in approvers if isinstance(each, str)]
    most = len(different(known)) + len(approvers) - len(known)
    if not 1 <= quorum <= most:
        people = f"between 1 and {most}, as so many people are asked"
        raise ArgumentError(f"quorum must be {people}, got {quorum!r}")

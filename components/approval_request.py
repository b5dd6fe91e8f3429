"""What a workflow asks of an ApprovalApi, as the `Request` of a wait state."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import normalize

from .asl import JSONATA, is_path
from .checks import ArgumentError

FIELD_TYPES = ("text", "number", "choice", "boolean")
_PLACE = re.compile(r"\{(\$[^{}]*)\}")
_SPECIAL = re.compile(r"[\\'{}]")


def approval_request(
    subject: Any,
    *,
    details: Any,
    fields: Sequence[Mapping[str, Any]] | str,
    approvers: Sequence[Any] | str | None,
    quorum: Any,
    requester: Any,
    query_language: str,
) -> dict[str, Any]:
    """The request, checked as far as it is known; the intake checks the rest when it is asked.

    In JSONPath, strings that begin with `$` or `States.` are looked up, `{$.path}` in a subject is filled in.
    Raises ValueError naming the argument, the rule and the value.
    """
    if isinstance(subject, str) and not subject.strip():
        raise ArgumentError(f"subject must not be empty, got {subject!r}")
    if isinstance(fields, Sequence) and not isinstance(fields, str):
        _check_fields(fields)
    if isinstance(approvers, Sequence) and not approvers:
        raise ArgumentError(f"approvers must name at least one, got {approvers!r}")
    if isinstance(quorum, int) and (isinstance(quorum, bool) or quorum < 1):
        raise ArgumentError(f"quorum must be at least 1, got {quorum!r}")
    by_path = query_language != JSONATA
    asked = {
        "subject": _subject(subject) if by_path else subject,
        "details": details,
        "fields": fields or None,
        "approvers": approvers,
        "quorum": quorum,
        "requester": requester,
    }
    return {
        f"{key}.$" if by_path and is_path(value) else key: value
        for key, value in asked.items()
        if value is not None
    }


def spelt(address: str) -> str:
    """A mail address as it is compared (lambda_src/approvals/people.py): capitals and wide letters do not
    tell people apart."""
    return normalize("NFKC", normalize("NFKC", address).casefold())


def check_quorum(quorum: Any, approvers: Any) -> None:
    """Refuse a quorum that different people cannot reach, as far as both are known."""
    if not isinstance(quorum, int) or isinstance(approvers, str) or not isinstance(approvers, Sequence):
        return
    known = [spelt(each) for each in approvers if isinstance(each, str)]
    most = len(set(known)) + len(approvers) - len(known)
    if quorum > most:
        raise ArgumentError(f"quorum must be at most {most}, as so many people are asked, got {quorum!r}")


def _subject(subject: Any) -> Any:
    """`Release {$.version}` as `States.Format('Release {}', $.version)`."""
    if not isinstance(subject, str) or is_path(subject):
        return subject
    places = _PLACE.findall(subject)
    if not places:
        if "{}" in subject:
            raise ArgumentError(f"subject must say what goes into {{}}, as in {{$.version}}, got {subject!r}")
        return subject
    texts = [_SPECIAL.sub(r"\\\g<0>", text) for text in _PLACE.split(subject)[::2]]
    return f"States.Format('{'{}'.join(texts)}', {', '.join(places)})"


def _check_fields(fields: Sequence[Any]) -> None:
    names: list[Any] = []
    for position, field in enumerate(fields, start=1):
        if not isinstance(field, Mapping) or not isinstance(field.get("name"), str):
            raise ArgumentError(f"fields must each be a dict with a name, got {field!r} at {position}")
        kind = field.get("type", "text")
        if kind not in FIELD_TYPES:
            allowed = ", ".join(FIELD_TYPES)
            raise ArgumentError(f"fields: type of {field['name']} must be one of {allowed}, got {kind!r}")
        if field["name"] in names:
            raise ArgumentError(f"fields must have names of their own, got {field['name']!r} twice")
        names.append(field["name"])

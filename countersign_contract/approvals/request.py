"""What a workflow asks: the `Request` of a wait message, checked against whom this instance may ask.

    {"subject": "Release 1.4", "details": {...}, "fields": [...], "approvers": [...], "quorum": 2,
     "requester": "..."}

Only `subject` is required. Whatever is wrong fails the task at once with `InvalidApprovalRequest`: it cannot
get better by waiting, and nobody would be asked.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from . import fields
from .addresses import Unclear, different, same_person, without
from .fields import Field, InvalidField
from .text import one_line, seen

MAX_SUBJECT: Final = 500
MAX_REQUESTER: Final = 320
MAX_DETAILS_BYTES: Final = 262_144
"""A state's whole input is at most that: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

MAX_DEPTH: Final = 100
KEYS: Final = ("subject", "details", "fields", "approvers", "quorum", "requester")


class InvalidAsk(Exception):
    """A request that cannot be asked. The text names what is wrong, the rule and the value."""


@dataclass(frozen=True)
class Rules:
    """Whom an instance asks and may ask."""

    approvers: tuple[str, ...]
    escalation: tuple[str, ...] = ()
    quorum: int = 1


@dataclass(frozen=True)
class Ask:
    """What is asked, of whom."""

    subject: str
    details: Any
    fields: tuple[Field, ...]
    approvers: tuple[str, ...]
    escalation: tuple[str, ...]
    quorum: int
    requester: str
    specification: tuple[Mapping[str, Any], ...] = ()
    """The fields as the workflow wrote them."""

    def digest(self, state_name: str) -> str:
        """The same for two requests that ask the same in the same state."""
        content = [state_name, self.subject, self.details, self.specification, self.approvers, self.requester]
        text = json.dumps(content, sort_keys=True)
        return sha256(text.encode()).hexdigest()[:32]


def parse(request: object, rules: Rules) -> Ask:
    """What the workflow asks, or `InvalidAsk`."""
    if not isinstance(request, Mapping):
        raise InvalidAsk(f"the request must be an object with a subject, got {type(request).__name__}")
    if unknown := sorted(set(map(str, request)) - set(KEYS)):
        raise InvalidAsk(f"the request has an unknown {unknown[0]!r}; it may have {', '.join(KEYS)}")
    subject = _subject(request)
    requester = _requester(request)
    details = request.get("details")
    _check_details(details)
    asked_for = _fields(request)
    approvers = _approvers(request.get("approvers"), rules)
    others = _without(approvers, requester)
    escalation = different((*others, *_without(rules.escalation, requester)))[len(others) :]
    quorum = _quorum(request.get("quorum"), rules.quorum, approvers, others)
    specification = tuple(request.get("fields") or ())
    return Ask(subject, details, asked_for, others, escalation, quorum, requester, specification)


def check(request: Mapping[str, Any], rules: Rules | None, later: Collection[str] = ()) -> None:
    """Refuse, with `InvalidAsk`, what `parse` would refuse whatever the keys in `later` turn out to be.

    `rules` is None when it is not known yet whom an instance may ask.
    """
    if "subject" not in later:
        _subject(request)
    requester = "" if "requester" in later else _requester(request)
    if "details" not in later:
        _check_details(request.get("details"))
    if "fields" not in later:
        _fields(request)
    quorum = request.get("quorum")
    if "quorum" not in later and quorum is not None:
        _whole(quorum)
    if "approvers" in later or rules is None:
        return
    approvers = _approvers(request.get("approvers"), rules)
    others = _without(approvers, requester)
    if "quorum" not in later:
        _quorum(request.get("quorum"), rules.quorum, approvers, others)


def _subject(request: Mapping[Any, Any]) -> str:
    subject = one_line(_text(request, "subject", MAX_SUBJECT))
    if not seen(subject):
        raise InvalidAsk(f"subject must not be empty, got {request.get('subject')!r}")
    return subject


def _requester(request: Mapping[Any, Any]) -> str:
    return one_line(_text(request, "requester", MAX_REQUESTER))


def _fields(request: Mapping[Any, Any]) -> tuple[Field, ...]:
    try:
        return fields.parse(request.get("fields"))
    except InvalidField as problem:
        raise InvalidAsk(str(problem)) from None


def _without(approvers: Iterable[str], requester: str) -> tuple[str, ...]:
    try:
        return without(approvers, requester)
    except Unclear as problem:
        raise InvalidAsk(
            f"requester must be a mail address or hold none: it may be that of {problem.approver}, who could "
            f"then approve, got {requester!r}"
        ) from None


def _text(request: Mapping[Any, Any], key: str, limit: int) -> str:
    value = request.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidAsk(f"{key} must be text, got {type(value).__name__}")
    if len(value) > limit:
        raise InvalidAsk(f"{key} must have at most {limit} characters, got {len(value)}")
    return value


def _check_details(details: object) -> None:
    if _depth(details) > MAX_DEPTH:
        raise InvalidAsk(f"details must be nested at most {MAX_DEPTH} deep")
    try:
        text = json.dumps(details, ensure_ascii=False, allow_nan=False)
    except ValueError:
        # Such as 1e999, which is infinite here, and would be no JSON for those who ask for it.
        raise InvalidAsk("details must hold no number that is larger than a double can be") from None
    except TypeError as problem:
        raise InvalidAsk(f"details must be JSON: {problem}") from None
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_DETAILS_BYTES:
        raise InvalidAsk(f"details must have at most {MAX_DETAILS_BYTES} bytes of JSON, got {size}")


def _depth(value: object) -> int:
    deepest, left = 0, [(value, 1)]
    while left and deepest <= MAX_DEPTH:
        current, depth = left.pop()
        deepest = max(deepest, depth)
        if isinstance(current, Mapping):
            left += [(each, depth + 1) for each in current.values()]
        elif isinstance(current, list):
            left += [(each, depth + 1) for each in current]
    return deepest


def _approvers(named: object, rules: Rules) -> tuple[str, ...]:
    """Those named, in the spelling the instance knows them by, or everybody."""
    if named is None:
        return different(rules.approvers)
    if not isinstance(named, Sequence) or isinstance(named, str):
        raise InvalidAsk(f"approvers must be a list of mail addresses, got {type(named).__name__}")
    if not named:
        raise InvalidAsk("approvers must name at least one, got an empty list")
    known = (*rules.approvers, *rules.escalation)
    found: list[str] = []
    for each in named:
        match = next((one for one in known if isinstance(each, str) and same_person(one, each)), None)
        if match is None:
            raise InvalidAsk(f"approvers must be among those this instance may ask, got {each!r}")
        found.append(match)
    return different(found)


def _quorum(asked: object, default: int, approvers: tuple[str, ...], others: tuple[str, ...]) -> int:
    quorum = _whole(default if asked is None else asked)
    besides = "" if len(others) == len(approvers) else " besides the requester"
    if not 1 <= quorum <= len(others):
        raise InvalidAsk(
            f"quorum must be between 1 and {len(others)}, as so many people are asked{besides}, got {quorum}"
        )
    return quorum


def _whole(quorum: object) -> int:
    if not isinstance(quorum, int | float) or isinstance(quorum, bool) or quorum % 1 != 0:
        raise InvalidAsk(f"quorum must be a whole number, got {quorum!r}")
    return int(quorum)

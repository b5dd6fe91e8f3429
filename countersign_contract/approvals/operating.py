"""An operator's call of an ApprovalApi: where it goes, what may be said in it, and what comes of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .text import cut, one_line, seen

METHOD: Final = "POST"
PATH: Final = "/operator"
"""The route of the API that API Gateway lets through only with an IAM signature."""

REMIND: Final = "remind"
RESEND: Final = "resend"
CANCEL: Final = "cancel"
ACTIONS: Final = (REMIND, RESEND, CANCEL)

UNKNOWN: Final = "unknown"
FORGED: Final = "forged"
UNREACHABLE: Final = "unreachable"
HAS_DECIDED: Final = "has decided"
NOT_ASKED: Final = "not asked"
TOO_SOON: Final = "too soon"
REST_UNREACHABLE: Final = "rest unreachable"
WHY_NOT: Final[Mapping[str, str]] = {
    UNKNOWN: "there is no such request, or its time is over",
    FORGED: "none of the functions wrote the request as it is: somebody else wrote into the table",
    UNREACHABLE: "nobody who has not decided can be mailed",
    HAS_DECIDED: "this approver has decided",
    NOT_ASKED: "this approver is not asked",
    TOO_SOON: "whoever has not decided was mailed again within the last minute",
    REST_UNREACHABLE: "of those who have not decided, some cannot be mailed, and the others were within the "
    "last minute",
}
"""What an answer can say instead of the request's status, and what it means."""

MAX_REASON: Final = 500
MAX_APPROVER: Final = 320
"""Longer than an address can be."""

MAX_SAID: Final = 100
"""So much of what was said stands in an error."""

_REQUEST: Final = re.compile(r"[0-9a-f]{32}")


class InvalidCall(Exception):
    """A call that cannot be taken. The text names what, the rule and the value."""


@dataclass(frozen=True)
class Call:
    """What is asked: an action on a request, why (to cancel it), for which approver (to mail one again)."""

    action: str
    request: str
    reason: str = ""
    """On one line."""
    approver: str = ""
    """An address, or the number of an approver as `show` has it, from 0."""

    @classmethod
    def read(cls, said: Mapping[str, object]) -> "Call":
        """From what somebody says. `InvalidCall` for what the function would refuse."""
        action = said.get("action")
        if not isinstance(action, str) or action not in ACTIONS:
            raise InvalidCall(f"action must be {REMIND}, {RESEND} or {CANCEL}, got {_said(action)}")
        request = check_request(said.get("request"))
        reason = _line("reason", said.get("reason", ""), MAX_REASON)
        approver = _line("approver", said.get("approver", ""), MAX_APPROVER)
        if action == CANCEL:
            check_reason(reason)
        if action == RESEND and not seen(approver):
            raise InvalidCall("approver must be the address or the number of one approver, got nothing")
        if action != CANCEL and reason:
            raise InvalidCall(f"reason must not be given with {action}, got {_said(reason)}")
        if action != RESEND and approver:
            raise InvalidCall(f"approver must not be given with {action}, got {_said(approver)}")
        return cls(action, request, reason, approver)

    def told(self) -> dict[str, Any]:
        """As `read` reads it."""
        return {name: value for name, value in vars(self).items() if value}


def check_request(request_id: object) -> str:
    """The id of a request. `InvalidCall` for what is none."""
    if not isinstance(request_id, str) or not _REQUEST.fullmatch(request_id):
        raise InvalidCall(
            f"request must be an id of 32 hexadecimal digits, as `waiting` has it, got {_said(request_id)}"
        )
    return request_id


def check_reason(said: object) -> str:
    """Why something is ended, on one line. `InvalidCall` for what says nothing."""
    reason = _line("reason", said, MAX_REASON)
    if not seen(reason):
        raise InvalidCall("reason must say why it is ended, got nothing")
    return reason


def _said(value: object) -> str:
    """As an error has it."""
    return cut(repr(value), MAX_SAID)


def _line(name: str, said: object, longest: int) -> str:
    if not isinstance(said, str):
        raise InvalidCall(f"{name} must be a text, got {_said(said)}")
    line = one_line(said)
    if len(line) > longest:
        raise InvalidCall(f"{name} must have at most {longest} characters, got {len(line)}")
    return line

"""An operator's call of an ApprovalApi: where it goes, and what may be said in it."""

import re
from typing import Final

from .text import one_line, seen

METHOD: Final = "POST"
PATH: Final = "/operator"
"""The route of the API that API Gateway lets through only with an IAM signature."""

REMIND: Final = "remind"
CANCEL: Final = "cancel"

MAX_REASON: Final = 500

_REQUEST: Final = re.compile(r"[0-9a-f]{32}")


class InvalidCall(Exception):
    """A call that cannot be taken. The text names what, the rule and the value."""


def check(action: object, request_id: object, reason: object = "") -> tuple[str, str, str]:
    """What is asked (`remind` or `cancel`), of which request, and why, on one line; a reminder has no reason.

    `InvalidCall` for what the function would refuse.
    """
    if action not in (REMIND, CANCEL):
        raise InvalidCall(f"action must be {REMIND} or {CANCEL}, got {action!r}")
    known = check_request(request_id)
    if not isinstance(reason, str):
        raise InvalidCall(f"reason must be a text, got {reason!r}")
    said = one_line(reason)
    if action == CANCEL and not seen(said):
        raise InvalidCall("reason must say why the request is cancelled, got nothing")
    if action == REMIND and said:
        raise InvalidCall(f"reason must not be given with {REMIND}, got {said!r}")
    if len(said) > MAX_REASON:
        raise InvalidCall(f"reason must have at most {MAX_REASON} characters, got {len(said)}")
    return str(action), known, said


def check_request(request_id: object) -> str:
    """The id of a request. `InvalidCall` for what is none."""
    if not isinstance(request_id, str) or not _REQUEST.fullmatch(request_id):
        raise InvalidCall(
            f"request must be an id of 32 hexadecimal digits, as `waiting` has it, got {request_id!r}"
        )
    return request_id

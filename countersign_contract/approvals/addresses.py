"""Who is who, by mail address: two approvers are one person, a requester is an approver, or neither."""

import re
from collections.abc import Iterable
from unicodedata import category, normalize
from urllib.parse import unquote

_PLAIN = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[\w-]+(?:\.[\w-]+)+")
_WORD = r"[^@\s<>()\[\],;:\"\\]+"
_COMMENT = re.compile(r"\([^()]*\)")


class Unclear(Exception):
    """A requester who may or may not be this approver."""

    def __init__(self, approver: str) -> None:
        super().__init__(approver)
        self.approver = approver


def is_address(text: object) -> bool:
    """Whether this is one mail address, as a list of approvers takes it."""
    if not isinstance(text, str) or not text.isprintable() or text.endswith("."):
        return False
    return re.fullmatch(rf"{_WORD}@{_WORD}\.{_WORD}", text) is not None


def compared(text: str) -> str:
    """Text as addresses are compared: wide letters like others, and without what cannot be seen."""
    shown = (" " if category(each) == "Cc" else each for each in normalize("NFKC", text))
    seen = "".join(each for each in shown if category(each) != "Cf")
    return normalize("NFKC", seen.casefold()).strip().rstrip(".")


def same_person(address: str, other: str) -> bool:
    """Whether two mail addresses mean the same person: capitals and what cannot be seen do not matter."""
    return compared(address) == compared(other)


def different(addresses: Iterable[str]) -> tuple[str, ...]:
    """The first address of each person."""
    found: dict[str, str] = {}
    for address in addresses:
        found.setdefault(compared(address), address)
    return tuple(found.values())


def is_named(person: str, requester: str) -> bool:
    """Whether an approver's address stands in what says who asks: `Ann <ann@example.com>`, `mailto:...`, an
    ARN that ends with it. Never only a part of a longer address; in doubt about where one begins, it does."""
    return _whole(person).search(compared(unquote(requester))) is not None


def without(approvers: Iterable[str], requester: str) -> tuple[str, ...]:
    """The approvers who are not named as the requester.

    `Unclear` when one may be: the address is there but for spaces, quotes or the like, in what can be read
    neither as this address nor as another.
    """
    approvers = tuple(approvers)
    left = tuple(each for each in approvers if not is_named(each, requester))
    rest = compared(unquote(requester))
    for each in approvers:
        rest = _whole(each).sub(" | ", rest)
    rest = _PLAIN.sub(" | ", rest)
    for each in left:
        if any(_squeezed(each) in _squeezed(text) for text in (rest, _COMMENT.sub("", rest))):
            raise Unclear(each)
    return left


def _whole(person: str) -> re.Pattern[str]:
    """An address as a whole. Letters of other scripts end it: Korean puts them right behind it."""
    return re.compile(rf"(?<![a-z0-9_+-])(?<![a-z0-9_+-]\.){re.escape(compared(person))}(?![.-]*[a-z0-9_])")


def _squeezed(text: str) -> str:
    return "".join(each for each in compared(text) if each.isalnum() or each in "@|")

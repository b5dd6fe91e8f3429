"""Who is who, by mail address: two approvers are one person, a requester is an approver, or neither."""

import re
from collections.abc import Iterable
from html import unescape
from unicodedata import category, normalize
from urllib.parse import unquote

from .text import seen

_PLAIN = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[\w-]+(?:\.[\w-]+)+")
_WORD = r"[^@\s<>()\[\],;:\"\\]+"
_COMMENT = re.compile(r"\([^()]*\)")
_PUNYCODE = re.compile(r"(?<![\w-])xn--([a-z0-9-]+)")
"""A label of a domain as programs write it: https://www.rfc-editor.org/rfc/rfc5891#section-4.4"""

_LOOKALIKES = str.maketrans(
    # Cyrillic, Greek, Armenian, and Latin itself: https://www.unicode.org/reports/tr39/#Confusable_Detection
    "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440\u051b\u0455\u0475\u051d\u0445\u0443\u0433\u044c"
    "\u03b1\u03b3\u03b9\u03bd\u03bf\u03c1\u03c3\u03c5"
    "\u0585\u057d\u0578\u0570\u0581\u0566"
    "\u0131\u0251\u0261\u0269",
    "acdehijlopqsvwxyrbayivopouounhgqiagi",
)
_DOTS = {0x3002: ".", 0x0307: None}
"""The full stop of Chinese and Japanese divides domains too; the dot of a Turkish I is no letter."""

_LATIN = re.compile(r"[a-z]")
_FOREIGN = re.compile(r"[\u0370-\u058f]")
"""Greek, Cyrillic and Armenian, whose letters look like Latin ones."""


class Unclear(Exception):
    """A requester who may or may not be this approver."""

    def __init__(self, approver: str) -> None:
        super().__init__(approver)
        self.approver = approver


def is_address(text: object) -> bool:
    """Whether this is one mail address, as a list of approvers takes it."""
    if not isinstance(text, str) or not text.isprintable() or text.endswith("."):
        return False
    if re.fullmatch(rf"{_WORD}@{_WORD}\.{_WORD}", text) is None or seen(text) != text:
        return False
    # A word in two alphabets is written to be taken for another one.
    words = re.split(r"[\W_]+", _spelt(text))
    return not any(_LATIN.search(word) and _FOREIGN.search(word) for word in words)


def addressed(text: str) -> str:
    """An address as messages name it: SNS tells capitals apart. Lookalikes stay different."""
    return text.lower()


def compared(text: str) -> str:
    """Text as addresses are compared: capitals, wide letters, lookalikes and what cannot be seen make no
    difference, nor whether a domain is written as people or as programs do."""
    return _spelt(text).translate(_LOOKALIKES)


def _spelt(text: str) -> str:
    """Text in one spelling of each letter."""
    shown = "".join(" " if category(each) == "Cc" else each for each in normalize("NFKC", text))
    small = normalize("NFKC", seen(shown).casefold()).strip().rstrip(".")
    return normalize("NFKC", _PUNYCODE.sub(_decoded, small).casefold()).translate(_DOTS)


def _decoded(label: re.Match[str]) -> str:
    try:
        return label[1].encode().decode("punycode")
    except UnicodeError:
        return label[0]


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
    return any(_whole(person).search(compared(text)) for text in _readings(requester))


def without(approvers: Iterable[str], requester: str) -> tuple[str, ...]:
    """The approvers who are not named as the requester.

    `Unclear` when one may be: the address is there but for spaces, quotes or the like, in what can be read
    neither as this address nor as another.
    """
    approvers = tuple(approvers)
    left = tuple(each for each in approvers if not is_named(each, requester))
    for reading in _readings(requester):
        rest = compared(reading)
        for each in approvers:
            rest = _whole(each).sub(" | ", rest)
        rest = _PLAIN.sub(" | ", rest)
        for each in left:
            if any(_squeezed(each) in _squeezed(text) for text in (rest, _COMMENT.sub("", rest))):
                raise Unclear(each)
    return left


def _readings(text: str) -> list[str]:
    """What a text may mean, however often it was written for a link or a page: `r&reg@...` is an address."""
    found = [text]
    for read in (unquote, unescape) * 3:
        if (again := read(found[-1])) != found[-1]:
            found.append(again)
    return found


def _whole(person: str) -> re.Pattern[str]:
    """An address as a whole. Letters of other scripts end it: Korean puts them right behind it."""
    return re.compile(rf"(?<![a-z0-9_+-])(?<![a-z0-9_+-]\.){re.escape(compared(person))}(?![.-]*[a-z0-9_])")


def _squeezed(text: str) -> str:
    return "".join(each for each in compared(text) if each.isalnum() or each in "@|")

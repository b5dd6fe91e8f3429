"""Text that other people wrote, made safe to show: in a mail's subject, a mail's body, a page, an answer."""

import re
import time
from bisect import bisect_right
from itertools import accumulate
from typing import Final

# C0 and C1 controls, but for line feed and tab.
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BREAKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Embeddings, overrides and isolates turn the text around them; right-to-left letters do not need them.
_TURNING: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_HALVES: Final = re.compile(r"[\ud800-\udfff]")
# Unicode's Default_Ignorable_Code_Point, and the two that are as wide as a letter and as empty as a space:
# https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
_UNSEEN: Final = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# What mail programs make links of. Each stands for one character, which brackets then take out of the link.
_LINKING: Final = re.compile(
    # Not the beginning of an ARN, of which none does, and which people copy.
    r"(?P<arn>\barn:aws[a-z-]*:[a-z0-9-]+:(?:[a-z]{2}(?:-[a-z]+)+-[0-9])?:[0-9]*:(?!/))"
    r"|(?<=[A-Za-z]):(?=\S)|:(?=//)"  # a scheme and what follows it, whichever scheme: tel:, https://
    # A dot before a last label: a letter, whatever unseen stands before it, and another one or a mark.
    r"|(?<=\S)[.\u3002\uff0e\uff61](?=[^\w\s\x00-\x7f]*[^\W\d_](?:[A-Za-z]|[^\x00-\x7f\s]))"
    r"|(?<=\w)[.\u3002\uff0e\uff61](?=\w+(?:[.\u3002\uff0e\uff61]\w+){2})"  # an IP address has four labels
    r"|(?<=(?i:www|ftp))\.(?=\S)"  # with which a name alone is an address
    r"|\\(?=\\\S)"  # a share of a Windows machine
)
# What belongs to the character before it: combining marks, variation selectors, joiners, skin tones.
_JOINED: Final = re.compile(r"[\u0300-\u036f\u200d\u20d0-\u20ff\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")


def clean(text: str) -> str:
    """Lines of text without control characters, halves of characters and what turns text around."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _HALVES.sub("\ufffd", _TURNING.sub("", _CONTROLS.sub("", lines)))


def has_halves(text: str) -> bool:
    """Whether there is half a character in it, as JSON may have and no answer may."""
    return _HALVES.search(text) is not None


def seen(text: str) -> str:
    """Text without what nobody can see; empty when nothing can be seen of it."""
    return _UNSEEN.sub("", clean(text)).strip()


def unlinked(text: str) -> str:
    """Text of which no mail program makes a link: `https[:]//example[.]com`."""
    return _LINKING.sub(lambda found: found[0] if found["arn"] else f"[{found[0]}]", text)


def one_line(text: str) -> str:
    """The same on one line."""
    return clean(_BREAKS.sub(" ", text)).strip()


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, an emoji counting as two (UTF-16), never ending within a joined one."""
    units = list(accumulate(map(_units, text[: limit + 1])))
    if not units or units[-1] <= limit:
        return text
    kept = text[: bisect_right(units, limit - 1)]
    while kept and (_JOINED.match(text[len(kept)]) or kept.endswith("\u200d")):
        kept = kept[:-1]
    return kept.rstrip() + "…"


def timestamp(seconds: float) -> str:
    """UTC, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _units(character: str) -> int:
    return 2 if character > "\uffff" else 1

"""Web addresses that a requester gave: which become links, and what such a link shows."""

import re
from typing import Final

from .html import Html, tag

MAX_ADDRESS: Final = 2_000

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDRESS: Final = re.compile(
    # Behind the last dot a letter: what browsers take for an IP address, in whatever notation, is no link.
    rf"https://(?P<host>(?:{_LABEL}\.)*(?=[a-z]){_LABEL}(?::[0-9]{{1,5}})?)"
    r"(?P<rest>[/?#](?:(?![\"<>\\^`{|}])[!-~])*)?",
    re.IGNORECASE,
)


def web_link(text: str) -> Html | None:
    """A link, if all of the text is an https address whose host a reader sees as the browser will take it.

    No link has a name or password before the host, letters that look like others (a host in punycode is shown
    as that), a number for a host, or a space. The page that it leads to learns nothing of where it was.
    """
    found = _ADDRESS.fullmatch(text) if len(text) <= MAX_ADDRESS else None
    if found is None or len(found["host"]) > 253:
        return None
    return tag(
        "a",
        tag("b", found["host"].lower()),
        found["rest"],
        href=text,
        rel="noreferrer noopener",
        target="_blank",
        class_="out",
    )

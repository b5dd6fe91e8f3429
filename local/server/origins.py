"""Which HTTP requests a server on this machine answers: those of programs and of its own pages.

Any web page can make the browser that shows it send requests to 127.0.0.1. The browser says where they come
from, and a page cannot change what it says:

- ``Host`` is the name in the address. A name that was made to lead to 127.0.0.1 (DNS rebinding) stands there.
- ``Sec-Fetch-Site`` says how the sender and this server are related: https://www.w3.org/TR/fetch-metadata/.
  Another port of this machine is ``same-site``, and somebody else's page all the same.
- ``Origin`` is the sender. It is ``null`` for pages that keep their address to themselves, as ours do, and
  for pages in a sandbox: then ``Sec-Fetch-Site`` tells which.

Programs send none of these but ``Host``.
"""

import re
from collections.abc import Iterable

_HOST = re.compile(r"(127\.0\.0\.1|localhost)(:[0-9]{1,5})?")
_OWN = ("same-origin", "none")  # ``none``: a person typed the address, or followed a bookmark.
_READ = ("host", "origin", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest")


def refusal(method: str, headers: Iterable[tuple[str, str]], *, page: bool = False) -> str | None:
    """Why a request is not answered, in one line, or None if it is.

    ``page``: a GET of its path shows something to a person and changes nothing, so that links elsewhere (in a
    web mail, in the inbox) may lead there. It still may not be fetched or framed by another page.
    """
    sent: dict[str, str] = {}
    for name, value in headers:
        if (name := name.lower()) in _READ:
            # Joined, a header that came twice is none of the values that are let through.
            sent[name] = f"{sent[name]}, {value}" if name in sent else value
    host, site, origin = sent.get("host", ""), sent.get("sec-fetch-site"), sent.get("origin")
    if not _HOST.fullmatch(host):
        return f"Host must be 127.0.0.1 or localhost, got {_shown(host)}"
    if site is not None and site not in _OWN:
        if page and method == "GET" and origin is None and _opens_window(sent):
            return None
        return f"pages of another origin get no answer here: Sec-Fetch-Site is {_shown(site)}"
    if origin is None or origin == f"http://{host}" or (origin == "null" and site is not None):
        return None
    return f"Origin must be http://{host} or absent, got {_shown(origin)}"


def _opens_window(sent: dict[str, str]) -> bool:
    """Whether a person follows a link: the answer is shown alone, and no script of the sender can read it."""
    return sent.get("sec-fetch-mode") == "navigate" and sent.get("sec-fetch-dest") == "document"


def _shown(value: str) -> str:
    return ascii(value[:80]) if value else "nothing"

"""The inbox as HTML: a list that looks again by itself, and each mail on a page of its own, to read in peace.

There is no script on them, and nothing but the links in a mail leads away.
"""

import html
from base64 import b64encode
from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from local.inbox.mails import Mail

REFRESH_SECONDS = 3
_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 1.5rem auto; padding: 0 1rem;
  overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; }
main ol { list-style: none; padding: 0; }
main li { border: 1px solid #8888; border-radius: .5rem; padding: .75rem 1rem; margin: .75rem 0; }
main li a { display: inline-block; padding: .15rem 0; }
main li > a:first-child { font-weight: 600; }
pre { white-space: pre-wrap; font: inherit; }
small { display: block; opacity: .8; }
"""
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
}


def listed(mails: Collection["Mail"], *, expected: bool = True) -> str:
    """The mails, newest first. ``expected``: whether any can come."""
    newest_first = sorted(mails, key=lambda mail: mail.sent, reverse=True)
    title = f"Inbox ({len(newest_first)})"
    entries = "".join(f"<li>{_entry(mail)}</li>" for mail in newest_first)
    empty = "No mail yet." if expected else "No mail will come: this stack has no email subscription."
    shown = f"<ol>{entries}</ol>" if entries else f"<p>{empty}</p>"
    return _page(
        title,
        f"<h1>{title}</h1><main>{shown}</main>"
        f"<p><small>Newest first. Looks again every {REFRESH_SECONDS} seconds.</small></p>",
        refresh=True,
    )


def opened(mail: "Mail") -> str:
    """One mail. It stays as it is."""
    subject = html.escape(mail.subject)
    return _page(
        mail.subject,
        f'<p><a href="/">Inbox</a></p><main><h1>{subject}</h1>'
        f"<small>to {html.escape(mail.to)}, {_time(mail.sent)}</small><pre>{_linked(mail)}</pre></main>",
    )


def _page(title: str, body: str, *, refresh: bool = False) -> str:
    again = f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}">' if refresh else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{again}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _entry(mail: "Mail") -> str:
    place = html.escape("/mail?" + urlencode({"id": mail.id, "of": mail.to}))
    links = "".join(
        f'<a href="{html.escape(link)}" rel="noreferrer noopener">Follow its link</a> ' for link in mail.links
    )
    return (
        f'<a href="{place}">{html.escape(mail.subject)}</a>'
        f"<small>to {html.escape(mail.to)}, {_time(mail.sent)}</small>{links}"
    )


def _time(sent: datetime) -> str:
    return f"{sent.astimezone():%Y-%m-%d %H:%M:%S %Z}"


def _linked(mail: "Mail") -> str:
    """The text with its links as links, everything escaped."""
    parts: list[str] = []
    rest = mail.text
    for link in mail.links:
        before, _, rest = rest.partition(link)
        address = html.escape(link)
        parts.append(f'{html.escape(before)}<a href="{address}" rel="noreferrer noopener">{address}</a>')
    return "".join([*parts, html.escape(rest)])

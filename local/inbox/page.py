"""The inbox as HTML: one page with every mail, that looks again by itself.

There is no script on it, and nothing but the links in a mail leads away.
"""

import html
from base64 import b64encode
from collections.abc import Collection
from hashlib import sha256

from local.inbox.mail import Mail

REFRESH_SECONDS = 3
_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 1.5rem auto; padding: 0 1rem;
  overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; }
h2 { font-size: 1rem; margin: 0; }
main ol { list-style: none; padding: 0; }
main li { border: 1px solid #8888; border-radius: .5rem; padding: .75rem 1rem; margin: .75rem 0; }
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


def listed(mails: Collection[Mail], *, expected: bool = True) -> str:
    """The mails, newest first. ``expected``: whether any can come."""
    newest_first = sorted(mails, key=lambda mail: mail.sent, reverse=True)
    title = f"Inbox ({len(newest_first)})"
    entries = "".join(f"<li>{_entry(mail)}</li>" for mail in newest_first)
    empty = "No mail yet." if expected else "No mail will come: this stack has no email subscription."
    shown = f"<ol>{entries}</ol>" if entries else f"<p>{empty}</p>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{title}</h1><main>{shown}</main>"
        f"<p><small>Newest first. Looks again every {REFRESH_SECONDS} seconds.</small></p></body></html>"
    )


def _entry(mail: Mail) -> str:
    sent = f"{mail.sent.astimezone():%Y-%m-%d %H:%M:%S %Z}"
    return (
        f"<h2>{html.escape(mail.subject)}</h2><small>to {html.escape(mail.to)}, {sent}</small>"
        f"<pre>{_linked(mail)}</pre>"
    )


def _linked(mail: Mail) -> str:
    """The text with its links as links, everything escaped."""
    parts: list[str] = []
    rest = mail.text
    for link in mail.links:
        before, _, rest = rest.partition(link)
        address = html.escape(link)
        parts.append(f'{html.escape(before)}<a href="{address}" rel="noreferrer noopener">{address}</a>')
    return "".join([*parts, html.escape(rest)])

"""A whole HTML document without scripts, and the one that only says something.

Its stylesheet is small and needs no request of its own; the policy header names it by its hash.
"""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Final

from .html import Child, Html, tag
from .texts import Words

CSS: Final = Path(__file__).with_name("style.css").read_text("utf-8").strip()
CSS_HASH: Final = f"sha256-{b64encode(sha256(CSS.encode()).digest()).decode()}"


def document(words: Words, title: str, *content: Child) -> str:
    """A whole document."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name_="robots", content="noindex"),
        tag("meta", name_="color-scheme", content="light dark"),
        # An amount is no telephone number.
        tag("meta", name_="format-detection", content="telephone=no,date=no,address=no,email=no"),
        tag("title", title),
        tag("style", Html(CSS)),
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', tag('main', *content)), lang=words.language)}\n"


def message(name: str, words: Words) -> str:
    """A page that only says something: `unknown`, `forbidden`, `method`, `too_large`, `media`, `broken`,
    `unsure`. What may have changed is looked at again."""
    title = words(f"{name}.title")
    return document(
        words,
        title,
        tag("p", words("title"), class_="kind"),
        tag("h1", title),
        tag("section", tag("p", words(f"{name}.text"))),
        tag("p", tag("a", words("again"), href="")) if name == "unsure" else None,
    )

"""A whole HTML document without scripts, and the one that only says something.

Its stylesheet is small and needs no request of its own; the policy header names it by its hash. It is the
same for every page of an instance, whose color is written into it.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from .html import Child, Html, tag
from .texts import Words

CSS: Final = Path(__file__).with_name("style.css").read_text("utf-8").strip()
MOST_LIGHT: Final = 1.05 / 4.5 - 0.05
"""The relative luminance up to which white on a color has the contrast of WCAG 2 AA, 4.5 to 1. On what is
lighter, black has it."""


def document(words: Words, title: str, *content: Child) -> str:
    """A whole document, with the organization's name at its head."""
    color = words.appearance.color
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name_="robots", content="noindex"),
        tag("meta", name_="color-scheme", content="light dark"),
        tag("meta", name_="theme-color", content=color) if color else None,
        # An amount is no telephone number.
        tag("meta", name_="format-detection", content="telephone=no,date=no,address=no,email=no"),
        tag("title", title),
        tag("style", Html(stylesheet(color))),
    )
    brand = tag("header", tag("p", tag("bdi", words.appearance.organization or words("title"))))
    body = tag("body", brand, tag("main", *content))
    return f"<!doctype html>\n{tag('html', head, body, lang=words.language)}\n"


@cache
def stylesheet(color: str) -> str:
    """The stylesheet of an instance with this color, `#rrggbb`; empty: the default."""
    if not color:
        return CSS
    ink = "#fff" if _luminance(color) <= MOST_LIGHT else "#000"
    return f"{CSS}\n:root{{--brand:{color};--brand-ink:{ink}}}"


@cache
def style_hash(color: str) -> str:
    """By which a policy header names that stylesheet."""
    return f"sha256-{b64encode(sha256(stylesheet(color).encode()).digest()).decode()}"


def message(name: str, words: Words) -> str:
    """A page that only says something: `unknown`, `forbidden`, `method`, `too_large`, `media`, `broken`,
    `unsure`. What may have changed is looked at again."""
    title = words(f"{name}.title")
    return document(
        words,
        title,
        tag(
            "section",
            tag("h1", title),
            tag("p", words(f"{name}.text")),
            tag("p", tag("a", words("again"), href="")) if name == "unsure" else None,
        ),
    )


def _luminance(color: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

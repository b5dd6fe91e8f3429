"""HTML that is escaped unless it was made here: `tag("p", text, lang="ko")`."""

from html import escape
from typing import Final

_VOID: Final = frozenset({"meta", "input", "br", "hr", "link"})


class Html(str):
    """Text that is HTML already. Only `tag` and `join` make it."""

    __slots__ = ()


Child = str | Html | None


def tag(name: str, *children: Child, **attributes: str | bool | int | None) -> Html:
    """An element. `class_` is class, `aria_label` is aria-label; True is bare, False and None left out."""
    start = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{start}>")
    return Html(f"<{name}{start}>{join(*children)}</{name}>")


def join(*children: Child) -> Html:
    """Children one after another; plain text is escaped."""
    return Html("".join(_text(child) for child in children if child is not None))


def _text(child: str) -> str:
    return str(child) if isinstance(child, Html) else escape(_encodable(child), quote=True)


def _attribute(key: str, value: str | bool | int | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    return f' {name}="{escape(_encodable(str(value)), quote=True)}"'


def _encodable(text: str) -> str:
    # Half a surrogate pair can be in JSON, but not in UTF-8; a NUL not in HTML.
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")

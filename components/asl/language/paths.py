"""JSONPath as Step Functions reads it: what is a path, and what is a reference path.

A path starts with `$` (the state's data), `$$` (the context object) or `$name` (a variable). A reference path
names one place: only children and indexes. A path may also descend, filter, slice, and end in a function.
https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
"""

import re
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

PLACEHOLDER = re.compile(r"\$\{[^{}]*\}")
"""What another tool replaces before AWS reads the text."""
_STAND_IN = "Placeholder"
_ROOT = re.compile(r"\$\$|\$(?:[^\W\d]\w*)?")
_NAME = r"(?:[^\s.\[\]()'\"*?,@:\\]|\\.)+"
_CHILD = re.compile(rf"\.({_NAME})(?=[.\[(]|\Z)|\.?\[(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|(\d+))\]")
_SIMPLE = re.compile(r"\$(?:\$|[^\W\d]\w*)?((?:\.\w+)*)")
_QUOTED = r"(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
_FROM_THE_END = r"\(\s*@\.(?:length|size)(?:\(\))?\s*-\s*\d+\s*\)"
_SELECTION = re.compile(
    rf"\.\.(?:{_NAME}|\*|(?=\[))|\.\*|\.[A-Za-z]\w*\(\)|\.[^\s.\[\]()'\"*?,\\]+"
    rf"|\.?\[\s*+(?:\*|-?\d+(?:\s*,\s*-?\d+)*|-?\d*\s*:\s*-?\d*(?:\s*:\s*-?\d*)?"
    rf"|{_QUOTED}(?:\s*,\s*{_QUOTED})*|{_FROM_THE_END})\s*\]"
)
_FUNCTION_CALL = re.compile(r"\.[A-Za-z]\w*\(")
_IN_FILTER = re.compile(r"[^'\"\[\]()/]+|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|/(?:[^/\\]|\\.)*/|[\[\]()/]")


class Path(NamedTuple):
    """A parsed path.

    root: `$`, `$$` or `$name`.
    names: its leading children, as far as they are plain names or indexes (indexes as `[0]`).
    reference: whether it is a reference path, so that the names are all of it.
    """

    root: str
    names: tuple[str, ...]
    reference: bool


def parse(text: str) -> Path | None:
    """The path, or None when the text is none. Spaces behind it do no harm."""
    text = text.rstrip()
    if "${" in text:
        return _with_placeholders(text)
    return _cached(text) if len(text) <= 512 else _parse(text)


def _with_placeholders(text: str) -> Path | None:
    """A path of which another tool fills in a part: a name, an index or its beginning."""
    for stand_in in (_STAND_IN, "0", f"$.{_STAND_IN}"):
        parsed = _parse(PLACEHOLDER.sub(stand_in, text))
        if parsed is not None:
            known = takewhile(lambda name: name not in (_STAND_IN, "[0]"), parsed.names)
            return Path("$" if _STAND_IN in parsed.root else parsed.root, tuple(known), True)
    return None


def _parse(text: str) -> Path | None:
    simple = _SIMPLE.fullmatch(text)
    if simple is not None:
        children = simple[1]
        return Path(text[: len(text) - len(children)], tuple(children.split(".")[1:]), True)
    root = _ROOT.match(text)
    if root is None:
        return None
    names: list[str] = []
    at = root.end()
    while at < len(text):
        child = _CHILD.match(text, at)
        if child is None or _FUNCTION_CALL.match(text, at):
            break
        name, quoted, double, index = child.groups()
        names.append(f"[{index}]" if index is not None else name or quoted or double or "")
        at = child.end()
    reference = at == len(text)
    if not reference and not _is_selection(text, at):
        return None
    return Path(root[0], tuple(names), reference)


_cached = lru_cache(4096)(_parse)


def _is_selection(text: str, at: int) -> bool:
    """Whether the rest of a path, from a step that is no plain child, is one."""
    while at < len(text):
        bracket = at + text.startswith(".[", at)
        if text.startswith("[?(", bracket):
            end = _end_of_group(text, bracket + 2)
            if end < 0 or text[bracket + 2 : end] == "()" or not text.startswith("]", end):
                return False
            at = end + 1
            continue
        # Functions such as length() take no argument; min, max and concat of Jayway take paths.
        step = _SELECTION.match(text, at)
        if step is not None and not text.startswith("(", step.end()):
            at = step.end()
            continue
        call = _FUNCTION_CALL.match(text, at)
        if call is None:
            return False
        at = _end_of_group(text, call.end() - 1)
        if at < 0:
            return False
    return True


def _end_of_group(text: str, at: int) -> int:
    """The index behind the bracket that closes the one at `at`, or -1."""
    open_brackets: list[str] = []
    while at < len(text):
        token = _IN_FILTER.match(text, at)
        if token is None:
            return -1
        at = token.end()
        if token[0] in ("(", "["):
            open_brackets.append(")" if token[0] == "(" else "]")
        elif token[0] in (")", "]"):
            if not open_brackets or open_brackets.pop() != token[0]:
                return -1
            if not open_brackets:
                return at
    return -1

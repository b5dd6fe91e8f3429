"""Keeps task tokens out of logs. A token is a bearer credential: whoever reads it can answer the task.

The runtime never writes one. This is the second line of defence, for what a worker or a library writes while
a task is handled: exception texts, log records, tracebacks.
"""

import logging
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Final
from urllib.parse import quote

MASK: Final = "[task token]"

# Real tokens have hundreds of characters. Replacing one of a few characters would only ruin the text.
_SHORTEST: Final = 16

# They log whole requests, with the token in them, when a function's log level is DEBUG, and where they found
# credentials when it is INFO.
_TALKATIVE: Final = ("boto3", "botocore", "urllib3")


@dataclass(slots=True)
class _Live:
    forms: tuple[str, ...]
    times: int = 0
    """A message can be there twice."""


# Tokens of the tasks that are handled right now. Their forms are made once and not for every record: for a
# batch of 100 that took 165 ms of a processor for each record (measured).
_live: dict[str, _Live] = {}
_lock = Lock()


def contains(text: str, token: str) -> bool:
    """Whether a text holds the token, as it is or as a part of a URL."""
    return any(form in text for form in _forms(token))


def scrub(text: str, token: str) -> str:
    """The text without the token. Scrub first and cut afterwards: half a token is not recognised."""
    for form in _forms(token):
        text = text.replace(form, MASK)
    return text


def _forms(token: str) -> tuple[str, ...]:
    return (token, quote(token, safe=""), quote(token)) if len(token) >= _SHORTEST else ()


@contextmanager
def live(token: str) -> Iterator[None]:
    """While it lasts, log records are searched for this token."""
    with _lock:
        entry = _live.get(token) or _live.setdefault(token, _Live(_forms(token)))
        entry.times += 1
    try:
        yield
    finally:
        with _lock:
            entry.times -= 1
            if not entry.times:
                del _live[token]


class TokenFilter(logging.Filter):
    """Masks the tokens of live tasks in a record: message, arguments, extra fields, traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if _live:
            text = "\n".join((_message(record), _trace(record), *_fields(record).values()))
            for token, live in tuple(_live.items()):
                if any(form in text for form in live.forms):
                    _clean(record, token)
        return True


def _clean(record: logging.LogRecord, token: str) -> None:
    message, trace = _message(record), _trace(record)
    if contains(message, token):
        record.msg, record.args = scrub(message, token), None
    if contains(trace, token):
        # Formatters take the text from the exception itself, so it has to go.
        record.exc_info, record.exc_text = None, scrub(trace, token)
    for name, text in _fields(record).items():
        if contains(text, token):
            setattr(record, name, scrub(text, token))


def _trace(record: logging.LogRecord) -> str:
    problem = record.exc_info[1] if record.exc_info else None
    return "" if problem is None else "".join(traceback.format_exception(problem))


def _fields(record: logging.LogRecord) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else _repr(value)
        for name, value in vars(record).items()
        if name not in ("msg", "args", "exc_info") and not isinstance(value, int | float | None)
    }


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:
        # The arguments do not fit; logging would print them to stderr, past every filter.
        record.msg, record.args = f"{_repr(record.msg)} % {_repr(record.args)}", None
        return record.msg


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:
        return f"({type(value).__name__} without a text)"


def guard_logging(handlers: Iterable[logging.Handler] | None = None) -> None:
    """Call once at init: filters what the root logger's handlers write, and silences requests in debug
    logs."""
    for handler in logging.getLogger().handlers if handlers is None else handlers:
        if not any(isinstance(each, TokenFilter) for each in handler.filters):
            handler.addFilter(TokenFilter())
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        if logger.getEffectiveLevel() < logging.WARNING:
            logger.setLevel(logging.WARNING)

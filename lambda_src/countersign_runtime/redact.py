"""Keeps task tokens out of logs. A token is a bearer credential: whoever reads it can answer the task.

The runtime never writes one. This is the second line of defence, for what a worker or a library writes while
a task is handled: exception texts, log records, tracebacks.
"""

import logging
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote

MASK: Final = "[task token]"

# Real tokens have hundreds of characters. Replacing one of a few characters would only ruin the text.
_SHORTEST: Final = 16

# They log whole requests, with the token in them, when a function's log level is DEBUG, and where they found
# credentials when it is INFO.
_TALKATIVE: Final = ("boto3", "botocore", "urllib3")

# Tokens of the tasks that are handled right now, counted, because a message can be there twice.
_live: dict[str, int] = {}


def contains(text: str, token: str) -> bool:
    """Whether a text holds the token, as it is or as a part of a URL."""
    return len(token) >= _SHORTEST and any(form in text for form in _forms(token))


def scrub(text: str, token: str) -> str:
    """The text without the token. Scrub first and cut afterwards: half a token is not recognised."""
    if len(token) >= _SHORTEST:
        for form in _forms(token):
            text = text.replace(form, MASK)
    return text


def _forms(token: str) -> tuple[str, ...]:
    return token, quote(token, safe=""), quote(token)


@contextmanager
def live(token: str) -> Iterator[None]:
    """While it lasts, log records are searched for this token."""
    _live[token] = _live.get(token, 0) + 1
    try:
        yield
    finally:
        left = _live.pop(token, 1) - 1
        if left > 0:
            _live[token] = left


class TokenFilter(logging.Filter):
    """Masks the tokens of live tasks in a record: message, arguments, extra fields, traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        for token in tuple(_live):
            _clean(record, token)
        return True


def _clean(record: logging.LogRecord, token: str) -> None:
    message = _message(record)
    if contains(message, token):
        record.msg, record.args = scrub(message, token), None
    if record.exc_info and record.exc_info[1] is not None:
        trace = "".join(traceback.format_exception(record.exc_info[1]))
        if contains(trace, token):
            # Formatters take the text from the exception itself, so it has to go.
            record.exc_info, record.exc_text = None, scrub(trace, token)
    for name, value in tuple(vars(record).items()):
        if name in ("msg", "args", "exc_info") or isinstance(value, int | float | None):
            continue
        text = value if isinstance(value, str) else _repr(value)
        if contains(text, token):
            setattr(record, name, scrub(text, token))


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

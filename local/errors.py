"""Errors that a person should see as one clear message, without a traceback."""


class LocalError(Exception):
    """Something about the setting or the program is wrong; the text says what, and what to do."""


class Unsupported(LocalError):
    """The program uses something that the embedded AWS or its provider does not have."""

"""What ends a command: a text for the person, and an exit code."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes. docs/operations.md has the same list."""

    DONE = 0
    NOT_SO = 1
    """What was asked for is not there or not so, or not all of it was done: the text says what."""
    USAGE = 2
    """Wrong arguments or outputs."""
    REFUSED = 3
    """AWS, or Pulumi, refused or did not answer."""
    DECLINED = 4
    """The person said no, or could not be asked."""
    INTERRUPTED = 130


class Problem(Exception):
    """Why the command ends. The text never holds a token or a link."""

    def __init__(self, code: Exit, text: str) -> None:
        super().__init__(text)
        self.code = code


class Refused(Problem):
    """AWS refused a call, or did not answer. `error` is its error code, or the type of exception."""

    def __init__(self, text: str, error: str, *, denied: bool = False) -> None:
        super().__init__(Exit.REFUSED, text)
        self.error = error
        self.denied = denied
        """Whether the caller may not do it at all."""

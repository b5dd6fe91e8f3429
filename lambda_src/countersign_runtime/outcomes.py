"""What a worker may say besides returning a result."""

from enum import Enum
from typing import Final


class Pending(Enum):
    """The type of `PENDING`."""

    PENDING = "PENDING"

    def __repr__(self) -> str:
        return self.name


PENDING: Final = Pending.PENDING
"""Returned by `handle`: somebody else answers this task, with `task.token`, before its timeout."""


class TaskFailed(Exception):
    """The work was looked at and cannot be done: fails the task, which is not tried again.

    `error` is the name that the workflow's Catch and Retry see (at most 256 characters), `cause` says why
    (at most 32,768 characters). Longer ones are cut.
    """

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause


class TaskClosed(Exception):
    """The task was answered, timed out, or its execution ended: nobody waits for this work any more."""

"""A function's configuration, read from its environment once, at init."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from countersign_contract.variables import DEAD_LETTER_QUEUE_ARN, MAX_CONCURRENCY, MAX_RECEIVE_COUNT


@dataclass(frozen=True, slots=True)
class Config:
    """What the component tells a function."""

    max_receive_count: int | None
    """Deliveries after which the queue dead-letters a message; None if the function has no queue."""
    max_concurrency: int
    """Messages of a batch that are handled at the same time."""
    dead_letter_queue_arn: str | None = None
    """Queue whose messages are dead letters; None if the function has none."""

    @staticmethod
    def read(environment: Mapping[str, str]) -> Config:
        """MAX_RECEIVE_COUNT (1 to 1000, optional), MAX_CONCURRENCY (1 to 100, default 10) and
        DEAD_LETTER_QUEUE_ARN (optional), or ValueError."""
        return Config(
            max_receive_count=_number(environment, MAX_RECEIVE_COUNT, 1000),
            max_concurrency=_number(environment, MAX_CONCURRENCY, 100) or 10,
            dead_letter_queue_arn=environment.get(DEAD_LETTER_QUEUE_ARN),
        )


def _number(environment: Mapping[str, str], name: str, most: int) -> int | None:
    value = environment.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and 1 <= int(value) <= most):
        raise ValueError(f"{name} must be a whole number between 1 and {most}, got {value!r}")
    return int(value)

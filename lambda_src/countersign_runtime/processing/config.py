"""A function's configuration, read from its environment once, at init."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from countersign_contract import metrics
from countersign_contract.variables import DEAD_LETTER_QUEUE_ARN, MAX_RECEIVE_COUNT
from countersign_runtime.metrics import Counts


@dataclass(frozen=True, slots=True)
class Config:
    """What the component tells a function."""

    max_receive_count: int | None
    """Deliveries after which the queue dead-letters a message; None if the function has no queue."""
    dead_letter_queue_arn: str | None = None
    """Queue whose messages are dead letters; None if the function has none."""
    counts: Counts | None = None
    """Where what is done is counted; None if it is not."""

    def count(self, metric: str | None) -> None:
        """One more of these, if they are counted."""
        if self.counts is not None and metric is not None:
            self.counts.say({metric: 1})

    @staticmethod
    def read(environment: Mapping[str, str]) -> Config:
        """MAX_RECEIVE_COUNT (1 to 1000), DEAD_LETTER_QUEUE_ARN and METRICS (`true`), all optional, or
        ValueError."""
        count = environment.get(MAX_RECEIVE_COUNT)
        if count is not None and not (count.isascii() and count.isdecimal() and 1 <= int(count) <= 1000):
            raise ValueError(f"{MAX_RECEIVE_COUNT} must be a whole number between 1 and 1000, got {count!r}")
        return Config(
            None if count is None else int(count),
            environment.get(DEAD_LETTER_QUEUE_ARN),
            Counts.read(environment, metrics.OF_FUNCTION, "AWS_LAMBDA_FUNCTION_NAME"),
        )

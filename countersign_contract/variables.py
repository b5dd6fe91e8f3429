"""Names of the environment variables by which a component tells a worker what it needs to know."""

from typing import Final

MAX_RECEIVE_COUNT: Final = "MAX_RECEIVE_COUNT"
DEAD_LETTER_QUEUE_ARN: Final = "DEAD_LETTER_QUEUE_ARN"
METRICS: Final = "METRICS"
"""`true`: the function counts what it does."""

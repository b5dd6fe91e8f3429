"""How many messages a function gets at once."""

from typing import Final

MAX_BATCH_SIZE: Final = 100
"""A function has so many threads, one for each message of a batch, so that every message is begun at once.
One that had to wait for others might not be begun before the function ends, and SQS would count that as a
delivery all the same."""

"""Keys of the table of requests: what the component makes it with, and the functions read and write it by."""

from typing import Final

PARTITION_KEY: Final = "pk"
SORT_KEY: Final = "sk"
DUE: Final = "due"
DUE_AT: Final = "due_at"
"""The index `due` has both as its keys: requests that somebody has to look at again, by time."""
EXPIRES_AT: Final = "expires_at"
"""When DynamoDB removes an item."""

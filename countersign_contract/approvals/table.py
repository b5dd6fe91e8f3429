"""Keys of the table of requests: what the component makes it with, and the functions read and write it by."""

from typing import Final

PARTITION_KEY: Final = "pk"
SORT_KEY: Final = "sk"
DUE: Final = "due"
"""The same for every request that somebody has to look at again, so that one query finds all of them."""
DUE_AT: Final = "due_at"
"""The index `due` has both as its keys."""
WHY: Final = "why"
STATUS: Final = "status"
DEADLINE: Final = "deadline"
"""What the index `due` says besides: for what a request is due, and whether its deadline has passed since."""
WAITING: Final = "waiting"
"""`open` or `decided` in the list of requests, until they are closed; in a person's list, whose it is, while
a request waits for them. The index `waiting` has it and DEADLINE as its keys."""
EXPIRES_AT: Final = "expires_at"
"""When DynamoDB removes an item."""

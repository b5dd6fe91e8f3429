"""What an action on an encrypted queue, topic, bucket, table or secret needs of its KMS key.

`keys.csv` has a row for each action, or for a pattern of those that no row above names. An empty cell is for
nothing: names, settings and tags are not encrypted.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache

from ..tables import rows
from .invocation import CannotTell


@cache
def kms_actions() -> Mapping[str, tuple[str, ...]]:
    """IAM action, or pattern of it → what it needs on the key of an encrypted resource."""
    return {row["actions"]: tuple(row["on the key"].split()) for row in rows(__file__, "keys.csv")}


def needed(action: str, resource: str) -> Sequence[str]:
    """The KMS actions that an action needs on the key of its resource; CannotTell if they are not known."""
    service = f"{action.partition(':')[0]}:"
    if resource == "*" or not any(known.startswith(service) for known in kms_actions()):
        return ()
    for known, on_key in kms_actions().items():
        if fnmatchcase(action, known):
            return on_key
    raise CannotTell(f"what {action} needs on the key of {resource} is not known")

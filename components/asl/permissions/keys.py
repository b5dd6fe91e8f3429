"""What an action on an encrypted queue, topic, bucket, table or secret needs of its KMS key.

`keys.csv` has a row for each action, or for a pattern of those that no row above names. An empty cell is for
nothing: names, settings and tags are not encrypted.
"""

import csv
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from .invocation import CannotTell


@cache
def kms_actions() -> Mapping[str, tuple[str, ...]]:
    """IAM action, or pattern of it → what it needs on the key of an encrypted resource."""
    with Path(__file__).with_name("keys.csv").open(encoding="utf-8", newline="") as file:
        return {row["actions"]: tuple(row["on the key"].split()) for row in csv.DictReader(file)}


class Keys:
    """Which key encrypts what.

    - `known`: ARN of an encrypted resource → ARN of its key.
    - `default`: key of every other queue, topic, bucket, table and secret; None: keys that ask for nothing.
    """

    def __init__(self, known: Mapping[str, str], default: str | None) -> None:
        self._known = known
        self._default = default

    def needed(self, action: str, resource: str) -> list[tuple[str, str]]:
        """The KMS actions, each with its key, that an action on a resource needs; CannotTell if not known."""
        keys = [key for encrypted, key in self._known.items() if _is_part(resource, encrypted)]
        if not keys and self._default and resource != "*":
            service = f"{action.partition(':')[0]}:"
            keys = [self._default] if any(known.startswith(service) for known in kms_actions()) else []
        if not keys:
            return []
        actions = next(
            (on_key for known, on_key in kms_actions().items() if fnmatchcase(action, known)), None
        )
        if actions is None:
            raise CannotTell(f"what {action} needs on the key of {resource} is not known")
        return [(kms_action, key) for key in keys for kms_action in actions]


def _is_part(resource: str, encrypted: str) -> bool:
    """Whether a resource is the encrypted one, an object of the bucket or an index of the table."""
    inside = ":s3:::" in encrypted or ":table/" in encrypted
    return resource == encrypted or (inside and resource.startswith(f"{encrypted}/"))

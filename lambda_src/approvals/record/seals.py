"""Seals: they tell what our functions wrote from what somebody else put into the table.

A seal authenticates content with a key that each function derives from one KMS key, by one call in the life
of its process. Whoever may write into the table, but may not use that key, makes none. It is another key than
that of the links, so that the page can make seals and no links.

What is sealed is written as JSON with sorted keys, in which every number is a float: as DynamoDB gives them
back, 5 and 5.0 are the same. Whoever changes what is sealed raises VERSION, and goes on telling the seals of
the version before until its requests are removed. A seal begins with its version and its key's name.
"""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types_boto3_kms import KMSClient

ALGORITHM: Final = "HMAC_SHA_256"
VERSION: Final = 1
PURPOSE: Final = f"countersign/approval-record/{VERSION}"
"""What the derived key is for: the links' key, and a key derived for another purpose, make no seals."""

_SEAL: Final = re.compile(r"([0-9]{1,4}\.[0-9a-f]{16})\.[0-9a-f]{64}")


class Unfamiliar(Exception):
    """Written by a newer version of these functions, or sealed with another key: this one cannot judge it,
    and leaves it alone. Trying again helps once the update is through, or the key is back."""


@dataclass
class Seals:
    """Makes and tells seals with one KMS key."""

    kms: "KMSClient"
    key_id: str

    def ready(self) -> None:
        """Have the key. Raises what KMS raises: without it nothing can be told, and nothing is decided."""
        _ = self._key

    def seal(self, kind: str, *content: Any) -> str:
        """The seal of some content, of one kind of things. TypeError for what is no JSON."""
        text = json.dumps([kind, *map(_plain, content)], sort_keys=True, separators=(",", ":"))
        return f"{self._name}.{self._mac(text)}"

    def holds(self, seal: Any, kind: str, *content: Any) -> bool:
        """Whether this is the content's seal. Raises `Unfamiliar`."""
        seal = seal if isinstance(seal, str) else ""
        if (match := _SEAL.fullmatch(seal)) and match[1] != self._name:
            raise Unfamiliar
        try:
            return hmac.compare_digest(seal.encode(), self.seal(kind, *content).encode())
        except (TypeError, ValueError, OverflowError):
            return False

    def _mac(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), "sha256").hex()

    @cached_property
    def _name(self) -> str:
        """Of the version and the key; it says nothing of the key."""
        return f"{VERSION}.{self._mac('name')[:16]}"

    @cached_property
    def _key(self) -> bytes:
        answer = self.kms.generate_mac(KeyId=self.key_id, MacAlgorithm=ALGORITHM, Message=PURPOSE.encode())
        return answer["Mac"]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    raise TypeError(f"{type(value).__name__} cannot be sealed")

"""An approver's link: which request, which approver, and a proof that only their mail holds.

`https://.../r/<request id>.<approver's number>.<proof>` is one path segment without characters that mail
programs break. Proofs come from an HMAC key inside KMS, by one call for all approvers of a request: reminders
have the same link again, and it fits no other request or approver. The record holds a hash of each proof. So
whoever sends mails makes links; the page, and whoever reads the table, can only tell whether one is right.

Whoever has the link may decide: it is a credential, and never logged.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from approvals.request.model import Request

if TYPE_CHECKING:
    from types_boto3_kms import KMSClient

ALGORITHM: Final = "HMAC_SHA_256"
PURPOSE: Final = "countersign/approval-links/2"
"""Part of what is authenticated, so that a MAC this key makes for another purpose makes no links."""

NOBODY: Final = "0" * 32
"""A request id that no request has."""

REMEMBERED: Final = 64
"""So many requests' secrets are kept in memory, where they are used twice within a second."""

_LINK: Final = re.compile(r"([0-9a-f]{32})\.(0|[1-9][0-9]{0,2})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class Link:
    """What a link says; nobody has looked whether it is right."""

    request_id: str = NOBODY
    approver: int = 0
    proof: str = field(default="", repr=False)

    @classmethod
    def read(cls, segment: str) -> "Link":
        """The link, or one of nobody's for what is none."""
        match = _LINK.fullmatch(segment)
        return cls(match[1], int(match[2]), match[3]) if match else cls()

    def opens(self, request: Request | None) -> bool:
        """Whether it was made for this request and approver. Takes as long whatever is wrong with it."""
        hashes = request.links if request is not None and request.id == self.request_id else ()
        expected = hashes[self.approver] if self.approver < len(hashes) else ""
        return hmac.compare_digest(hashed(self.proof), expected or hashed("")) and expected != ""


class Links:
    """Makes links with one KMS key."""

    def __init__(self, kms: "KMSClient", key_id: str, base_url: str = "") -> None:
        self._kms = kms
        self._key_id = key_id
        self._base_url = base_url.rstrip("/")
        self._secret = lru_cache(REMEMBERED)(self._made)

    def url(self, request_id: str, approver: int) -> str:
        """The address to send to this approver."""
        return f"{self._base_url}/r/{request_id}.{approver}.{self._proof(request_id, approver)}"

    def hashes(self, request_id: str, approvers: int) -> tuple[str, ...]:
        """What the record holds of the links of so many approvers."""
        return tuple(hashed(self._proof(request_id, number)) for number in range(approvers))

    def _proof(self, request_id: str, approver: int) -> str:
        proof = hmac.digest(self._secret(request_id), str(approver).encode(), "sha256")
        return urlsafe_b64encode(proof).rstrip(b"=").decode()

    def _made(self, request_id: str) -> bytes:
        """The secret of one request's links."""
        message = f"{PURPOSE}\n{request_id}".encode()
        answer = self._kms.generate_mac(KeyId=self._key_id, MacAlgorithm=ALGORITHM, Message=message)
        return answer["Mac"]


def hashed(proof: str) -> str:
    """A proof has 256 random bits, so nobody finds it from its hash."""
    return sha256(proof.encode()).hexdigest()

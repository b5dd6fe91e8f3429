"""An approver's link: which request, which approver, and proof that this instance made it.

`https://.../r/<request id>.<approver's number>.<mac>` is one path segment without characters that mail
programs break. The MAC is made by an HMAC key inside KMS, so no state file or table holds a secret from which
links could be made; a reminder makes the same link again, and it fits no other request or approver.

Whoever has the link may decide: it is a credential, and never logged.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types_boto3_kms import KMSClient

ALGORITHM: Final = "HMAC_SHA_256"
PURPOSE: Final = "countersign/approval-link/1"
"""Part of what is authenticated, so that a MAC this key makes for another purpose is never a link."""

NOBODY: Final = "0" * 32
"""A request id that no request has."""

_LINK: Final = re.compile(r"([0-9a-f]{32})\.(0|[1-9][0-9]{0,2})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class Link:
    """Who looks at what."""

    request_id: str
    approver: int


class Links:
    """Makes and reads links with one KMS key."""

    def __init__(self, kms: "KMSClient", key_id: str, base_url: str = "") -> None:
        self._kms = kms
        self._key_id = key_id
        self._base_url = base_url.rstrip("/")

    def url(self, request_id: str, approver: int) -> str:
        """The address to send to this approver."""
        return f"{self._base_url}/r/{request_id}.{approver}.{self._mac(request_id, approver)}"

    def read(self, segment: str) -> Link | None:
        """Whose link this is, or None for anything but a link made here.

        Always asks KMS once, so that neither the time nor the calls tell how close a guess was.
        """
        match = _LINK.fullmatch(segment)
        request_id, approver = (match[1], int(match[2])) if match else (NOBODY, 0)
        expected = self._mac(request_id, approver)
        given = match[3] if match else ""
        return Link(request_id, approver) if hmac.compare_digest(expected, given) else None

    def _mac(self, request_id: str, approver: int) -> str:
        answer = self._kms.generate_mac(
            KeyId=self._key_id,
            MacAlgorithm=ALGORITHM,
            Message=f"{PURPOSE}\n{request_id}\n{approver}".encode(),
        )
        return urlsafe_b64encode(answer["Mac"]).rstrip(b"=").decode()

"""HTTP as API Gateway speaks it: its event as a request, a response as its answer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from .document import style_hash
from .texts import Words

MAX_BODY_BYTES: Final = 262_144
MINE: Final = "mine"
"""In the query of an address: it is about all that waits for the link's owner."""
FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"


def _policy(color: str) -> dict[str, str]:
    """What a page may load and do: nothing but its stylesheet, and its own form."""
    return {
        "content-security-policy": (
            f"default-src 'none'; style-src '{style_hash(color)}'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        )
    }


HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "no-store",
    **_policy(""),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "interest-cohort=()",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
    "vary": "accept, accept-language",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
}


class Unreadable(Exception):
    """A body that cannot be taken: `too_large` or `media`."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class HttpRequest:
    """One request. `link` is the credential in its path: not shown in its repr."""

    method: str
    link: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    source_address: str = ""
    is_mine: bool = False
    """Whether it is about all that waits for the link's owner: `/r/{link}?mine`."""

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "HttpRequest":
        """The request of an event in payload format 2.0."""
        http = event.get("requestContext", {}).get("http", {})
        body, query = event.get("body") or "", str(event.get("rawQueryString") or "")
        parameters = event.get("pathParameters") or {}
        return cls(
            method=str(http.get("method", "GET")).upper(),
            link=str(parameters.get("link", "")),
            headers={str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()},
            body=b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8", "replace"),
            source_address=str(http.get("sourceIp", "")),
            is_mine=MINE in (each.partition("=")[0] for each in query.split("&")),
        )

    @property
    def wants_json(self) -> bool:
        """Whether the client asks for JSON rather than for a page."""
        accept = self.headers.get("accept", "")
        return "text/html" not in accept and ("json" in accept or self._media == JSON)

    @property
    def is_from_elsewhere(self) -> bool:
        """Whether a browser says that another site sent it.

        `Origin: null` is what a browser sends from a page with the policy `no-referrer`, ours included.
        """
        site = self.headers.get("sec-fetch-site")
        if site is not None:
            return site not in ("same-origin", "none")
        origin = self.headers.get("origin", "null")
        try:
            return origin != "null" and urlsplit(origin).netloc != self.headers.get("host", "")
        except ValueError:
            return True

    @property
    def _media(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def sent(self) -> Any:
        """What was sent: by name, each once; or JSON, which may be anything. May raise `Unreadable`."""
        if len(self.body) > MAX_BODY_BYTES:
            raise Unreadable("too_large")
        try:
            if self._media == FORM:
                body = self.body.decode("utf-8", "replace")
                return _once(parse_qsl(body, keep_blank_values=True, max_num_fields=200))
            if self._media == JSON:
                return json.loads(self.body, object_pairs_hook=_once)
        except (ValueError, RecursionError):
            raise Unreadable("media") from None
        raise Unreadable("media")

    def form(self) -> dict[str, Any]:
        """What was sent, by the names that a form's controls have. May raise `Unreadable`."""
        sent = self.sent()
        return _as_form(sent) if self._media == JSON else sent


@dataclass(frozen=True)
class HttpResponse:
    """One response."""

    status: int
    body: str = ""
    media: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_event(self, *, head: bool = False) -> dict[str, Any]:
        """API Gateway's form of it; `head` leaves the body out."""
        return {
            "statusCode": self.status,
            "headers": {"content-type": self.media, **HEADERS, **self.headers},
            "body": "" if head else self.body,
            "isBase64Encoded": False,
        }


def response(
    request: HttpRequest,
    status: int,
    words: Words,
    data: Callable[[], Mapping[str, Any]],
    page: Callable[[], str],
    headers: Mapping[str, str] = MappingProxyType({}),
) -> HttpResponse:
    """The data for a program, in as few bytes as it can have, since a function's answer has at most 6 MB; the
    page, which is in these words, for anybody else."""
    if request.wants_json:
        # Only halves of characters are escaped, which UTF-8 does not have.
        text = json.dumps(data(), ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
        return HttpResponse(status, text, JSON, headers)
    own = {"content-language": words.language, **_policy(words.appearance.color)}
    return HttpResponse(status, page(), headers={**own, **headers})


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """What was sent, by name. Two outcomes in one form are none."""
    sent = dict(pairs)
    if len(sent) != len(pairs):
        raise ValueError("a name is there twice")
    return sent


def _as_form(sent: Any) -> dict[str, Any]:
    fields = sent.get("fields", {}) if isinstance(sent, dict) else None
    if not isinstance(fields, dict):
        raise Unreadable("media")
    texts = {name: sent.get(name, "") for name in ("outcome", "comment")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise Unreadable("media")
    return texts | {f"field-{name}": value for name, value in fields.items()}

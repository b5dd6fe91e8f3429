"""The rule of ``origins.py`` in front of MiniStack's application, in its own process.

MiniStack answers every page of the web: requests need no signature, and each answer allows all origins.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from local.server.origins import refusal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[..., Awaitable[None]]  # Of a scope, receive and send.
Headers = Iterable[tuple[bytes, bytes]]

# A deployed HTTP API. MiniStack takes every address of this form for one, whatever its query says: a GET of
# any other address may be a call of AWS (``/?Action=...``).
_PAGES = re.compile(r"/_aws/execute-api/[^/]+/")
_POLICY_VIOLATION = 1008
_MOST_READ_BYTES = 1 << 20
_REFUSED = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]


def guarded(app: App) -> App:
    """An application that answers only what ``refusal`` lets through, and no page of another origin."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
        elif scope["type"] != "http":  # WebSockets: nothing here needs them.
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        elif reason := _reason(scope):
            await _refuse(reason, receive, send)
        else:
            await app(scope, receive, _without_permission(send))

    return guard


def _reason(scope: Scope) -> str | None:
    headers: Headers = scope["headers"]
    pairs = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
    return refusal(scope["method"], pairs, page=_PAGES.match(scope["path"]) is not None)


async def _refuse(reason: str, receive: Receive, send: Send) -> None:
    read = 0
    while read < _MOST_READ_BYTES:  # Whoever is still sending would not see an answer that comes before.
        message = await receive()
        read += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            break
    body = f"{reason}\n".encode()
    headers = [*_REFUSED, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _without_permission(send: Send) -> Send:
    """MiniStack allows every origin to read its answers: these headers do not go out."""

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers: Headers = message.get("headers", ())
            kept = [pair for pair in headers if not pair[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return send_on

"""The mails that SNS email subscriptions would send, to look at: ``GET /mails`` as JSON, ``GET /`` as a page.

The embedded AWS shows mails nowhere. Beside every email subscription of the stack stands a queue with the
same filter policy; what arrives there is what would have been mailed to that address.
"""

import html
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from . import observe
from .aws import Aws
from .emulator import HOST
from .model import Created, Resource
from .observe import Message

SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
_WAIT_SECONDS = 1
_POLL_SECONDS = 0.05
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}
_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
article { border: 1px solid #8888; border-radius: .5rem; padding: 0 1rem 1rem; margin: 1rem 0; }
h2 { font-size: 1.1rem; margin-bottom: 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .5rem 0 0; }
small { opacity: .75; }
"""


@dataclass(frozen=True)
class Mail:
    """One mail as an address would get it; ``links`` are the addresses in its text."""

    id: str
    to: str
    subject: str
    text: str
    sent: datetime
    links: tuple[str, ...]


class Inbox:
    """Collects mails and shows them on a loopback port: ``with Inbox(aws, resources) as inbox``."""

    def __init__(self, aws: Aws, resources: Iterable[tuple[Resource, Created]]) -> None:
        self._aws = aws
        self._mails: dict[tuple[str, str], Mail] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._queues = dict(self._subscribe(resources))
        self._readers = ThreadPoolExecutor(max(1, len(self._queues)), thread_name_prefix="inbox")
        self._server = ThreadingHTTPServer((HOST, 0), _handler(self))

    @property
    def url(self) -> str:
        """The page."""
        return f"http://{HOST}:{self._server.server_address[1]}/"

    def mails(self, to: str | None = None) -> list[Mail]:
        """All mails, or those to one address, oldest first."""
        with self._lock:
            found = [mail for mail in self._mails.values() if to in (None, mail.to)]
        return sorted(found, key=lambda mail: (mail.sent, mail.to))

    def __enter__(self) -> "Inbox":
        serve = partial(self._server.serve_forever, poll_interval=_POLL_SECONDS)
        threading.Thread(target=serve, name="inbox page", daemon=True).start()
        for url, address in self._queues.items():
            self._readers.submit(self._read, url, address)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._readers.shutdown(wait=False)  # They end with the server, at the latest after one wait.

    def _subscribe(self, resources: Iterable[tuple[Resource, Created]]) -> Iterator[tuple[str, str]]:
        """A queue for each email subscription: its URL and the address."""
        for number, (resource, _) in enumerate(resources):
            inputs = resource.inputs
            if resource.type != SUBSCRIPTION or inputs.get("protocol") not in ("email", "email-json"):
                continue
            name = f"inbox-{number}"
            topic, queue = inputs["topic"], self._aws.arn("sqs", name)
            policy = _policy(queue, topic)
            url = self._aws.sqs.create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
            self._aws.sns.subscribe(
                TopicArn=topic,
                Protocol="sqs",
                Endpoint=queue,
                Attributes={
                    theirs: inputs[ours]
                    for ours, theirs in (
                        ("filterPolicy", "FilterPolicy"),
                        ("filterPolicyScope", "FilterPolicyScope"),
                    )
                    if inputs.get(ours)
                },
            )
            yield url, inputs["endpoint"]

    def _read(self, url: str, address: str) -> None:
        while not self._ended.is_set():
            try:
                messages = observe.receive(self._aws, url, wait_seconds=_WAIT_SECONDS)
            except Exception:
                # The server has ended, or is about to: whoever owns it notices and says so.
                if self._ended.wait(_WAIT_SECONDS):
                    return
                continue
            with self._lock:
                for message in messages:
                    self._mails.setdefault((address, message.id), _mail(address, message))


def _policy(queue_arn: str, topic_arn: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _mail(address: str, message: Message) -> Mail:
    envelope: Mapping[str, Any] = json.loads(message.body)
    text = str(envelope.get("Message", ""))
    return Mail(
        id=str(envelope.get("MessageId", message.id)),
        to=address,
        subject=str(envelope.get("Subject") or "AWS Notification Message"),
        text=text,
        sent=message.sent,
        links=tuple(_LINK.findall(text)),
    )


def page(mails: Iterable[Mail]) -> str:
    """The mails as HTML, newest first, links clickable, everything else escaped."""
    newest_first = sorted(mails, key=lambda mail: mail.sent, reverse=True)
    articles = "".join(_article(mail) for mail in newest_first) or "<p>No mail yet. Reload to look again.</p>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Inbox</title><style>{_STYLE}</style></head>"
        f"<body><h1>Inbox ({len(newest_first)})</h1>{articles}</body></html>"
    )


def _article(mail: Mail) -> str:
    heading = f"<h2>{html.escape(mail.subject)}</h2>"
    about = f"<small>to {html.escape(mail.to)}, {mail.sent:%Y-%m-%d %H:%M:%S} UTC</small>"
    return f"<article>{heading}{about}<pre>{_linked(mail.text)}</pre></article>"


def _linked(text: str) -> str:
    parts: list[str] = []
    end = 0
    for match in _LINK.finditer(text):
        address = html.escape(match.group())
        parts.append(html.escape(text[end : match.start()]))
        parts.append(f'<a href="{address}" rel="noreferrer noopener">{address}</a>')
        end = match.end()
    return "".join([*parts, html.escape(text[end:])])


def _handler(inbox: Inbox) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = "Inbox"
        sys_version = ""

        def do_GET(self) -> None:
            target = urlsplit(self.path)
            if self.headers.get("Host", "").rsplit(":", 1)[0] not in (HOST, "localhost"):
                self._answer(HTTPStatus.FORBIDDEN, "text/plain", "only on this machine\n")
            elif target.path == "/":
                self._answer(HTTPStatus.OK, "text/html", page(inbox.mails()))
            elif target.path == "/mails":
                to = parse_qs(target.query).get("to", [None])[0]
                listed = [asdict(mail) for mail in inbox.mails(to)]
                self._answer(
                    HTTPStatus.OK, "application/json", json.dumps(listed, default=datetime.isoformat)
                )
            else:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain", "there is / and /mails\n")

        do_HEAD = do_GET  # noqa: N815

        def _answer(self, status: HTTPStatus, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            for name, value in {**_HEADERS, "Content-Type": f"{kind}; charset=utf-8"}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: a link is a secret, and standard error is for people."""

    return Handler

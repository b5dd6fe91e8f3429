"""What a mail is, and how it is read from the queue that stands beside its subscription."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.observe import Message

LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")


@dataclass(frozen=True)
class Mail:
    """One mail as an address would get it; ``links`` are the addresses in its text."""

    id: str
    to: str
    subject: str
    text: str
    sent: datetime
    links: tuple[str, ...]


def received(address: str, message: Message) -> Mail:
    """The mail to this address that a message from its topic stands for."""
    envelope: Mapping[str, Any] = json.loads(message.body)
    text = str(envelope.get("Message", ""))
    return Mail(
        id=str(envelope.get("MessageId", message.id)),
        to=address,
        subject=str(envelope.get("Subject") or "AWS Notification Message"),
        text=text,
        sent=message.sent,
        links=tuple(LINK.findall(text)),
    )

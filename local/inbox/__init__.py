"""The mails that would have been sent, to look at."""

from local.inbox.inbox import Inbox
from local.inbox.mail import Mail

__all__ = ["Inbox", "Mail"]

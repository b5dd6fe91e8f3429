"""The mails that would have been sent, to look at."""

from local.inbox.mails import Inbox, Mail

__all__ = ["Inbox", "Mail"]

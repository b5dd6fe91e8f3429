"""What rings: a record in the log of an approvals function whose field `rings` says which alarm.

A function logs it with `extra={FIELD: ...}`; the ApprovalApi has an alarm for each.
"""

from typing import Final

FIELD: Final = "rings"

UNREACHABLE: Final = "unreachable"
"""An approver who should be asked gets no mail: not subscribed, not confirmed, unsubscribed."""
UNSENT: Final = "unsent"
"""Mails or events were given up, after they could not be sent for a day."""
FORGED: Final = "forged"
"""A decision in the table that no approver made through the page."""
UNCONFIRMED: Final = "unconfirmed"
"""An answer was given up: nobody can tell whether its execution has it, or it could not be given."""

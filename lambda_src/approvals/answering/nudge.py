"""What the page tells the follow-up function of a request: that it has just changed it, or that an approver
wants their link again. The event of a call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from approvals.request.model import Status


@dataclass(frozen=True)
class Nudge:
    """A request that is to be looked at now."""

    request_id: str
    held: float = 0
    """Until when whoever gets this has the request's outbox to itself; 0: it is not lent."""
    fate: Status | None = None
    """What became of the answer, if that is known. It is not on record yet."""
    seal: str = field(default="", repr=False)
    """Tells that the page says so."""
    unsent: bool = False
    """Whether its answer is yet to be sent: the page had no time for it."""
    again: int | None = None
    """The approver whose link is to be mailed again."""

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> "Nudge":
        """From a call's event; an operator's has the id alone."""
        fate, again = event.get("fate"), event.get("again")
        return cls(
            str(event["requestId"]),
            float(event.get("held", 0)),
            Status(fate) if fate else None,
            str(event.get("seal", "")),
            bool(event.get("unsent", False)),
            None if again is None else int(again),
        )

    def event(self) -> dict[str, Any]:
        """As a call's event."""
        values = {name: value for name, value in vars(self).items() if value or (value, name) == (0, "again")}
        return {"requestId": values.pop("request_id"), **values}

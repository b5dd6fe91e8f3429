"""What others tell the follow-up function of a request: that they have just changed it, or that an approver
wants their link again. The event of a call."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from logging import getLogger
from typing import Any

from countersign_runtime.clients import client

from approvals.request.model import Status
from approvals.settings import text
from countersign_contract.approvals import variables

logger = getLogger("countersign")


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
        """From a call's event."""
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
        said = {name: value for name, value in vars(self).items() if value != vars(Nudge).get(name)}
        return {"requestId": said.pop("request_id"), **said}


def tell(call: Callable[[Nudge], None], nudge: Nudge) -> None:
    """Have mails and events sent. If this fails, the follow-up function finds them by itself."""
    try:
        call(nudge)
    except Exception as problem:
        logger.warning("nudge failed: %s", type(problem).__name__, extra={"task_id": nudge.request_id})


def caller(environment: Mapping[str, str]) -> Callable[[Nudge], None]:
    """What calls the follow-up function, as the component configures it, and does not wait for it."""
    function = text(environment, variables.FOLLOW_UP_FUNCTION)

    def call(nudge: Nudge) -> None:
        event = json.dumps(nudge.event()).encode()
        # Made when it is first needed: most visitors of the page only read.
        client("lambda", 1).invoke(FunctionName=function, InvocationType="Event", Payload=event)

    return call

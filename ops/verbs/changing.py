"""The verbs that change what waits: one request, or with `end-waiting` all there is, as before a stack is
destroyed.

A request is changed by the operator's function, so that AWS says who asks, approvers are told and the
workflow can end in its own way; what runs without a request is stopped. Doing it again does no harm, and ends
what was left: that is the way on after an error.
"""

import time
from collections.abc import Callable, Iterator
from typing import Final

from countersign_contract.approvals import operating
from countersign_contract.approvals.operating import Call

from .. import executions
from ..items import Row
from ..problems import Exit, Problem, Refused
from ..requests import OPEN
from ..stack import Approvals
from .reading import Filters, Operations

ERROR: Final = "Cancelled"
"""With which a plain wait's execution ends."""
MOST_FAILURES: Final = 3
"""So many that fail one after the other, and AWS is away, or it is no use."""
PATIENCE_SECONDS: Final = 60
PAUSE_SECONDS: Final = 2
"""How long and how often it is looked whether executions have ended: that of a cancelled request ends by
itself, and what AWS lists lags behind."""

DONE = {
    operating.REMIND: "those who have not decided are mailed again",
    operating.RESEND: "this approver is mailed again",
    operating.CANCEL: "the request is cancelled, and its task has failed with ApprovalCancelled",
}
QUESTION = {
    operating.REMIND: "Mail those again who have not decided?",
    operating.RESEND: "Mail this approver again?",
    operating.CANCEL: "Fail this task and tell everybody?",
}

pause = time.sleep


def act(operations: Operations, call: Call) -> None:
    """Do it to one request, once the person has seen which. `Problem` if it was not done."""
    screen, told = operations.screen, operations.found(call.request)
    if screen.asks:
        operations.show(call.request)
    screen.confirm(QUESTION[call.action])
    with screen.progress("asking the ApprovalApi"):
        answer = operations.aws.operate(told.approvals.url, call.told())
    if not answer["done"]:
        status = str(answer.get("status"))
        why = operating.WHY_NOT.get(status, f"the request is {status}")
        raise Problem(Exit.NOT_SO, f"nothing was done: {why}")
    screen.done({"requestId": call.request, **answer}, DONE[call.action])


class Ending:
    """One run of it, which counts."""

    def __init__(self, operations: Operations, reason: str) -> None:
        self._operations = operations
        self._reason = reason
        # Those that were asked for approval when it began end in their own way.
        self._left_alone = operations.executions_asked()
        self._in_a_row = 0
        self.cancelled = self.stopped = self.failed = 0

    def once(self, tell: Callable[[str], None]) -> int:
        """Cancel and stop what there is; how much that was. `Problem` if it is no use to go on.

        Pages that are read while what is on them ends can miss some: these are found the next time.
        """
        before = self.cancelled + self.stopped
        for approvals, row in self._open():
            self.cancelled += self._tried(self._cancel, approvals, row)
            tell(self.told())
        for execution_arn in self._running():
            if execution_arn not in self._left_alone:
                self.stopped += self._tried(self._stop, execution_arn)
                tell(self.told())
        return self.cancelled + self.stopped - before

    def told(self) -> str:
        failed = f", {self.failed} not ended" if self.failed else ""
        return f"{self.cancelled} requests cancelled, {self.stopped} executions stopped{failed}"

    def left(self) -> int:
        """How many of the executions run."""
        return sum(1 for _ in self._running())

    def _cancel(self, approvals: Approvals, row: Row) -> bool:
        call = Call(operating.CANCEL, row["request_id"], self._reason)
        answer = self._operations.aws.operate(approvals.url, call.told())
        self._operations.screen.done({"kind": "request", "requestId": row["request_id"], **answer})
        # Whatever else it is by now, it is not open.
        if not answer["done"] and answer.get("status") == operating.FORGED:
            # AWS is there, so the others are ended all the same.
            self.failed += 1
            self._operations.screen.problem(
                f"request {row['request_id']}: {operating.WHY_NOT[operating.FORGED]}"
            )
        return bool(answer["done"])

    def _stop(self, execution_arn: str) -> bool:
        executions.stop(self._operations.aws, execution_arn, ERROR, self._reason)
        self._left_alone.add(execution_arn)  # It may be listed for a moment longer.
        self._operations.screen.done({"kind": "execution", "executionArn": execution_arn, "done": True})
        return True

    def _tried(self, do: Callable[..., bool], *what: object) -> bool:
        """Whether it was done. One that fails does not keep the others."""
        try:
            done = do(*what)
        except Refused as problem:
            self.failed += 1
            self._in_a_row += 1
            if problem.denied or self._in_a_row >= MOST_FAILURES:
                raise Problem(problem.code, f"{self.told()}, and then: {problem}") from None
            self._operations.screen.problem(str(problem))
            return False
        self._in_a_row = 0
        return done

    def _open(self) -> Iterator[tuple[Approvals, Row]]:
        for requests in self._operations.requests:
            for page in requests.waiting():
                for row in page:
                    if row["waiting"] == OPEN and self._operations.is_about(row["state_machine_arn"]):
                        yield requests.approvals, row

    def _running(self) -> Iterator[str]:
        for machine_arn in self._operations.workflows.values():
            for page in executions.listed(self._operations.aws, machine_arn):
                yield from (each["executionArn"] for each in page)


def end_waiting(operations: Operations, reason: str) -> None:
    """End all that waits, of all workflows or of the one. `Problem` if something still runs then."""
    screen = operations.screen
    if screen.asks and not operations.waiting(Filters()):
        return
    screen.confirm("End all of this, and what began since?")
    ending, pauses = Ending(operations, reason), 0
    with screen.progress("ending") as tell:
        while (done := ending.once(tell)) or ending.left():
            if ending.failed or pauses == PATIENCE_SECONDS // PAUSE_SECONDS:
                break
            if not done:
                pauses += 1
                pause(PAUSE_SECONDS)
        left = ending.left()
    screen.note(ending.told())
    if ending.failed:
        raise Problem(Exit.REFUSED, f"{ending.failed} could not be ended: do it again")
    if left:
        raise Problem(Exit.NOT_SO, f"{left} executions still run: do it again")

"""The verbs that change one request. The operator's function does it; AWS tells it who asks."""

from countersign_contract.approvals import operating
from countersign_contract.approvals.operating import Call

from .looking import Operations
from .problems import Exit, Problem

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


def act(operations: Operations, call: Call, *, yes: bool) -> None:
    """Do it to one request, once the person has seen which. `Problem` if it was not done."""
    screen, told = operations.screen, operations.found(call.request)
    if not yes and not screen.as_json:
        operations.show(call.request)
    screen.confirm(QUESTION[call.action], yes=yes)
    with screen.progress("asking the ApprovalApi"):
        answer = operations.aws.operate(told.approvals.url, call.told())
    if not answer["done"]:
        status = str(answer.get("status"))
        why = operating.WHY_NOT.get(status, f"the request is {status}")
        raise Problem(Exit.NOT_SO, f"nothing was done: {why}")
    if screen.as_json:
        screen.one({"requestId": call.request, **answer}, ())
    else:
        screen.note(DONE[call.action])

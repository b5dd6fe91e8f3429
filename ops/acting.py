"""The verbs that change something. The operator's function does it; AWS tells it who asks."""

from countersign_contract.approvals import operating

from .aws import Aws
from .looking import Operations
from .problems import Exit, Problem
from .screen import Screen

DONE = {
    operating.REMIND: "those who have not decided are mailed again",
    operating.CANCEL: "the request is cancelled, and its task has failed with ApprovalCancelled",
}
QUESTION = {
    operating.REMIND: "Mail those again who have not decided?",
    operating.CANCEL: "Fail this task and tell everybody?",
}


def act(
    operations: Operations,
    aws: Aws,
    screen: Screen,
    action: str,
    request_id: str,
    reason: str = "",
    *,
    yes: bool,
) -> None:
    """Do it to one request, once the person has seen which. `Problem` if it was not done."""
    told = operations.found(request_id)
    if not yes:
        operations.show(request_id)
    screen.confirm(QUESTION[action], yes=yes)
    call = {"action": action, "request": request_id} | ({"reason": reason} if reason else {})
    with screen.progress("asking the ApprovalApi"):
        answer = aws.operate(told.approvals.url, call)
    if not answer["done"]:
        raise Problem(Exit.NOT_SO, f"nothing was done: the request is {answer.get('status')}")
    if screen.as_json:
        screen.one({"requestId": request_id, **answer}, ())
    else:
        screen.note(DONE[action])

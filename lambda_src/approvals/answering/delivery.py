"""The answer to Step Functions, and what became of one whose reply was lost.

An answer that Step Functions calls closed can mean three things: an earlier try of ours was accepted and its
reply lost, the task had timed out, or the execution had ended. Only the execution's history tells them apart:
it is read before the record says which, and an answer carries its request's id.
"""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from logging import ERROR, INFO, getLogger
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from countersign_runtime import answers
from countersign_runtime.answers import Answer
from countersign_runtime.clients import code_of
from countersign_runtime.redact import scrub

from approvals.request import life
from approvals.request.life import Step
from approvals.request.model import Outcome, Record, Request, Status
from countersign_contract.approvals import rings

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient
    from types_boto3_stepfunctions.type_defs import GetExecutionHistoryOutputTypeDef

logger = getLogger("countersign")

REJECTED: Final = "ApprovalRejected"
CANCELLED: Final = "ApprovalCancelled"
"""By an operator."""
_ENDS: Final = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"})
_REDRIVEN: Final = "ExecutionRedriven"
_ANSWERS: Final = {
    "TaskSucceeded": ("taskSucceededEventDetails", "output"),
    "TaskFailed": ("taskFailedEventDetails", "cause"),
}
"""Where a history's event has what was answered."""
_NO_HISTORY: Final = frozenset({"ExecutionDoesNotExist", "InvalidArn"})

_Fate = Status | None
"""What became of our answer: it arrived (`delivered`), or its task had ended before (`too_late`); it will
never be known, or could not be given as it was decided (`unconfirmed`); None if it is not known yet."""


@dataclass
class Delivery:
    """Brings decisions to Step Functions. What became of them is a step, for whoever calls to write."""

    step_functions: "SFNClient"
    clock: Callable[[], float] = time.time
    most_pages: float = float("inf")
    """So many of a history are read, of 200 events each, by who has no time for more."""

    def deliver(self, record: Record) -> Step:
        """Send the answer of a decided request: what became of it.

        It stays `decided` when the answer did not get through, or when it cannot be told yet: the follow-up
        function comes back to it.
        """
        request = record.request
        extra = {"task_id": request.id, "state_name": request.state_name}
        fate: _Fate = None
        unsure = True
        try:
            fate = self._send(record)
        except answers.UnusableToken:
            logger.error("Step Functions refuses the token of request %s", request.id, extra=extra)
            fate = Status.TOO_LATE
        except answers.Undelivered as problem:
            logger.warning("the answer of request %s: %s", request.id, problem, extra=extra)
            unsure = self.clock() >= request.deadline + life.GIVE_UP_SECONDS
            if unsure:
                fate = self._fate(request)
        return self._step(request, fate, unsure=unsure)

    def ended(self, request: Request) -> Step:
        """The execution of a decided request has ended: its history says whether our answer is in it."""
        return self._step(request, self._fate(request), unsure=True)

    def has_arrived(self, request: Request) -> bool:
        """Whether the answer of a decided request is among the last things that happened in its execution.
        False as well if nobody can tell now: what is shown to people does not wait for it."""
        try:
            page = self._history(request)
        except (ClientError, BotoCoreError):
            return False
        return any(carries(event, request.id) for event in page["events"])

    def _step(self, request: Request, fate: _Fate, *, unsure: bool) -> Step:
        """What puts it on record. `unsure`: what is not known yet may have arrived."""
        outcome = fate or "not known yet"
        extra = {"task_id": request.id, "execution_arn": request.execution_arn, "outcome": outcome}
        level = INFO
        if fate is Status.UNCONFIRMED:
            level, extra[rings.FIELD] = ERROR, rings.UNCONFIRMED
        logger.log(level, "the answer of request %s: %s", request.id, outcome, extra=extra)
        now = self.clock()
        if fate is None:
            return partial(life.postponed, now=now, unsure=unsure)
        return partial(life.answered, now=now, status=fate)

    def _fate(self, request: Request) -> _Fate:
        """Look for our answer in the execution's history, newest first, back to when it was asked for.

        A history that is gone says nothing any more. One that cannot be read is tried as long as an answer.
        """
        more: dict[str, Any] = {}
        ended: bool | None = None
        try:
            for number in count(1):
                page = self._history(request, **more)
                for event in page["events"]:
                    if ended is None and (event["type"] in _ENDS or event["type"] == _REDRIVEN):
                        # The newest of them says it: a redriven execution ended before, and goes on.
                        ended = event["type"] != _REDRIVEN
                    if carries(event, request.id):
                        return Status.DELIVERED
                oldest = page["events"][-1]["timestamp"].timestamp() if page["events"] else 0
                if not page.get("nextToken") or oldest < request.asked_at - life.UNSURE_SECONDS:
                    break
                if number >= self.most_pages:
                    return None
                more = {"nextToken": page["nextToken"]}
        except (ClientError, BotoCoreError) as problem:
            code = code_of(problem)
            logger.error(
                "cannot read the execution history of request %s: %s", request.id, code,
                extra={"task_id": request.id, "execution_arn": request.execution_arn},
            )  # fmt: skip
            return Status.UNCONFIRMED if code in _NO_HISTORY or self._is_over(request) else None
        # The history of an execution that has ended is complete. A running one's may lag behind.
        return Status.TOO_LATE if ended or life.is_settled(request, self.clock()) else None

    def _history(self, request: Request, **more: Any) -> "GetExecutionHistoryOutputTypeDef":
        return self.step_functions.get_execution_history(
            executionArn=request.execution_arn, reverseOrder=True, maxResults=200, **more
        )

    def is_awaited(self, token: str) -> bool:
        """Whether a task still waits. `Undelivered` if nobody can tell now."""
        try:
            return answers.heartbeat(self.step_functions, token) is Answer.ACCEPTED
        except answers.UnusableToken:
            return False

    def may_wait(self, request: Request) -> bool:
        """Whether a task may still wait for it; `Undelivered` if nobody can tell now. What only an operator
        can mend says nothing: people are asked, and the answer waits for him too."""
        try:
            return self.is_awaited(request.token)
        except answers.Undelivered as problem:
            if problem.passing:
                raise
            logger.error("nobody can tell whether request %s is waited for: %s", request.id, problem.code)
            return True

    def cancel(self, request: Request, who: str, reason: str) -> bool:
        """Fail the task of an open request, if it still waits; whether it did. `Undelivered` if that is not
        known."""
        # Not as an answer has the request's id, or it would be taken for the delivery of a decision.
        told = {"cancelled": request.id, "by": who, "reason": reason}
        with suppress(answers.UnusableToken):
            answer = answers.fail(self.step_functions, request.token, CANCELLED, _text(told))
            return answer is Answer.ACCEPTED
        return False

    def _is_over(self, request: Request) -> bool:
        now = self.clock()
        return now >= request.deadline + life.GIVE_UP_SECONDS and life.is_settled(request, now)

    def _send(self, record: Record) -> _Fate:
        request, client = record.request, self.step_functions
        try:
            if request.outcome is Outcome.REJECTED:
                answer = answers.fail(client, request.token, REJECTED, cause(record))
            else:
                answer = answers.send_success(client, request.token, result(record))
        except answers.InvalidOutput as refusal:
            # The task ends now, and not at its timeout; but an approval is not what the workflow gets.
            logger.error("request %s: %s", request.id, refusal, extra={"task_id": request.id})
            answers.fail(client, request.token, answers.INVALID_OUTPUT, str(refusal))
            return Status.UNCONFIRMED
        return Status.DELIVERED if answer is Answer.ACCEPTED else self._fate(request)


def output(record: Record) -> dict[str, Any]:
    """The task's result: how it was decided, by whom, and what was filled in (by the last to approve)."""
    told, decisions = record.told(), [record.decision_told(decision) for decision in record.in_order]
    return {
        "requestId": told["requestId"],
        "outcome": told["outcome"],
        "fields": decisions[-1]["fields"] if decisions else {},
        "decisions": decisions,
    }


def result(record: Record) -> str:
    """`output` as JSON that fits into a task's result, without the token, whatever was typed.
    `InvalidOutput` if that cannot be."""
    fitted, token = _fitted(record, "utf-8", answers.MAX_OUTPUT_BYTES), record.request.token
    return answers.encode(json.loads(scrub(fitted, token)), token)


def cause(record: Record) -> str:
    """The cause of `ApprovalRejected`: `output` as JSON that fits into a cause."""
    return _fitted(record, "utf-16-le", 2 * answers.MAX_CAUSE_CHARACTERS)


def _fitted(record: Record, encoding: str, limit: int) -> str:
    """`output` as JSON of at most so many bytes. What all but the last filled in goes first, then the ends of
    long comments. Who and what stays."""
    result, comment_limit = output(record), 4000
    while len(_text(result).encode(encoding, "replace")) > limit and comment_limit:
        comment_limit //= 2
        for decision in result["decisions"]:
            decision.pop("fields", None)
            if len(decision["comment"]) > comment_limit:
                decision["comment"] = decision["comment"][:comment_limit] + "…"
    return _text(result)


def _text(result: Mapping[str, Any]) -> str:
    return json.dumps(result, ensure_ascii=False, separators=(",", ":"))


def carries(event: Mapping[str, Any], request_id: str) -> bool:
    """Whether an event of a history is this request's answer, taken by Step Functions."""
    details, key = _ANSWERS.get(event["type"], ("", ""))
    text = event.get(details, {}).get(key, "")
    if request_id not in text:
        return False
    try:
        answer = json.loads(text)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("requestId") == request_id

"""Scenes of the workflow ``scheduled_approval``: a person decides."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local import observe
from local.demo import approver
from local.demo.approver import (
    WORKFLOW,
    decide,
    link_in_time,
    link_of,
    look,
    mails,
    request_of,
    wait_for_state,
)
from local.demo.scene import Evidence, Finding, Played, Scene, Stage
from local.errors import LocalError
from local.observe import Execution
from local.observe.patience import timeouts

REJECTED = "ApprovalRejected"
_SCANNERS = ("Mozilla/5.0 (compatible; LinkScanner)", "SafeLinks", "curl/8.0", "Mozilla/5.0 (iPhone)")
_STORM = 3

FIELDS = [
    {
        "name": "window",
        "label": "Release window",
        "type": "choice",
        "options": ["now", "tonight"],
        "required": True,
    },
]


def _end(stage: Stage, execution_arn: str, timeout_seconds: int = 0) -> Execution:
    return observe.wait_for_end(stage.stack.aws, execution_arn, timeout_seconds)


def _ended(played: Played) -> Execution:
    if played.execution is None:
        raise LocalError("this scene ran no execution")
    return played.execution


def _outcome(played: Played) -> dict[str, Any]:
    output = _ended(played).output
    return output if isinstance(output, dict) else {}


def _succeeds(played: Played) -> Finding:
    status = _ended(played).status
    return Finding("the execution goes on and succeeds", status == "SUCCEEDED", status)


def _scheduled(stage: Stage) -> Played:
    """The stack's own workflow, started as its schedule does it."""
    machine = stage.stack.outputs["workflows"][WORKFLOW]["stateMachineArn"]
    arn = observe.start(stage.stack.aws, machine, {})
    link = link_of(mails(stage, arn)[0])
    page = look(link)
    answer = decide(link, "approved", comment="from the demo", fields=approver.filled_in(page.data["fields"]))
    return Played(_end(stage, arn), facts={"opened": page, "answer": answer})


def _was_scheduled(played: Played, _evidence: Evidence) -> Iterator[Finding]:
    yield Finding("the page was open", played.facts["opened"].state == "open", played.facts["opened"].state)
    answer = played.facts["answer"]
    yield Finding("the page says approved and delivered", answer.state == "delivered", answer.state)
    yield _succeeds(played)


def _approve(stage: Stage) -> Played:
    arn = approver.ask(stage, {"subject": "Release 1.4", "details": {"build": 7}, "fields": FIELDS})
    link = link_of(mails(stage, arn)[0])
    wrong = decide(link, "approved", fields={"window": "never"})
    answer = decide(link, "approved", fields={"window": "tonight"})
    return Played(_end(stage, arn), facts={"wrong": wrong, "answer": answer})


def _approved(played: Played, _evidence: Evidence) -> Iterator[Finding]:
    yield Finding(
        "a wrong field was refused", played.facts["wrong"].status == 422, str(played.facts["wrong"])
    )
    yield _succeeds(played)
    output = _outcome(played)
    yield Finding("the answer is approved", output.get("outcome") == "approved", json.dumps(output))
    yield Finding("the field came along", output.get("fields") == {"window": "tonight"}, json.dumps(output))
    yield Finding("who decided is on record", len(output.get("decisions", [])) == 1, json.dumps(output))


def _reject(stage: Stage) -> Played:
    arn = approver.ask(stage, {"subject": "Release 1.5"})
    link = link_of(mails(stage, arn)[0])
    silent = decide(link, "rejected")
    answer = decide(link, "rejected", comment="not on a Friday")
    execution = _end(stage, arn)
    told = mails(stage, arn, with_link=False)
    return Played(execution, facts={"silent": silent, "answer": answer, "told": told})


def _rejected(played: Played, _evidence: Evidence) -> Iterator[Finding]:
    execution = _ended(played)
    silent = played.facts["silent"]
    yield Finding("rejecting needs a comment", silent.status == 422, str(silent.status))
    yield Finding("the execution fails", execution.status == "FAILED", execution.status)
    yield Finding(f"its error is {REJECTED}", execution.error == REJECTED, execution.error)
    yield Finding("its cause holds the comment", "not on a Friday" in execution.cause, execution.cause)
    yield Finding("a mail tells how it ended", bool(played.facts["told"]))


def _two_decide(stage: Stage) -> Played:
    arn = approver.ask(stage, {"subject": "Payment to a new supplier", "quorum": 2})
    first, second, *_ = (link_of(mail) for mail in mails(stage, arn, 2))
    after_one = decide(first, "approved")
    still = look(second)
    after_two = decide(second, "approved")
    return Played(_end(stage, arn), facts={"one": after_one, "still": still, "two": after_two})


def _two_decided(played: Played, _evidence: Evidence) -> Iterator[Finding]:
    one, still, two = (played.facts[key].state for key in ("one", "still", "two"))
    yield Finding("one approval is not enough", (one, still) == ("voted", "open"), f"{one}, {still}")
    yield Finding("the second one is", two == "delivered", two)
    yield _succeeds(played)
    deciders = {decision["approver"] for decision in _outcome(played).get("decisions", [])}
    yield Finding("two people are on record", len(deciders) == 2, ", ".join(sorted(deciders)))


def _scan(stage: Stage) -> Played:
    arn = approver.ask(stage, {"subject": "Scanned by everybody"})
    link = link_of(mails(stage, arn)[0])
    visits = [(method, agent) for method in ("GET", "HEAD") for agent in _SCANNERS] * _STORM
    with ThreadPoolExecutor(2) as pool:
        pages = list(
            pool.map(lambda visit: look(link, method=visit[0], agent=visit[1], as_json=False), visits)
        )
    after = look(link)
    decide(link, "approved")
    return Played(_end(stage, arn), facts={"pages": pages, "after": after})


def _scanned(played: Played, _evidence: Evidence) -> Iterator[Finding]:
    pages, after = played.facts["pages"], played.facts["after"]
    statuses = {page.status for page in pages}
    yield Finding(f"{len(pages)} visits got a page", statuses == {200}, str(statuses))
    yield Finding("none of them decided", (after.state, after.data["decisions"]) == ("open", []), after.state)
    yield _succeeds(played)


def _nobody_answers(stage: Stage) -> Played:
    for seconds in timeouts(stage.stack.aws, "a mail about what nobody answers"):
        arn = approver.ask(stage, {"subject": "Nobody is there"}, timeout_seconds=seconds)
        if link := link_in_time(stage, arn):
            execution = _end(stage, arn, seconds)
            return Played(execution, facts={"late": decide(link, "approved"), "after": look(link)})
    raise AssertionError("timeouts has no other end")


def _timed_out(played: Played, _evidence: Evidence) -> Iterator[Finding]:
    execution = _ended(played)
    yield Finding("the execution fails", execution.status == "FAILED", execution.status)
    yield Finding("its error is States.Timeout", execution.error == "States.Timeout", execution.error)
    yield from _closed(played, "expired")


def _stop(stage: Stage) -> Played:
    arn = approver.ask(stage, {"subject": "Stopped meanwhile"})
    link = link_of(mails(stage, arn)[0])
    approver.stop(stage.stack.aws, arn)
    execution = _end(stage, arn)
    after = wait_for_state(stage, link, "cancelled")
    return Played(execution, facts={"late": decide(link, "approved"), "after": after})


def _stopped(played: Played, _evidence: Evidence) -> Iterator[Finding]:
    status = _ended(played).status
    yield Finding("the execution stays stopped", status == "ABORTED", status)
    yield from _closed(played, "cancelled")


def _closed(played: Played, state: str) -> Iterator[Finding]:
    late, after = played.facts["late"], played.facts["after"]
    yield Finding(f"the page says {state}", after.state == state, after.state)
    yield Finding("a late click is told so", late.status == 410, str(late.status))
    yield Finding("and nothing is recorded", late.data.get("decisions") == [], json.dumps(late.data))


def _ask_again(stage: Stage) -> Played:
    for seconds in timeouts(stage.stack.aws, "a decision about what was asked again"):
        arn = approver.ask(
            stage, {"subject": "Asked twice"}, timeout_seconds=seconds, again_after_timeout=True
        )
        if not (first := link_in_time(stage, arn)):
            continue
        if not (second := link_in_time(stage, arn, not_about=request_of(first))):
            continue
        old, answer = decide(first, "approved"), decide(second, "approved")
        if answer.state == "delivered":
            return Played(_end(stage, arn), facts={"late": old, "after": look(first)})
    raise AssertionError("timeouts has no other end")


def _asked_again(played: Played, _evidence: Evidence) -> Iterator[Finding]:
    yield _succeeds(played)
    yield from _closed(played, "superseded")


def _put_faults_before_the_page(stage: Stage) -> None:
    stage.faults.use(stage.stack.aws, approver.page_function(stage.stack))


def _fail_to_deliver(stage: Stage) -> Played:
    arn = approver.ask(stage, {"subject": "Delivered at the second try"})
    link = link_of(mails(stage, arn)[0])
    request_id = request_of(link)
    stage.faults.refuse_once(request_id)
    answer = decide(link, "approved")
    after = wait_for_state(stage, link, "delivered")
    refused = request_id in stage.faults.refused
    return Played(_end(stage, arn), facts={"answer": answer, "after": after, "refused": refused})


def _delivered_later(played: Played, _evidence: Evidence) -> Iterator[Finding]:
    answer, after = played.facts["answer"].state, played.facts["after"].state
    yield Finding("Step Functions refused the first try", played.facts["refused"])
    yield Finding("the page says that it is on its way", answer == "on_its_way", answer)
    yield Finding("later it says delivered", after == "delivered", after)
    yield _succeeds(played)


SCENES = (
    Scene("A scheduled request is approved", WORKFLOW, "SUCCEEDED", _scheduled, _was_scheduled),
    Scene("A request is approved", WORKFLOW, "SUCCEEDED with the field filled in", _approve, _approved),
    Scene("A request is rejected", WORKFLOW, f"FAILED with {REJECTED} and the comment", _reject, _rejected),
    Scene("Two people have to approve", WORKFLOW, "SUCCEEDED after the second", _two_decide, _two_decided),
    Scene("Scanners follow every link", WORKFLOW, "nothing decided until a person approves", _scan, _scanned),
    Scene(
        "Nobody answers",
        WORKFLOW,
        "FAILED with States.Timeout; late clicks refused",
        _nobody_answers,
        _timed_out,
        waits=True,
    ),
    Scene("The execution is stopped", WORKFLOW, "ABORTED; late clicks refused", _stop, _stopped),
    Scene(
        "The same state asks again",
        WORKFLOW,
        "the first link is superseded",
        _ask_again,
        _asked_again,
        waits=True,
    ),
    Scene(
        "The answer is lost once",
        WORKFLOW,
        "on its way, then delivered",
        _fail_to_deliver,
        _delivered_later,
        _put_faults_before_the_page,
    ),
)

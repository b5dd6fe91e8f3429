"""Scenes of the workflow ``scheduled_approval``: a person decides."""

import json
from concurrent.futures import ThreadPoolExecutor

from local.demo.approver import Page, ask, decide, link, look, mails, request_of, wait_for_state
from local.demo.scene import Play, Scene
from local.observe.patience import timeouts

_WORKFLOW = "scheduled_approval"
REJECTED = "ApprovalRejected"
_SCANNERS = ("Mozilla/5.0 (compatible; LinkScanner)", "SafeLinks", "curl/8.0", "Mozilla/5.0 (iPhone)")
_STORM = 3

WINDOW = {
    "name": "window",
    "label": "Release window",
    "type": "choice",
    "options": ["now", "tonight"],
    "required": True,
}


def _scheduled(play: Play) -> None:
    """The stack's own workflow, started as its schedule does it."""
    arn = play.start({})
    own = link(play, arn)
    page = look(own)
    suggested = {field["name"]: field["default"] for field in page.data["fields"]}
    answer = decide(own, "approved", comment="from the demo", fields=suggested)
    play.succeeds(arn)
    play.expect("the page was open", page.state == "open", page.state)
    play.expect("the page says approved and delivered", answer.state == "delivered", answer.state)


def _approved(play: Play) -> None:
    arn = ask(play, "Release 1.4", details={"build": 7}, fields=[WINDOW])
    own = link(play, arn)
    wrong = decide(own, "approved", fields={"window": "never"})
    decide(own, "approved", fields={"window": "tonight"})
    play.expect("a wrong field was refused", wrong.status == 422, wrong)
    output = play.succeeds(arn)
    found = json.dumps(output)
    play.expect("the answer is approved", output.get("outcome") == "approved", found)
    play.expect("the field came along", output.get("fields") == {"window": "tonight"}, found)
    play.expect("who decided is on record", len(output.get("decisions", [])) == 1, found)


def _rejected(play: Play) -> None:
    arn = ask(play, "Release 1.5")
    own = link(play, arn)
    silent = decide(own, "rejected")
    decide(own, "rejected", comment="not on a Friday")
    play.expect("rejecting needs a comment", silent.status == 422, silent.status)
    cause = play.fails(arn, REJECTED)
    play.expect("its cause holds the comment", "not on a Friday" in cause, cause)
    play.expect("a mail tells how it ended", bool(mails(play, arn, with_link=False)))


def _two_decide(play: Play) -> None:
    arn = ask(play, "Payment to a new supplier", quorum=2)
    first, second, *_ = (mail.links[0] for mail in mails(play, arn, 2))
    one, still, two = decide(first, "approved"), look(second), decide(second, "approved")
    states = (one.state, still.state)
    play.expect("one approval is not enough", states == ("voted", "open"), states)
    play.expect("the second one is", two.state == "delivered", two.state)
    deciders = {decision["approver"] for decision in play.succeeds(arn).get("decisions", [])}
    play.expect("two people are on record", len(deciders) == 2, sorted(deciders))


def _scanned(play: Play) -> None:
    arn = ask(play, "Scanned by everybody")
    own = link(play, arn)
    visits = [(method, agent) for method in ("GET", "HEAD") for agent in _SCANNERS] * _STORM

    def visit(each: tuple[str, str]) -> int:
        return look(own, method=each[0], agent=each[1], accept="text/html").status

    with ThreadPoolExecutor(2) as pool:
        statuses = set(pool.map(visit, visits))
    after = look(own)
    decide(own, "approved")
    play.expect(f"{len(visits)} visits got a page", statuses == {200}, statuses)
    play.expect("none of them decided", (after.state, after.data["decisions"]) == ("open", []), after.state)
    play.succeeds(arn)


def _closed(play: Play, late: Page, after: Page, state: str) -> None:
    play.expect(f"the page says {state}", after.state == state, after.state)
    play.expect("a late click is told so", late.status == 410, late.status)
    play.expect("and nothing is recorded", late.data.get("decisions") == [], json.dumps(late.data))


def _nobody_answers(play: Play) -> None:
    for seconds in timeouts(play.aws, "a mail about what nobody answers"):
        arn = ask(play, "Nobody is there", timeout_seconds=seconds)
        if own := link(play, arn):
            break
    play.fails(arn, "States.Timeout", seconds)
    _closed(play, decide(own, "approved"), look(own), "expired")


def _stopped(play: Play) -> None:
    arn = ask(play, "Stopped meanwhile")
    own = link(play, arn)
    play.aws.step_functions.stop_execution(executionArn=arn, cause="stopped by the demo")
    status = play.end(arn).status
    after = wait_for_state(play, own, "cancelled")
    play.expect("the execution stays stopped", status == "ABORTED", status)
    _closed(play, decide(own, "approved"), after, "cancelled")


def _asked_again(play: Play) -> None:
    for seconds in timeouts(play.aws, "a decision about what was asked again"):
        arn = ask(play, "Asked twice", timeout_seconds=seconds, again=True)
        first = link(play, arn)
        second = first and link(play, arn, not_about=request_of(first))
        if second:
            old, answer = decide(first, "approved"), decide(second, "approved")
            if answer.state == "delivered":
                break
    play.succeeds(arn)
    _closed(play, old, look(first), "superseded")


SCENES = (
    Scene("A scheduled request is approved", _WORKFLOW, "SUCCEEDED", _scheduled),
    Scene("A request is approved", _WORKFLOW, "SUCCEEDED with the field filled in", _approved),
    Scene("A request is rejected", _WORKFLOW, f"FAILED with {REJECTED} and the comment", _rejected),
    Scene("Two people have to approve", _WORKFLOW, "SUCCEEDED after the second", _two_decide),
    Scene("Scanners follow every link", _WORKFLOW, "nothing decided until a person approves", _scanned),
    Scene("Nobody answers", _WORKFLOW, "FAILED with States.Timeout; late clicks refused", _nobody_answers),
    Scene("The execution is stopped", _WORKFLOW, "ABORTED; late clicks refused", _stopped),
    Scene("The same state asks again", _WORKFLOW, "the first link is superseded", _asked_again),
)

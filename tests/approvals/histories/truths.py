"""What must be true after any history, an hour after all is well again and in the end."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import Any

from approvals.record.people import partition
from approvals.request.life import WISH_SECONDS
from approvals.request.model import Outcome, Record, Status
from countersign_runtime.message import task_id

from tests.approvals.world import BASE

from .steps import Step
from .story import HOUR, MINUTE, Story
from .trouble import Mailed

LINK = re.compile(rf"{re.escape(BASE)}/r/([0-9a-f]{{32}})\.(\d+)\.([\w-]+)")


def hold(setting: Iterable[Any], history: Iterable[Step]) -> Story:
    """Play a history; AssertionError says what is not true after it."""
    story = Story(*setting)
    with story.logged():
        story.play(history)
        story.settle()
        after_an_hour(story)
        story.finish()
        in_the_end(story)
    return story


def after_an_hour(story: Story) -> None:
    """Nobody is asked in vain, and nobody waits in vain."""
    _lists(story)
    states = story.world.states
    known = {record.request.id: record for record in story.records()}
    for message in story.messages:
        token, record = message["TaskToken"], known.get(task_id(message["TaskToken"]))
        if states.is_waiting(token):
            assert record is not None, "somebody waits, and nobody was asked"
            assert record.request.status is Status.OPEN, "somebody waits for what is closed"
            asked = {mail.to for mail in _asking(story, record)}
            for number in set(record.request.asked) - set(record.request.votes):
                assert record.request.people[number] in asked, "an approver was never told"
        elif record is not None:
            assert record.request.is_closed, "nobody waits for it any more, and it is not closed"


def in_the_end(story: Story) -> None:
    """Record, answers, audit, mails, and what the page said, fit together; secrets are where they belong."""
    for message in story.messages:
        token = message["TaskToken"]
        record = story.world.store().load(task_id(token))
        if record is None:
            assert not story.world.states.is_waiting(token), "nobody was asked, and somebody waits"
            assert story.world.states.answers(token) == [], "nobody was asked, and it was answered"
            continue
        _one_outcome(story, record, token)
        _audit(story, record, token)
        _mails(story, record, token)
    _outcome_mails(story)
    _lists(story)
    _clicks(story)
    _secrets(story)


def _one_outcome(story: Story, record: Record, token: str) -> None:
    """The record says what Step Functions accepted, and nothing was closed while somebody waited for it."""
    request, answers = record.request, story.world.states.answers(token)
    called_off = bool(answers) and answers[0].error == "ApprovalCancelled"
    ended_at = story.world.states.ended_at(token)
    assert request.is_closed, "it is never closed"
    assert len(answers) <= 1, "two answers"
    if request.status is Status.UNCONFIRMED:
        assert story.trouble.histories_failed, "every history could be read"
    else:
        is_answered = bool(answers) and not called_off
        assert (request.status is Status.DELIVERED) == is_answered, "the record is what was accepted"
    if request.outcome is None:
        closed_at = request.closed_at or 0
        assert ended_at is not None, "it is closed, and somebody waits for it"
        assert ended_at <= closed_at, "it was closed while somebody waited for it"
    if answers and not called_off:
        approved = answers[0].operation == "SendTaskSuccess"
        outcome = Outcome.APPROVED if approved else Outcome.REJECTED
        assert request.outcome is outcome, "the record is what was accepted"
        assert approved or answers[0].error == "ApprovalRejected", "a rejection has its own error"
        said = answers[0].output if approved else json.loads(answers[0].cause)
        deciders = {request.people[number] for number in request.votes}
        assert {each["approver"] for each in said["decisions"]} == deciders, "the answer says it all"
    decided = Outcome.REJECTED in request.votes.values() or request.approvals >= request.quorum
    assert decided == (request.outcome is not None), "the votes are not the outcome"
    ends = (Status.DELIVERED, Status.TOO_LATE, Status.UNCONFIRMED)
    assert decided == (request.status in ends), "the votes are not the status"
    votes = {number: decision.outcome for number, decision in record.decisions.items()}
    assert votes == request.votes, "the votes are not the decisions"
    assert request.token == "", "a closed request has no token"
    assert request.outbox == frozenset(), "a closed request owes something"


def _audit(story: Story, record: Record, token: str) -> None:
    request, ended_at = record.request, story.world.states.ended_at(token)
    rows = story.world.dynamodb.of(request.id, "A#")
    whats = [row["what"]["S"] for row in rows]
    assert whats[0] == "requested", "the audit begins otherwise"
    ends = [what for what in whats if what != "unsent"]
    if request.id in story.called_off:
        assert "cancelled" in whats, "it is not on record who cancelled"
        assert request.status is not Status.EXPIRED, "what was cancelled is on record as expired"
        if request.status is Status.SUPERSEDED:
            ends.remove("cancelled")
    assert ends[-1] == request.status.value, "the audit ends otherwise"
    assert whats.count("decided") == len(request.votes), "the audit has not every decision once"
    for row, what in zip(rows, whats, strict=True):
        if what in ("reminded", "escalated") and ended_at is not None:
            at = datetime.fromisoformat(row["at"]["S"]).timestamp()
            assert at <= ended_at, f"{what} of what nobody waits for"


def _mails(story: Story, record: Record, token: str) -> None:
    """Each is sent once, but for what a function could not know; and not for what is over."""
    request = record.request
    sent: Counter[tuple[str, str]] = Counter()
    ended_at = story.world.states.ended_at(token)
    assert ended_at is not None, "it is closed, and somebody waits for it"
    for mail in _asking(story, record):
        if story.trouble.was_sure(mail.process):
            sent[mail.to, mail.subject] += 1
            number = request.people.index(mail.to)
            decided_at = record.decisions[number].at if number in record.decisions else mail.at
            assert mail.at <= (request.closed_at or 0) + MINUTE, "somebody is asked for what is closed"
            assert mail.at <= decided_at + MINUTE, "somebody is asked who has decided"
        asks_in_vain = mail.at > max(ended_at, story.healthy_since) + HOUR
        assert not asks_in_vain, "somebody is asked though nobody waits"
    whats = Counter(row["what"]["S"] for row in story.world.dynamodb.of(request.id, "A#"))
    for (_, subject), times in sent.items():
        asked = {"Reminder": whats["reminded"] + whats["escalated"], "Your link": whats["mailed again"]}
        most = next((most for kind, most in asked.items() if subject.startswith(kind)), 1)
        assert times <= most, f"{subject}: sent twice"
    wished = [mail for mail in _asking(story, record) if mail.subject.startswith("Your link")]
    for person in request.people:
        sure = [mail.at for mail in wished if mail.to == person and story.trouble.was_sure(mail.process)]
        soon = any(later - at < WISH_SECONDS - MINUTE for at, later in pairwise(sorted(sure)))
        assert not soon, "a link is mailed again at once"


def _outcome_mails(story: Story) -> None:
    """Everybody who was asked hears once how it ended. Requests about the same look the same."""
    owed: Counter[tuple[str, str]] = Counter()
    for record in story.records():
        request = record.request
        unsent = any(row["what"]["S"] == "unsent" for row in story.world.dynamodb.of(request.id, "A#"))
        if request.status is not Status.SUPERSEDED and not unsent:
            owed.update((request.people[number], record.subject) for number in request.asked)
    told = [mail for mail in story.trouble.mailed if not LINK.search(mail.body)]
    sent = Counter((mail.to, mail.subject.partition(": ")[2]) for mail in told)
    sure = Counter(
        (mail.to, mail.subject.partition(": ")[2]) for mail in told if story.trouble.was_sure(mail.process)
    )
    for whom, times in owed.items():
        assert sent[whom] >= times, "somebody who was asked never heard how it ended"
    for whom, times in sure.items():
        assert times <= owed[whom] or not owed[whom], "somebody heard twice how it ended"
    kinds = Counter((event["detail"]["requestId"], event["type"]) for event in story.world.events.events)
    for record in story.records():
        assert kinds[record.request.id, "Approval Requested"], "no event says that it was asked"


def _lists(story: Story) -> None:
    """Everybody's list has what waits for them, and nothing else."""
    items = story.world.dynamodb.items
    for record in story.records():
        request = record.request
        for number, person in enumerate(request.people):
            waits = request.status is Status.OPEN and number in request.asked and number not in request.votes
            row = items[partition(person), request.id]
            assert ("waiting" in row) == waits, "a list says something else than the request"
    decided = Counter(key[0] for key in items if key[1].startswith("D#") and key[0].startswith("P#"))
    votes = Counter(partition(each.request.people[n]) for each in story.records() for n in each.request.votes)
    assert decided == votes, "a list has not every decision once"


def _clicks(story: Story) -> None:
    """What the page said of a decision is true."""
    store = story.world.store()
    kept = {(click.request_id, click.approver, click.comment): 0 for click in story.clicks}
    for click in story.clicks:
        record = store.load(click.request_id)
        if click.status in (200, 303):
            assert record is not None, "a decision was lost"
            assert click.approver in record.decisions, "a decision was lost"
            decision = record.decisions[click.approver]
            said = (decision.outcome.value, decision.comment)
            assert said == (click.outcome, click.comment), "a decision was lost"
        if click.status not in (404, 409, 410, 422):
            kept[click.request_id, click.approver, click.comment] = 1
    for (request_id, approver, comment), may_be in kept.items():
        record = store.load(request_id)
        if record is not None and not may_be and approver in record.decisions:
            assert record.decisions[approver].comment != comment, "a decision that was refused is on record"
    for record in story.records():
        for number in record.request.votes:
            page = story.world.get_json(story.link(record, number))
            assert page["state"] == record.request.status.value, "the page says something else"


def _secrets(story: Story) -> None:
    """No token and no proof of a link anywhere but in the link's own mail."""
    world = story.world
    proofs = {
        story.link(record, number).rpartition(".")[2]
        for record in story.records()
        for number in range(len(record.request.people))
    }
    tokens = {message["TaskToken"] for message in story.messages}
    rows = json.dumps([*world.dynamodb.items.values()])
    shown = "\n".join([*story.log.lines, *map(repr, story.raised), *map(str, story.raised)])
    for text in (rows, shown, json.dumps(world.events.events)):
        assert not any(secret in text for secret in (*tokens, *proofs)), "a secret is where it must not be"
    people = {record.request.id: record.request.people for record in story.records()}
    for mail in story.trouble.mailed:
        assert not any(token in mail.body or token in mail.subject for token in tokens), "a token is mailed"
        found = sum(mail.body.count(proof) for proof in proofs)
        assert found == len(LINK.findall(mail.body)) <= 1, "a proof is mailed outside of its link"
        for request_id, number, _ in LINK.findall(mail.body):
            assert people[request_id][int(number)] == mail.to, "somebody else's link"


def _asking(story: Story, record: Record) -> list[Mailed]:
    """Mails that ask somebody to decide on a request."""
    found = [(mail, LINK.search(mail.body)) for mail in story.trouble.mailed]
    return [mail for mail, link in found if link and link[1] == record.request.id]

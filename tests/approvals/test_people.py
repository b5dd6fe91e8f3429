"""Who is who: nobody counts twice towards a quorum, and nobody approves what they ask for."""

from dataclasses import replace

import pytest
from approvals.request import life
from approvals.request.model import Decision, Outcome, Refused

from countersign_contract.approvals.addresses import different, is_address, is_named, same_person

from .world import ANN, BOB, CAT, EVE, World, asked

ONE_PERSON_TWICE = [ANN.upper(), f" {ANN} ", f"{ANN}.", "ann@exam\u200bple.test", "\uff41nn@example.test"]


@pytest.mark.parametrize("again", ONE_PERSON_TWICE)
def test_one_person_in_two_spellings_cannot_fill_a_quorum_of_two(again: str) -> None:
    world = World(approvers=(ANN, again), quorum=2)
    cause = "quorum must be between 1 and 1, as so many people are asked, got 2"
    assert world.refuses(world.wait()) == cause
    named = World(approvers=(ANN, BOB))
    assert named.refuses(named.wait({"subject": "s", "approvers": [ANN, again], "quorum": 2})) == cause


@pytest.mark.parametrize("again", ONE_PERSON_TWICE)
def test_one_person_in_two_spellings_is_asked_once(again: str) -> None:
    world = World(
        approvers=(ANN, again, BOB), escalation_approvers=(again, EVE, EVE.upper()), escalate_after_seconds=60
    )
    request = world.record(world.take(world.wait())).request
    assert (request.approvers, request.escalation) == ((ANN, BOB), (EVE,))


THEMSELVES = [
    *(ANN, ANN.upper(), "Ann <ann@example.test>", '"Ann A. (Ops)" <ANN@example.test>'),
    *("Ann (ann@example.test)", "mailto:ann@example.test", "mailto:ann%40example.test?subject=x"),
    *("<ann@example.test>", "'ann@example.test'", "ann@example.test.", "ann@example.test,"),
    *("ann@example.test;", "ann@exam\u200bple.test", "\u202aann@example.test\u202c"),
    *("ann\uff20example.test", "requested by ann@example.test.", "ann@example.test님께서"),
    "arn:aws-test:sts::123456789012:assumed-role/AWSReservedSSO_Dev_1/ann@example.test",
    *("https://chat.test/?user=ann@example.test&team=1", ".ann@example.test", "Bob\n<ann@example.test>"),
    *("ann%2540example.test", "ann&#64;example.test", "ann@example\u3002test"),
    # What cannot be seen: a variation selector, a soft hyphen, a joiner of letters, fillers of Hangul.
    *(f"ann{unseen}@example.test" for unseen in "\ufe0f\u00ad\u034f\u115f\u3164\uffa0"),
    # Letters of Cyrillic, of Greek, and the i without a dot look like those of her address.
    *("\u0430nn@example.test", "ann@ex\u03b1mple.test", "ann@\u0435x\u0430mple.test"),
]
PERHAPS_THEMSELVES = [
    *("ann @ example.test", "ann@exam ple.test", '"ann"@example.test', "ann(the boss)@example.test"),
    "ann@example,test",
]
SOMEBODY_ELSE = [
    *("", "dan", "Ann", "@ann", "dan@example.test", "Joann <joann@example.test>", "jo.ann@example.test"),
    *("ann+test@example.test", "x+ann@example.test", "ann@example.test.org", "ann@example.test-1.org"),
    "ann@mail.example.test",
]


@pytest.mark.parametrize(
    ("requester", "approvers"),
    [
        *((each, (BOB, CAT)) for each in THEMSELVES),
        *((each, None) for each in PERHAPS_THEMSELVES),
        *((each, (ANN, BOB, CAT)) for each in SOMEBODY_ELSE),
    ],
)
def test_the_requester_is_known_by_the_address_however_it_is_written(
    requester: str, approvers: tuple[str, ...] | None
) -> None:
    """Who cannot be told from an approver is refused."""
    world = World()
    message = world.wait({"subject": "Mine", "requester": requester})
    if approvers is None:
        says = "requester must be a mail address or hold none: it may be that of ann@"
        assert world.refuses(message).startswith(says)
        return
    task = world.take(message)
    assert world.record(task).request.approvers == approvers
    assert [mail["to"] for mail in world.mails()] == list(approvers)
    assert world.call(world.link(task, len(approvers)))["statusCode"] == 404, "there is no other approver"


def test_a_mail_is_addressed_as_the_notifier_subscribes_whatever_the_capitals() -> None:
    world = World(approvers=("Ann@Example.test", "b\u00fccher@xn--bcher-kva.test"))
    request = world.record(world.take(world.wait())).request
    assert request.approvers == ("Ann@Example.test", "b\u00fccher@xn--bcher-kva.test")
    assert [mail["to"] for mail in world.mails()] == ["ann@example.test", "b\u00fccher@xn--bcher-kva.test"]


def test_everybody_who_is_named_as_the_requester_is_left_out_also_of_an_escalation() -> None:
    world = World(escalate_after_seconds=60)
    requester = f"{ANN} for Bob <{BOB.upper()}> and mailto:{EVE}"
    request = world.record(world.take(world.wait({"subject": "s", "requester": requester}))).request
    assert (request.approvers, request.escalation) == ((CAT,), ())


def test_an_address_with_an_apostrophe_is_one_address() -> None:
    irish = "o'brien@example.test"
    world = World(approvers=(irish, BOB))
    for requester in (irish, f"Pat <{irish}>", f"'{irish}'"):
        task = world.take(world.wait({"subject": "s", "requester": requester}))
        assert world.record(task).request.approvers == (BOB,)


def test_a_request_that_was_recorded_with_its_requester_is_not_decided_by_them() -> None:
    """Whatever the list on record says."""
    world, task = asked()
    request = replace(world.record(task).request, requester="Ann <ann@example.test>")
    with pytest.raises(Refused):
        life.decide(request, Decision(0, Outcome.APPROVED, world.now()))
    assert life.decide(request, Decision(1, Outcome.APPROVED, world.now())).request.votes.keys() == {1}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@bücher.test", "ann@xn--bcher-kva.test"),
        ("ann@bücher.test", "Ann@XN--BCHER-KVA.test"),
        ("ian@example.test", "\u0130an@example.test"),
        ("김@예시.test", "김@xn--vv4b11d.test"),
    ],
)
def test_a_domain_is_the_same_for_people_and_for_programs(one: str, other: str) -> None:
    assert same_person(one, other)
    assert is_named(one, f"Ann <{other}>")
    assert is_named(other, one)


@pytest.mark.parametrize(
    "address",
    [
        "김철수@예시.test",
        "анна@пример.рф",
        "σοφια@παράδειγμα.gr",
        "o'brien@bücher.test",
        "ann@\u0131\u015f\u0131k.com.tr",
    ],
)
def test_an_address_may_be_in_any_alphabet(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    ["\u0430nn@example.test", "ann@ex\u03b1mple.test", "ann\u3164@example.test", "ann\u034f@example.test"],
)
def test_an_address_that_is_made_to_look_like_another_one_is_none(address: str) -> None:
    """Two alphabets in one word, or letters that cannot be seen."""
    assert not is_address(address)


@pytest.mark.parametrize("address", ["r&reg@example.test", "ann&amp@example.test", "x%41@example.test"])
def test_an_address_that_reads_like_something_written_for_a_page_or_a_link_is_itself(address: str) -> None:
    world = World(approvers=(address, BOB))
    task = world.take(world.wait({"subject": "Mine", "requester": f"Pat <{address}>"}))
    assert world.record(task).request.approvers == (BOB,)


def test_any_two_texts_can_be_compared() -> None:
    assert same_person("", "")
    assert not same_person("", ANN)
    assert different([]) == ()
    assert not is_named(ANN, "\ud800%ff%")

"""`up` warns of approvers whom no Notifier of the program subscribes."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components import ApprovalApi, Notifier
from tests.support.engine import deploy

ANN, BOB, CAT = "ann@example.com", "bob@example.com", "cat@example.com"
TOPIC = "arn:aws-test:sns:eu-west-1:123456789012:mails"


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Whom it warned of, and on which resource."""
    heard: list[tuple[str, str]] = []

    def warn(text: str, resource: Any) -> None:
        before, _, names = text.rpartition(" subscribes ")
        assert before.startswith("approvers must be subscribed to the topic")
        heard.append((resource._name, names))

    monkeypatch.setattr(pulumi.log, "warn", warn)
    return heard


def approvals(name: str, *approvers: pulumi.Input[str], **more: Any) -> None:
    ApprovalApi(name, {"approvers": approvers, "topic_arn": TOPIC, **more})  # type: ignore[typeddict-item]


@pytest.mark.parametrize(("preview", "turned"), [(False, True), (True, False)])
def test_one_warning_names_those_whom_nobody_subscribes(
    preview: bool, turned: bool, warnings: list[tuple[str, str]]
) -> None:
    def topic_of_a_notifier() -> None:
        mails = Notifier("mails", {"emails": [ANN.title()]})
        ApprovalApi("mine", {"approvers": [ANN, CAT], "topic_arn": mails.topic_arn})

    made: list[Callable[[], object]] = [
        topic_of_a_notifier,
        lambda: approvals(
            "release", BOB, CAT, ANN, escalation_approvers=["x@example.com"], escalate_after_seconds=60
        ),
        lambda: approvals("fine", BOB),
        lambda: Notifier("more", {"emails_by_name": {"bob": BOB}}),
    ]
    deploy(lambda: [make() for make in (reversed(made) if turned else made)], preview=preview)
    assert sorted(warnings) == [("mine", CAT), ("release", f"{CAT}, x@example.com")]


def test_nobody_is_warned_of_if_the_program_has_no_notifier_or_something_else_hands_mails_on(
    warnings: list[tuple[str, str]],
) -> None:
    deploy(lambda: Notifier("of-another-program", {"emails": [ANN]}))
    deploy(lambda: approvals("release", BOB))

    def handed_on() -> None:
        Notifier("mails")
        approvals("release", BOB, check_subscriptions=False)

    deploy(handed_on)
    assert warnings == []


def test_a_notifier_that_mails_nobody_is_one_too(warnings: list[tuple[str, str]]) -> None:
    def program() -> None:
        approvals("release", BOB)
        Notifier("mails")

    deploy(program)
    assert warnings == [("release", BOB)]


def test_an_address_that_is_secret_or_not_known_yet_is_not_spoken_of(
    warnings: list[tuple[str, str]],
) -> None:
    def program() -> None:
        mails = Notifier("mails", {"emails": [ANN]})
        unknown = mails.topic_arn.apply(lambda _: "late@example.com")
        known = pulumi.Output.from_input(CAT)
        approvals("release", ANN, BOB, known, unknown, pulumi.Output.secret("secret@example.com"))

    deploy(program, preview=True)
    assert warnings == [("release", f"{BOB}, {CAT}")]


@pytest.mark.parametrize("preview", [False, True])
def test_whom_a_notifier_subscribes_may_be_an_output_which_is_awaited(
    preview: bool, warnings: list[tuple[str, str]]
) -> None:
    def program() -> None:
        first = Notifier("first", {"emails": [pulumi.Output.secret(ANN)]})
        late = first.topic_arn.apply(lambda _: BOB)
        Notifier("second", {"emails": [late]})
        approvals("release", ANN, BOB, CAT)

    deploy(program, preview=preview)
    assert warnings == ([] if preview else [("release", CAT)]), "who is not known yet may be anybody"

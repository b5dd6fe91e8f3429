"""What `up` tells while it stays: faults as they happen, ends, mails; never a token or a link."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from local import observe
from local.inbox import Inbox
from local.server.faults import faults
from local.stack import Stack, running
from local.terminal.start import starts
from local.terminal.watch import Watch, fault, redacted
from tests.local.support import SMALL
from tests.support.patience import until

TOKEN = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
LINK = "http://127.0.0.1:1/_aws/execute-api/x/$default/r/0123456789abcdef0123456789abcdef.0.abcdefghij-_KLMN"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running(SMALL) as deployed:
        yield deployed


@pytest.fixture
def inbox(stack: Stack) -> Iterator[Inbox]:
    with Inbox(stack.aws, stack.deployment.resources) as opened:
        yield opened


def _told(watch: Watch, *wanted: str) -> list[str]:
    """Look until lines with all these texts have come; what they say, without their times."""
    lines: list[str] = []

    def look() -> bool:
        for line in watch.news():
            datetime.strptime(line[:10], "%H:%M:%S  ")  # noqa: DTZ007
            lines.append(line[10:])
        return all(any(text in line for line in lines) for text in wanted)

    until(f"news of {wanted}", look)
    return lines


@pytest.mark.embedded
def test_faults_ends_and_mails_are_told_once_and_without_secrets(stack: Stack, inbox: Inbox) -> None:
    aws, outputs = stack.aws, stack.outputs
    watch = Watch(stack, inbox, starts(stack.deployment))
    assert watch.news() == []
    for name in ("raises", "records", "ends", "broken"):
        aws.functions.invoke(FunctionName=outputs[name], Payload=json.dumps({"token": TOKEN}).encode())
    good = observe.start(aws, outputs["good"], {"name": "ann"})
    bad = observe.start(aws, outputs["workflows"]["order_payment"]["stateMachineArn"], {})
    aws.sns.publish(
        TopicArn=outputs["topic"],
        Subject=f"{'x ' * 31}{TOKEN}",
        Message=LINK,
        MessageAttributes={"event": {"DataType": "String", "StringValue": "any"}},
    )
    lines = _told(watch, "raises", "all is lost", "ends", "broken", "SUCCEEDED", "FAILED", "to ann", "to bob")
    for run in (good, bad):  # What follows is only what is new.
        assert observe.wait_for_end(aws, run).status in ("SUCCEEDED", "FAILED")
    assert sorted(_without_seconds(line) for line in lines) == sorted(
        [
            "raises failed: ValueError: refused […]",
            "records fault: […]",
            "records all is lost",
            "ends failed: Worker process died",
            "broken failed: Worker init failed: No module named 'nothing_of_this_name'",
            f"good {good.rsplit(':', 1)[-1][:8]} SUCCEEDED after … s",
            f"order_payment {bad.rsplit(':', 1)[-1][:8]} FAILED after … s: Wrong: […]",
            *(f"mail to {name}@example.com: {'x ' * 31}[…]" for name in ("ann", "bob")),
        ]
    )
    assert watch.news() == []
    aws.functions.invoke(FunctionName=outputs["records"], Payload=json.dumps({"token": TOKEN}).encode())
    assert _told(watch, "all is lost") == ["records fault: […]", "records all is lost"]


def _without_seconds(line: str) -> str:
    words = line.split(" ")
    return " ".join(
        "…" if after == "after" else word for after, word in zip(["", *words], words, strict=False)
    )


TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\n'
CHAIN = (
    f"{TRACEBACK}KeyError: 'x'\n\nDuring handling of the above exception, another occurred:\n\n{TRACEBACK}"
)


def _run(log: str, error: str = "") -> dict[str, Any]:
    """What came of a run, as MiniStack has it."""
    failed = {"error": True, "body": {"errorMessage": error, "errorType": "Runtime.HandlerError"}}
    return {"log": log, **(failed if error else {"body": None})}


def _record(**fields: Any) -> str:
    return json.dumps(fields)


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (_run(f"START\n{TRACEBACK}KeyError: 'x'\n", "'x'"), ["failed: KeyError: 'x'"]),
        (
            _run(f"{CHAIN}ValueError: y\nof two lines", "y\nof two lines"),
            ["failed: ValueError: y of two lines"],
        ),
        (_run(f"{TRACEBACK}KeyError: 'x'\ncaught"), []),
        (
            _run("Task timed out after 3.00 seconds", "Task timed out"),
            ["failed: Task timed out after 3.00 seconds"],
        ),
        (_run("", "Worker init failed: no"), ["failed: Worker init failed: no"]),
        (_run("I wonder whether the Task timed out after 3.00 seconds, or not\n3"), []),
        (_run(_record(outcome="fault", level="WARNING", error="of\ntwo lines")), ["fault: of two lines"]),
        (_run(_record(outcome="undelivered", level="WARNING")), ["undelivered"]),
        (_run(_record(outcome="unusable", level="WARNING")), ["unusable"]),
        (_run(_record(outcome="dead-lettered", level="INFO")), ["dead-lettered"]),
        (_run(_record(outcome="failed", level="WARNING")), []),
        (_run(_record(outcome="succeeded", level="INFO")), []),
        (_run(_record(level="ERROR", message="m")), ["m"]),
        (_run(_record(level="WARNING", message="m")), []),
    ],
)
def test_what_is_a_fault(run: dict[str, Any], told: list[str]) -> None:
    assert [_told_of(message) for message in faults(run)] == [f"f {text}" for text in told]


def _told_of(message: str) -> str:
    at, text = fault({"function": "f-1a2b3c4", "timestamp": 0, "message": message})
    assert at == datetime.fromtimestamp(0, UTC)
    return text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("no secret in here: KeyError 'order-1001'", "no secret in here: KeyError 'order-1001'"),
        (f"token={TOKEN}", "token=[…]"),
        (f"see {LINK}, please", "see […] please"),
        ("AQCEAAAAKgAAAAMAAAAAAAAAAX8kvHUI+/x1Tq3mY4yQ==", "[…]"),
        ("0123456789abcdef0123456789abcdef.0.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "[…]"),
    ],
)
def test_what_may_be_a_secret_is_not_told(text: str, left: str) -> None:
    assert redacted(text) == left


def test_a_secret_is_not_told_by_halves() -> None:
    """Cut first, half of it would be left, which no rule knows."""
    for said in ({"error": f"{'x ' * 40}{TOKEN}"}, {"message": f"{'x ' * 40}{TOKEN}"}):
        assert "x […]" in _told_of(_record(level="ERROR", **said))
    assert _told_of(f"failed: E: {'x ' * 38}{TOKEN}").endswith("x […]")


@pytest.mark.embedded
def test_what_was_found_before_a_failure_is_told_the_next_time(
    stack: Stack, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(stack, inbox, [])
    watch.news()
    found = (datetime.now(UTC), "it ended")
    monkeypatch.setattr(watch, "_executions", lambda: iter([found]))
    monkeypatch.setattr(watch, "_faults", lambda: (_ for _ in ()).throw(ConnectionError("busy")))
    with pytest.raises(ConnectionError):
        watch.news()
    monkeypatch.setattr(watch, "_executions", lambda: iter([]))
    monkeypatch.setattr(watch, "_faults", lambda: iter([]))
    assert [line[10:] for line in watch.news()] == ["it ended"]

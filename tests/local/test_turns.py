"""Functions take turns: never more at a time than there is room for, and never stuck."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from local.server import capacity
from local.server.turns import Turns
from local.stack import running
from tests.local.support import SMALL, children
from tests.support.patience import PATIENCE_SECONDS


def test_no_more_have_a_turn_than_there_is_room_for_and_all_get_one() -> None:
    turns, size, calls = Turns(3), 3, 24
    together = threading.Barrier(size)
    lock, running_now, most = threading.Lock(), 0, 0

    def work() -> None:
        nonlocal running_now, most
        with lock:
            running_now += 1
            most = max(most, running_now)
        together.wait(PATIENCE_SECONDS)  # Each needs that as many as there is room for are at work with it.
        with lock:
            running_now -= 1
        together.wait(PATIENCE_SECONDS)

    with ThreadPoolExecutor(calls) as pool:
        for done in [pool.submit(turns.taking(work)) for _ in range(calls)]:
            done.result()
    assert most == size


def test_a_call_that_waits_for_another_gets_its_answer_though_no_turn_is_left() -> None:
    turns = Turns(1, stuck_seconds=0.05)
    inner = turns.taking(lambda: "answered")

    def outer() -> str:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(inner).result(PATIENCE_SECONDS)

    assert turns.taking(outer)() == "answered"
    assert inner() == "answered", "every turn was given back"


def test_a_turn_is_given_back_when_the_call_fails() -> None:
    turns = Turns(1)

    def broken() -> None:
        raise ValueError("no luck")

    for _ in range(2):
        with pytest.raises(ValueError, match="no luck"):
            turns.taking(broken)()


@pytest.mark.parametrize(
    ("quota", "processors"), [("max 100000", 8), ("250000 100000", 2), ("50000 100000", 1), ("", 8)]
)
def test_a_container_has_the_processors_it_was_given(
    quota: str, processors: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpu.max").write_text(quota)
    monkeypatch.setattr(capacity, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))
    assert capacity.processors() == processors
    assert capacity.functions_at_once() == 2 * processors


@pytest.mark.embedded
def test_many_calls_at_once_are_all_answered_by_as_many_processes_as_the_machine_carries() -> None:
    """Without turns each has a process of its own."""
    calls = 6 * capacity.functions_at_once()
    with running(SMALL) as stack, ThreadPoolExecutor(calls) as pool:
        call = partial(stack.aws.functions.invoke, FunctionName=stack.outputs["records"])
        begun = [pool.submit(call, Payload=b'{"token": ""}') for _ in range(calls)]
        assert not any("FunctionError" in done.result() for done in begun)
        processes = len(children(stack.emulator.process.pid))
    # One more starts when nothing has ended for long, as may be on a slow machine.
    assert 0 < processes <= capacity.functions_at_once() + 4

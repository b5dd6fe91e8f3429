"""Functions take turns: never more at a time than there is room for, and never stuck."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local import observe
from local.server import machine
from local.server.turns import Turns
from local.stack import running
from tests.local.support import children
from tests.support.patience import PATIENCE_SECONDS

ORDERS = 200


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
    monkeypatch.setattr(machine, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))
    assert machine.processors() == processors
    assert machine.functions_at_once() == 2 * processors


@pytest.mark.embedded
def test_many_orders_at_once_all_end_as_they_should_on_as_many_processes_as_the_machine_carries() -> None:
    """Each end is an event for the approvals' follow-up, too: without turns each had a process of its own."""
    with running() as stack:
        order = {"orderId": "one", "amount": 100, "currency": "EUR", "paymentReference": "pm_visa"}
        pay = stack.outputs["workflows"]["order_payment"]["stateMachineArn"]
        with ThreadPoolExecutor(8) as pool:
            begun = [pool.submit(observe.start, stack.aws, pay, order) for _ in range(ORDERS)]
        executions = [observe.wait_for_end(stack.aws, done.result()) for done in begun]
        functions = Counter(
            variable.partition("=")[2]
            for pid in children(stack.emulator.process.pid)
            for variable in Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
            if variable.startswith("AWS_LAMBDA_FUNCTION_NAME=")
        )
    assert Counter((execution.status, execution.error) for execution in executions) == {
        ("SUCCEEDED", ""): ORDERS
    }
    assert {execution.output["status"] for execution in executions} == {"PAID"}
    assert len(functions) >= 2, "the worker and the follow-up"
    # One more starts when nothing has ended for long, as may be on a slow machine.
    assert max(functions.values()) <= machine.functions_at_once() + 4

"""Every way of a token to a worker: through a topic, a bus or a FIFO queue, with every ending."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.support import held
from tests.support.embedded import Embedded, embedded
from tests.support.patience import until

pytestmark = pytest.mark.embedded

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
QUEUES = ("queue", "topic-to-queue-raw", "topic-to-queue", "bus-to-queue", "fifo", "fifo-in-batches")
FUNCTIONS = ("topic-to-function", "bus-to-function")
BUSES = ("bus-to-queue", "bus-to-function")


@pytest.fixture(scope="module")
def ways() -> Iterator[Embedded]:
    with embedded(Path(__file__).with_name("ways")) as deployed:
        yield deployed


def asked(do: str, group: str = "g", **more: Any) -> dict[str, Any]:
    return {"do": do, "group": group, "trace": TRACE, **more}


@pytest.mark.parametrize("way", [*QUEUES, *FUNCTIONS])
def test_every_ending_comes_back(ways: Embedded, way: str) -> None:
    machine = ways.outputs[way]
    runs = {do: ways.start(machine, asked(do, do)) for do in ("succeed", "fail", "break")}
    done = ways.finish(runs["succeed"])
    assert done.status == "SUCCEEDED", (done.error, done.cause)
    assert done.output["did"] == "succeed"
    assert done.output["trace"] == (None if way in BUSES else TRACE), "an event has no attributes"
    refused, broken = ways.finish(runs["fail"]), ways.finish(runs["break"])
    assert (refused.status, refused.error, refused.cause) == ("FAILED", "Refused", "as asked")
    assert (broken.status, broken.error, broken.cause) == (
        "FAILED",
        "CallbackQueue.DeadLettered" if way in QUEUES else "RuntimeError",
        "RuntimeError: as asked",
    )


@pytest.mark.parametrize("way", ["fifo", "fifo-in-batches"])
def test_a_group_is_worked_on_in_its_order_and_waits_for_what_comes_again(ways: Embedded, way: str) -> None:
    machine, url = ways.outputs[way], ways.outputs[f"{way}-url"]
    runs: list[str] = []
    with ways.paused(url):
        for number, do in enumerate(["succeed", "break", "succeed", "succeed"]):
            runs.append(ways.start(machine, asked(do, "ordered", number=number)))
            until("its message", lambda: len(held(ways, url)) == len(runs))
    first, broken, *others = [ways.finish(run) for run in runs]
    assert broken.error == "CallbackQueue.DeadLettered"
    assert [each.status for each in (first, *others)] == ["SUCCEEDED"] * 3
    began = [each.output["began"] for each in (first, *others)]
    assert began == sorted(began)
    assert began[1] > broken.stopped.timestamp(), "not before it was given up"
    assert began[0] < broken.stopped.timestamp()

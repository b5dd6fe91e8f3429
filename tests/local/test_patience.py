"""Waiting, on a clock that the test sets: a slow machine gets more time, and missing is not slow."""

from dataclasses import dataclass, field
from typing import cast

import pytest

from local.aws import Aws
from local.errors import TooSlow
from local.observe import patience
from local.observe.patience import LONGEST_SECONDS, PATIENCE_SECONDS, NotSeen, patiently, timeouts, until


@dataclass
class Machine:
    """An embedded AWS of which each answer takes so long, on a clock that only it and pauses move."""

    answer_seconds: float
    now: float = 1000.0
    calls: list[float] = field(default_factory=list)

    @property
    def step_functions(self) -> "Machine":
        return self

    def list_state_machines(self, **_: object) -> None:
        self.now += self.answer_seconds
        self.calls.append(self.now)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


@pytest.fixture
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(answer_seconds=request.param)
    monkeypatch.setattr(patience, "time", made)
    return made


def _aws(machine: Machine) -> Aws:
    return cast("Aws", machine)


QUICK, SLOW, HOPELESS = 0.002, 0.015, 0.5


@pytest.mark.parametrize("machine", [QUICK, SLOW, HOPELESS], indirect=True)
def test_what_comes_is_returned_at_once(machine: Machine) -> None:
    found = iter([None, "", "it"])
    assert until(_aws(machine), "something", lambda: next(found)) == "it"
    assert machine.now - 1000 < 1


@pytest.mark.parametrize(("machine", "slowness"), [(QUICK, 1), (SLOW, 3)], indirect=["machine"])
def test_what_does_not_come_though_there_was_time_is_missing(machine: Machine, slowness: int) -> None:
    with pytest.raises(NotSeen, match="the mail: not seen, with time for it"):
        until(_aws(machine), "the mail", lambda: None)
    assert PATIENCE_SECONDS * slowness * 0.95 < machine.now - 1000 < PATIENCE_SECONDS * slowness * 1.1


@pytest.mark.parametrize("machine", [HOPELESS], indirect=True)
def test_a_machine_that_gets_nothing_done_is_too_slow_and_nothing_is_missing(machine: Machine) -> None:
    with pytest.raises(TooSlow, match=r"the mail: not seen within 60\d s, and one call .* takes 0.50 s"):
        until(_aws(machine), "the mail", lambda: None)
    assert machine.now - 1000 < LONGEST_SECONDS + 5


@pytest.mark.parametrize("machine", [SLOW], indirect=True)
def test_a_machine_that_recovers_gets_no_more_than_it_needs(machine: Machine) -> None:
    turns = patiently(_aws(machine), "something")
    for _ in turns:
        if machine.now > 1060:
            machine.answer_seconds = QUICK
    assert 1060 < machine.now < 1060 + PATIENCE_SECONDS


@pytest.mark.parametrize("machine", [QUICK, HOPELESS], indirect=True)
def test_a_timeout_that_was_too_short_is_doubled_until_patience_ends(machine: Machine) -> None:
    tried: list[int] = []

    def try_all() -> None:
        for seconds in timeouts(_aws(machine), "the call"):
            tried.append(seconds)
            machine.now += seconds

    with pytest.raises(
        TooSlow if machine.answer_seconds == HOPELESS else NotSeen, match="the call: not seen"
    ):
        try_all()
    assert tried[:4] == [5, 10, 20, 40]
    assert sum(tried) >= PATIENCE_SECONDS

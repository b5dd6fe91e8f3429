"""What a history is made of: plain tuples, a name and what it is about, so that one can be read and replayed.

Executions, messages and approvers are numbers; a number above what there is wraps around.
"""

from typing import Any

from hypothesis import strategies as st

from .trouble import SERVICES, Fault

Step = tuple[Any, ...]
Drawn = st.SearchStrategy[Step]

LONGEST = 18
"""Steps of a history. Faults that were put in to try it are found in short ones."""


def settings() -> Drawn:
    """How many approvers, the quorum, seconds to the first reminder and to the escalation (0: never)."""
    people = st.sampled_from([(1, 1), (3, 1), (3, 1), (3, 2), (2, 2), (3, 3)])
    return st.tuples(people, st.sampled_from([1_800, 1_800, 0]), st.sampled_from([2_700, 0])).map(
        lambda drawn: (*drawn[0], *drawn[1:])
    )


MESSAGE = st.sampled_from([0, 0, 0, 1, 2, 3])
EXECUTION = st.sampled_from([0, 0, 1])
APPROVER = st.integers(0, 3)
SERVICE = st.sampled_from(["States", "States", "States", "DynamoDB", *SERVICES])
FAULT = st.sampled_from([fault.value for fault in Fault])

Kinds = list[tuple[int, str, list[st.SearchStrategy[Any]]]]
"""How often, what, and what it is about."""

JOBS: Kinds = [
    (4, "take", [MESSAGE]),
    (8, "decide", [MESSAGE, APPROVER, st.booleans(), st.booleans()]),
    (1, "look", [MESSAGE]),
    (5, "sweep", []),
    (4, "nudge", [st.booleans()]),
    (3, "hear", [EXECUTION]),
    (1, "remind", [MESSAGE]),
    (1, "call_off", [MESSAGE]),
    (1, "wish", [MESSAGE, MESSAGE, APPROVER]),
]
"""Runs of functions."""

AROUND: Kinds = [
    (4, "ask", [EXECUTION, st.sampled_from([0, 0, 1]), st.sampled_from([3_600, 86_400, 86_400])]),
    (3, "retry", [MESSAGE]),
    (2, "cancel", [MESSAGE]),
    (3, "stop", [EXECUTION, st.booleans()]),
    (3, "redrive", [EXECUTION, MESSAGE]),
    (6, "jump", [st.sampled_from([1, 25, 61, 600, 1_860, 3_500, 100_000])]),
    (3, "run", [st.sampled_from([1, 5, 20])]),
    (1, "forget nudges", []),
    (4, "fault", [SERVICE, FAULT]),
    (2, "outage", [SERVICE, FAULT]),
    (1, "refuse", [APPROVER]),
    (1, "lag", []),
    (2, "calm", []),
]
"""What happens around the functions, and what goes wrong from now on or at the next call."""


def _one_of(kinds: Kinds) -> Drawn:
    # Not `one_of`, which draws each of its branches as often as any other.
    about = {name: st.tuples(st.just(name), *strategies) for _, name, strategies in kinds}
    names = [name for times, name, _ in kinds for _ in range(times)]
    return st.sampled_from(names).flatmap(about.__getitem__)


def deaths() -> st.SearchStrategy[tuple[int | None, bool]]:
    """At which of its calls a function dies, if it does, and whether after it."""
    return st.tuples(st.sampled_from([None] * 20 + list(range(12))), st.booleans())


def histories() -> st.SearchStrategy[list[Step]]:
    """Whole histories."""
    work = st.lists(st.tuples(_one_of(JOBS), deaths()), min_size=1, max_size=4)
    at_once = st.tuples(st.just("at once"), work, st.integers(0, 2**16))
    around = _one_of(AROUND)
    steps = st.sampled_from([True, False]).flatmap({True: at_once, False: around}.__getitem__)
    part = st.lists(steps, max_size=LONGEST // 3)  # Of several, because one is rarely long.
    return st.tuples(part, part, part).map(lambda parts: [*parts[0], *parts[1], *parts[2]])

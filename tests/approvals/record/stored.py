"""What is stored: the attributes of each kind of item, and their types, over a life in which much happens."""

from collections import defaultdict
from collections.abc import Mapping

from tests.approvals.world import ANN, World
from tests.support.step_functions import Fault

Stored = Mapping[str, Mapping[str, list[str]]]
"""Kind of item → attribute → its types."""


def stored() -> dict[str, dict[str, list[str]]]:
    """What this version puts on record."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    world = World(quorum=2, remind_after_seconds=600, escalate_after_seconds=900)

    def look() -> None:
        for (partition, sort), item in world.dynamodb.items.items():
            of_request = sort[:2] if sort[1] == "#" else sort
            kind = of_request if partition.startswith("R#") else partition[:2]
            for name, attribute in item.items():
                found[kind][name] |= attribute.keys()

    task = world.take(world.wait({"subject": "s", "details": {"a": 1}, "requester": "dan"}))
    world.sns.refuses = {ANN}
    look()
    for _ in range(2):
        world.advance(901)
        world.follow_up().sweep()
        look()
    world.sns.refuses = set()
    world.states.inject(*[Fault.LOST_REPLY] * 2, answers=True)
    world.states.lags = True
    for approver in (0, 3):
        world.post(world.link(task, approver), outcome="approved", comment="fine")
        look()
        world.nudges()
        look()
    world.states.lags = False
    world.advance(1000)
    world.follow_up().sweep()
    look()
    return {
        kind: {name: sorted(types) for name, types in sorted(each.items())}
        for kind, each in sorted(found.items())
    }


def lost(before: Stored, now: Stored) -> list[str]:
    """One line for each attribute that a version before put on record, and that is none now, or of other
    types: requests that are open during an update have it."""
    lines = []
    for kind, attributes in before.items():
        for name, types in attributes.items():
            found = now.get(kind, {}).get(name, [])
            if not set(types) <= set(found):
                lines.append(f"{kind}: {name} was {' or '.join(types)}, is {' or '.join(found) or 'nothing'}")
    return lines

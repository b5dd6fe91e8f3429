"""What the graph of a machine must be: targets exist, states are reached, ways end, failures are not lost."""

from collections.abc import Iterable, Iterator

from ..document.graph import Graph, backwards, entries, is_end, reach
from ..report.display import show
from .scope import Scope, Site
from .values import wrong_type


def check(scope: Scope, sites: dict[str, Site]) -> None:
    """Check the graph of a machine. `sites` are its states that are objects."""
    graph = scope.graph
    folded: dict[str, str] = {}
    for name, field, target in graph.wrong:
        if isinstance(target, str):
            folded = folded or {other.strip().casefold(): other for other in reversed(scope.states)}
            near = folded.get(target.strip().casefold())
            fix = "name one of its states" if near is None else f"did you mean {show(near)}?"
            message = f"there is no state {show(target)} in this machine"
            sites[name].add("transition-target", field, message, fix)
        elif not field.startswith("Choices"):  # A rule's Next is checked with the rule.
            wrong_type(sites[name], field, target, "a state's name")
    if not graph.reached:
        return  # What is reached cannot be told before every state and every target is right.
    if not graph.complete:
        _find_unreachable(sites, graph)
        return
    finite = _finite(sites, graph.following)
    if not finite:
        scope.add("no-end", "States", "no state ends this machine", 'give the last state "End": true')
        return
    for name in _beginnings((name for name in sites if name not in finite), graph.following):
        fix = "lead some way out of the loop, to a Succeed, a Fail or an End"
        sites[name].add("endless-loop", "", "from here no way leads to an end", fix)
    _find_unnoticed(sites)


def _find_unreachable(sites: dict[str, Site], graph: Graph) -> None:
    """States that nothing leads to: of each lost part its beginning, since the rest comes with it."""
    lost = [name for name in sites if name not in graph.reached]
    followers = {target for name in lost for target in graph.following[name] if target != name}
    for name in _beginnings((*(name for name in lost if name not in followers), *lost), graph.following):
        fix = "lead a Next, Default or Catch here, or remove it"
        sites[name].add("unreachable", "", "no way leads here from StartAt", fix)


def _beginnings(names: Iterable[str], following: dict[str, list[str]]) -> Iterator[str]:
    """Those of some states that no state before them leads to."""
    told: set[str] = set()
    for name in names:
        if name not in told:
            reach((name,), following, told)
            yield name


def _finite(sites: dict[str, Site], following: dict[str, list[str]]) -> set[str]:
    """The states from which an end can be reached."""
    found: set[str] = set()
    for name in reversed(sites):  # As they are mostly written, all that one leads to has been seen before.
        if is_end(sites[name].state) or not found.isdisjoint(following[name]):
            found.add(name)
    return found if len(found) == len(sites) else set(reach(found, backwards(following), set()))


def _find_unnoticed(sites: dict[str, Site]) -> None:
    """Catchers of waits from which a successful end is reached without anything that decides again."""
    successes: dict[str, str | None] = {}
    for site in sites.values():
        if not site.waits:
            continue
        for index, catcher in enumerate(entries(site.state, "Catch")):
            end = _success_after(catcher["Next"], sites, successes)
            if end is not None:
                message = f"a caught failure of this wait ends in success at {show(end)}"
                fix = "end that way in a Fail, or silence the rule and say why a failure is a success here"
                site.add("wait-failure-unnoticed", f"Catch[{index}].Next", message, fix)


def _success_after(start: str, sites: dict[str, Site], successes: dict[str, str | None]) -> str | None:
    """The successful end that a state leads to without passing a Choice or another wait.

    Only by the ordinary way on: that a later step fails as well, and is caught, is its own affair. What is
    found is kept in `successes` for every state on the way, so that none is walked twice.
    """
    way: list[str] = []
    name = start
    while name not in successes:
        successes[name] = None  # A loop that comes back here has no end.
        way.append(name)
        site = sites[name]
        if site.kind in ("Choice", "Fail") or site.waits:
            break
        if is_end(site.state):
            successes[name] = name
            break
        name = site.state["Next"]
    end = successes[name]
    successes.update(dict.fromkeys(way, end))
    return end

"""Who is subscribed to a topic, each under a name that lasts.

SNS answers a subscription of an address that is subscribed already with the one there is. So a subscription
whose name changes is lost: the new name takes it over, then the old name's deletion ends it. Therefore no
name depends on a place in a list, and what can only have had one other name says so by an alias.
https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pulumi

from .common.checks import ArgumentError, each_once, plain, text

ALONE = "1"
"""Name of a list's only Output. In version 0.1.0 an Output was called after its place in the list."""

NAME = r"[A-Za-z0-9_-]{1,64}"


class Subscriber(NamedTuple):
    """An address, the name of its subscription, and names that it may have had before."""

    name: str
    address: pulumi.Input[str]
    former_names: Sequence[pulumi.Input[str]]

    def aliases(self, prefix: str) -> list[pulumi.Input[pulumi.Alias]]:
        """What a child that is called `{prefix}-{name}` may have been called before."""

        def alias(name: str) -> pulumi.Alias:
            return pulumi.Alias(name=f"{prefix}-{name}")

        return [
            name.apply(alias) if isinstance(name, pulumi.Output) else alias(str(name))
            for name in self.former_names
        ]


def subscribers(
    argument: str, options: Mapping[str, Any], pattern: str, what: str, compare: Callable[[str], str]
) -> list[Subscriber]:
    """Those of the list `argument`, each called after its address, and of the mapping `{argument}_by_name`.

    An address matches `pattern`, and so is `what` (`a mail address`); two that `compare` makes the same are
    one. Raises ArgumentError for an address or a name that is none, for one that is there twice, and for a
    second Output in the list, which would need a name of its own.
    """
    by_name = f"{argument}_by_name"
    names_rule = f"{by_name} must have names of 1 to 64 letters, digits, hyphens and underscores"
    listed: Sequence[pulumi.Input[str]] = [
        text(f"{argument} must each be {what}", value, pattern) for value in options.get(argument, ())
    ]
    named = {
        str(text(names_rule, name, NAME)): text(f"{by_name}[{name!r}] must be {what}", value, pattern)
        for name, value in plain(
            by_name, options.get(by_name, {}), Mapping, "a dict from names to addresses"
        ).items()
    }
    outputs = [place for place, value in enumerate(listed, start=1) if isinstance(value, pulumi.Output)]
    if len(outputs) > 1:
        how = ", ".join(f"'{place}': ..." for place in outputs)  # As version 0.1.0 called them.
        raise ArgumentError(
            f"{argument} must hold at most one Output, got {len(outputs)}: "
            f"give them names that last, as in {by_name}={{{how}}}"
        )
    # Two names of one address would have one subscription, which either can end.
    where = f"{argument} and those of {by_name}" if named else argument
    each_once(where, [*listed, *named.values()], compare)
    places = [str(place) for place in range(2, len(listed) + 1)]
    called: list[tuple[str, pulumi.Input[str], list[str]]] = [
        (ALONE, value, places) if isinstance(value, pulumi.Output) else (_spelt(str(value)), value, [])
        for value in listed
    ]
    called += [(name, value, []) for name, value in named.items()]
    if len(called) == 1 or len(listed) == 1:
        called[0][2].append(ALONE)  # It may have been a list's only Output, whatever it is now.
    names = [name for name, _, _ in called]
    spelt = [_spelt(value) for _, value, _ in called if isinstance(value, str)]
    ambiguous = [one for one in spelt if spelt.count(one) > 1]  # Each might have been called so.
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ArgumentError(
            f"{argument} must differ in more than punctuation, and from the names of {by_name}, "
            f"got {repeated[0]!r} twice: give one another name in {by_name}"
        )
    return [
        Subscriber(
            name,
            value,
            [
                *(one for one in former if one not in names),
                *_former_spelling(name, value, [*names, *ambiguous]),
            ],
        )
        for name, value, former in called
    ]


def _spelt(address: str) -> str:
    """What an address is called where it has no other name."""
    return re.sub(r"[^\w.@+-]+", "-", address)


def _former_spelling(
    name: str, address: pulumi.Input[str], names: Sequence[str]
) -> Sequence[pulumi.Input[str]]:
    """The name that the address has, or had, in a list, unless another has it now.

    One that is not known yet is not subscribed yet. A secret stays out of names, which the state shows.
    """
    if isinstance(address, pulumi.Output):
        known = pulumi.Output.all(address, address.is_secret())
        return [known.apply(lambda it: name if it[1] or (spelt := _spelt(it[0])) in names else spelt)]
    spelt = _spelt(str(address))
    return [spelt] if spelt not in names else []

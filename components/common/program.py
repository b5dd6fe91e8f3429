"""What the components of one program know of each other, as far as this process shows it.

Nothing of it is registered. From it follows what one component needs of another, and which mistakes are in no
component alone. What comes from another stack, or from a program in another language, is not here.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime import get_root_resource


@dataclass(frozen=True)
class HandedOut:
    """A queue, topic, table or bucket that a component has, and whose URL, name or ARN it hands out."""

    key_arn: pulumi.Input[str] | None
    """The customer's key it is under, which whoever sends there must be allowed to use."""


@dataclass(frozen=True)
class MadeTopic(HandedOut):
    """The topic that a Notifier makes."""


@dataclass(frozen=True)
class MadeQueue(HandedOut):
    """The queue that a CallbackQueue makes, which alone says in the queue's policy who may send to it."""

    owner: str
    """What the CallbackQueue is called."""
    topic_arn: pulumi.Input[str] | None
    """The one topic that may send, if any."""


@dataclass
class Program:
    """What one program has said so far."""

    attached: Counter[Any] = field(default_factory=Counter)
    """Role, as a name or the Output that it is given as → how many policies are attached to it."""
    mailed: list[Sequence[pulumi.Input[str]]] = field(default_factory=list)
    """The mail addresses that each of its Notifiers subscribes."""


class _Host:
    """Stands for the stack where there is none: in a plugin, whose process serves one program."""


_HOST = _Host()
_handed_out: WeakKeyDictionary[pulumi.Output[Any], HandedOut] = WeakKeyDictionary()


def this_program() -> Program:
    """Of the stack that is evaluated now, which has it, as a process may evaluate several: what is said in it
    leads back to the stack, so that whatever else had it would keep the stack in memory."""
    program: Program = vars(get_root_resource() or _HOST).setdefault("_countersign", Program())
    return program


def hand_out(thing: HandedOut | None, *outputs: pulumi.Output[Any]) -> None:
    """Keep in mind that these outputs are the thing's: its URL, its name, its ARN."""
    if thing is not None:
        _handed_out.update(dict.fromkeys(outputs, thing))


def thing_of(value: Any) -> HandedOut | None:
    """The thing of this program whose URL, name or ARN the value is."""
    return _handed_out.get(value) if isinstance(value, pulumi.Output) else None

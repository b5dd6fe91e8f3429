"""What every component begins and ends with."""

import inspect
from typing import Any

import pulumi

from . import places
from .arguments import Common
from .checks import given
from .names import check_name


class Component(pulumi.ComponentResource):
    """A component that takes the arguments of one TypedDict, and whose annotations are its outputs.

    A constructor checks plain values first, then makes children, sets the outputs, and registers them last.
    """

    def __init__(self, kind: Any, name: str, args: Any, opts: pulumi.ResourceOptions | None) -> None:
        """`kind` is the TypedDict, called after the component."""
        component = kind.__name__.removesuffix("Args")
        super().__init__(f"countersign:index:{component}", name, {}, opts)
        options = given(kind, args)
        check_name(component, name, options)
        self._options = places.in_place(self, options)
        self._common = Common.of(self, self._options)

    def _register(self) -> None:
        """Register the outputs, each under the name of its annotation."""
        names = [name for kind in type(self).__mro__ for name in inspect.get_annotations(kind)]
        self.register_outputs(
            {name: value for name, value in vars(self).items() if name in names and name[0] != "_"}
        )

"""The components for other languages: a Pulumi plugin host, whose schema is read off the components.

What a component takes is its args TypedDict, and what is said about an argument is the docstring under it.
The components are what this package exports; there is no second list.
"""

import importlib
import inspect
import json
import re
from collections.abc import Mapping
from typing import Any, get_args

import pulumi
from pulumi.errors import InputPropertyError
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.analyzer import Analyzer, ComponentDefinition
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.experimental.util import camel_case
from pulumi.provider.server import ComponentInitError

from .common.arguments import CommonArgs, RunningArgs
from .common.checks import LOG_RETENTION_DAYS
from .common.events import EventArgs
from .common.hosting import HostingArgs
from .common.worker import CallbackComponent, WorkerArgs
from .version import VERSION

NAME = "countersign"

DAYS = f"{NAME}:index:LogRetentionDays"
TYPES = {
    DAYS: {
        "type": "integer",
        "description": "Days that CloudWatch Logs can keep a log.",
        "enum": [{"name": f"Days{value}", "value": value} for value in LOG_RETENTION_DAYS],
    }
}
"""Types of arguments of which only some numbers are right."""

BASES = (CommonArgs, RunningArgs, HostingArgs, WorkerArgs, EventArgs, CallbackComponent)
"""What components and their arguments inherit from: the analyzer does not read the docstrings there."""


def components() -> list[type[pulumi.ComponentResource]]:
    """The components this package exports."""
    package = importlib.import_module(__package__ or "")
    exported = [getattr(package, name) for name in package.__all__]
    found = [kind for kind in exported if issubclass(kind, pulumi.ComponentResource)]
    for kind in found:
        # Where no argument is required, `args` may be None in Python, which the analyzer does not know.
        annotations = kind.__init__.__annotations__
        annotations["args"] = next(iter(get_args(annotations["args"])), annotations["args"])
    return found


def serve(arguments: list[str]) -> None:
    """Serve the components to Pulumi's engine, whose address is among `arguments`, until it ends."""
    main(Components(), arguments)


class Components(ComponentProvider):
    """Constructs components for programs in other languages."""

    def __init__(self) -> None:
        super().__init__(components(), NAME, version=VERSION)
        names = {
            python: name
            for component in self._component_defs.values()
            for mapping in (component.inputs_mapping, component.outputs_mapping)
            for name, python in mapping.items()
        }
        self.schema = json.dumps(_finished(json.loads(self.schema or "{}"), names))

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Construct a component. What it says of wrong arguments is told as that, without a traceback."""
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if not isinstance(error.inner, ValueError):
                raise
            complaint = str(error.inner)
            raise InputPropertyError(camel_case(complaint.split(" ", 1)[0]), complaint) from error.inner

    def map_inputs(self, inputs: pulumi.Inputs, component_def: ComponentDefinition) -> pulumi.Inputs:
        """The arguments as the component knows them.

        Names that are no arguments are left as they are: the component refuses them as it does in Python.
        """
        python = component_def.inputs_mapping
        return {python.get(name, name): tidy(value) for name, value in inputs.items()}


def tidy(value: Any) -> Any:
    """The value as it was before it went over the wire, where numbers are floats and objects have no order.

    3.0 is 3, and keys are sorted, so that the same definition is the same text every time.
    """
    if isinstance(value, pulumi.Output):
        return value.apply(tidy)
    if isinstance(value, Mapping):
        return {key: tidy(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [tidy(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _finished(schema: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The schema with what Pulumi's analyzer leaves out.

    That is choices as enums, descriptions of inherited arguments, and in all descriptions the names as they
    are in other languages.
    """
    analyzer = Analyzer(NAME)
    for resource in schema["resources"].values():
        resource["description"] = _prose(resource["description"], names)
        for python, name in names.items():
            for properties in (resource["inputProperties"], resource["properties"]):
                if (found := properties.get(name)) is not None:
                    said = [found.get("description"), *(analyzer.get_docstring(b, python) for b in BASES)]
                    found["description"] = _prose(next(filter(None, said), ""), names)
                    if python == "log_retention_days":
                        found["$ref"] = f"#/types/{DAYS}"
                        del found["type"]
                    for part in ("items", "additionalProperties"):
                        found.get(part, {}).pop("description", None)
    schema["types"] |= TYPES
    return schema


def _prose(text: str, names: Mapping[str, str]) -> str:
    return re.sub(r"`(\w+)`", lambda found: f"`{names.get(found[1], found[1])}`", inspect.cleandoc(text))

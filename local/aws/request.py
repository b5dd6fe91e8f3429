"""One resource to create: inputs that remember what was looked at, its name, the calls that make it."""

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from local.aws.clients import Aws
from local.errors import LocalError
from local.model import Created

_SUFFIX_LENGTH = 7
_LONGEST_SUFFIX = 26  # Of the name that AWS's provider makes of a prefix: a time and a counter.


class Request:
    """Where to create it, its logical ``name``, its inputs, and the ``folder`` where relative paths start.

    Inputs are in Pulumi's camelCase. What nobody has read stays in :attr:`unused`: it was not applied. What a
    person should hear about the resource goes to :attr:`notes`, a line each.
    """

    def __init__(self, aws: Aws, name: str, inputs: Mapping[str, Any], folder: Path) -> None:
        self.aws = aws
        self.name = name
        self.folder = folder
        self.notes: list[str] = []
        self._inputs = {key: value for key, value in inputs.items() if value is not None}
        self._unused = set(self._inputs)

    @property
    def unused(self) -> tuple[str, ...]:
        """The inputs that were given and never read, sorted."""
        return tuple(sorted(self._unused))

    def get(self, key: str, default: Any = None) -> Any:
        """The value of an input, or ``default``."""
        self._unused.discard(key)
        return self._inputs.get(key, default)

    def require(self, key: str) -> Any:
        """The value of an input without which the resource cannot exist."""
        if key not in self._inputs:
            raise LocalError(f"the input {key} is missing")
        return self.get(key)

    def skip(self, *keys: str) -> None:
        """Mark inputs that make no difference here as read."""
        self._unused.difference_update(keys)

    def attributes(self, names: Iterable[str], renamed: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Those of a service's attributes that are given: the input has the same name, but for ``renamed``
        (theirs → ours). AWS takes no ``false`` for some."""
        given = {name: self.get((renamed or {}).get(name, _as_input(name))) for name in names}
        return {key: value for key, value in given.items() if value is not None and value is not False}

    def call(self, service: str, operation: str, *, leave: tuple[str, ...] = (), **arguments: Any) -> Any:
        """Call AWS with ``arguments`` and with each unread input, but for ``leave``, that the call takes.

        The service's own model says what it takes: an input is the argument of its name, whatever its case
        (``kmsKeyArn`` is ``KMSKeyArn``), and so is what is inside. An argument that is None is not sent.
        """
        client = self.aws.client(service)
        api = client.meta.method_to_api_mapping[operation]
        shape = client.meta.service_model.operation_model(api).input_shape
        unread = {key.lower(): key for key in self._unused.difference(leave)}
        for name in shape.members:
            if name not in arguments and name.lower() in unread:
                arguments[name] = self.get(unread[name.lower()])
        for name in shape.required_members:
            if arguments.get(name) is None:
                raise LocalError(f"the input {_as_input(name)} is missing")
        return getattr(client, operation)(**_translated(shape, arguments))

    def physical_name(
        self,
        *,
        longest: int,
        key: str = "name",
        pattern: str = r"[A-Za-z0-9_-]+",
        logical: str | None = None,
        suffix: str = "",
        longest_made: int | None = None,
    ) -> str:
        """The name it gets: the one asked for, or seven random hex digits after its prefix (the input
        ``namePrefix``) or logical name.

        Checked against the rules of the service and of AWS's provider, which the embedded AWS does not apply.
        ``logical`` stands for the logical name. ``longest_made`` is how long Pulumi lets a name be that it
        makes itself, if that is shorter.
        """
        prefix_key = f"{key}Prefix"
        given, prefix = self.get(key), self.get(prefix_key)
        if given is not None and prefix is not None:
            raise LocalError(f"{key} and {prefix_key} exclude each other, got both")
        digits = secrets.token_hex(4)[:_SUFFIX_LENGTH]
        if given is not None:
            name = str(given)
        elif prefix is not None:
            _require_length(prefix_key, str(prefix), longest - _LONGEST_SUFFIX - len(suffix))
            name = f"{prefix}{digits}{suffix}"
        else:
            name = f"{logical or self.name}-{digits}{suffix}"
            longest = longest_made or longest
        _require_length(key, name, longest)
        if not re.fullmatch(pattern, name):
            raise LocalError(f"{key} must match {pattern}, got {name}")
        return name


Create = Callable[[Request], Created]
"""Makes one type of resource."""


def as_list(value: Any) -> list[Any]:
    """What IAM lets stand alone or in a list, as a list."""
    return value if isinstance(value, list) else [value] if value else []


def _as_input(name: str) -> str:
    return f"{name[:1].lower()}{name[1:]}"


def _require_length(key: str, value: str, most: int) -> None:
    if len(value) > most:
        raise LocalError(f"{key} must have at most {most} characters, got {len(value)}: {value}")


def _translated(shape: Shape | None, value: Any) -> Any:
    """The value as the shape of an argument has it: its spelling, tags as pairs, attributes as text."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        members = shape.members
        names = {name.lower(): name for name in members}
        known = {names.get(key.lower(), key): item for key, item in value.items() if item is not None}
        return {key: _translated(members.get(str(key)), item) for key, item in known.items()}
    if isinstance(shape, ListShape) and isinstance(value, Mapping):
        pair: Any = shape.member
        key, content = pair.members  # {"A": "1"} is [{"Key": "A", "Value": "1"}].
        return [{key: name, content: item} for name, item in value.items()]
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_translated(shape.member, item) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {key: _translated(shape.value, item) for key, item in value.items()}
    if shape and shape.type_name == "string" and isinstance(value, bool | int | float):
        return str(value).lower()
    return value

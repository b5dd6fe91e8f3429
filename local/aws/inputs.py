"""A resource's inputs, which remember what was looked at."""

from collections.abc import Iterable, Mapping
from typing import Any

from local.errors import LocalError


class Inputs:
    """Inputs in Pulumi's camelCase. What nobody read is in :attr:`unused` afterwards: it was not applied."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {key: value for key, value in values.items() if value is not None}
        self._unused = set(self._values)

    @property
    def unused(self) -> tuple[str, ...]:
        """The inputs that were given and never read, sorted."""
        return tuple(sorted(self._unused))

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or ``default``."""
        self._unused.discard(key)
        return self._values.get(key, default)

    def require(self, key: str) -> Any:
        """The value of an input without which the resource cannot exist."""
        if key not in self._values:
            raise LocalError(f"the input {key} is missing")
        return self.get(key)

    def skip(self, *keys: str) -> None:
        """Mark inputs that make no difference here as read."""
        self._unused.difference_update(keys)

    def renamed(self, names: Mapping[str, str]) -> dict[str, Any]:
        """The given ones of ``names`` (ours → theirs), under their names."""
        return {theirs: self.get(ours) for ours, theirs in names.items() if ours in self._values}

    def pascal(self, *keys: str) -> dict[str, Any]:
        """The given ones of ``keys`` as AWS spells them, nested keys too: ``{"MemorySize": 256}``."""
        return {capital(key): pascal(self.get(key)) for key in keys if key in self._values}


def capital(key: str) -> str:
    """``memorySize`` → ``MemorySize``."""
    return key[:1].upper() + key[1:]


def pascal(value: Any, *, verbatim: Iterable[str] = ()) -> Any:
    """The same value with all its keys capitalised; below the keys in ``verbatim`` nothing is touched."""
    if isinstance(value, list):
        return [pascal(item, verbatim=verbatim) for item in value]
    if isinstance(value, dict):
        return {
            capital(key): item if key in verbatim else pascal(item, verbatim=verbatim)
            for key, item in value.items()
            if item is not None
        }
    return value


def text(value: Any) -> str:
    """A value as AWS attribute text: ``true``, ``60``, or itself."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def pairs(tags: Mapping[str, str] | None, key: str = "Key", value: str = "Value") -> list[Any]:
    """Tags as a list of pairs."""
    return [{key: name, value: content} for name, content in (tags or {}).items()]

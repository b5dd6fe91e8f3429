"""The project and one stack's configuration, as the Pulumi CLI would hand them to the program."""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from local.errors import LocalError

DEFAULT_REGION = "us-east-1"

# Pulumi's types, and what it takes for them; a text counts for what it says: `"900"` is an integer. See
# ValidateConfigValue in pulumi/pulumi, sdk/go/common/workspace/project.go.
_TYPES: Mapping[str, Callable[[Any], object]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: type(value) is int or re.fullmatch(r"[+-]?[0-9]+", _words(value)),
    "boolean": lambda value: type(value) is bool or _words(value) in ("true", "false"),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


@dataclass(frozen=True)
class Project:
    """A Pulumi project and the configuration of one stack.

    ``config`` has full keys and text values; ``python`` is the interpreter that runs the program.
    """

    name: str
    folder: Path
    stack: str
    config: Mapping[str, str]
    secret_keys: tuple[str, ...] = ()
    python: Path = Path(sys.executable)

    @property
    def program(self) -> Path:
        """The file that Pulumi runs."""
        return self.folder / "__main__.py"

    @property
    def region(self) -> str:
        """The region of the stack."""
        return self.config.get("aws:region", DEFAULT_REGION)


def load(folder: Path, stack: str, overrides: Mapping[str, object] | None = None) -> Project:
    """Read ``Pulumi.yaml`` and ``Pulumi.<stack>.yaml`` in ``folder``; a folder without any stack's file has
    the values of ``Pulumi.yaml``.

    ``overrides`` (key → value) win over both. Raises :class:`LocalError` for a missing file, a key without a
    value, a value of the wrong type, an encrypted value, or a key that the project does not declare.
    """
    if not folder.is_dir():
        raise LocalError(f"there is no folder {folder}")
    project = _read(folder / "Pulumi.yaml", f"{folder} is no Pulumi project")
    name = project.get("name")
    if not isinstance(name, str) or not name:
        raise LocalError("Pulumi.yaml: name is missing")
    runtime = project.get("runtime")
    language = runtime.get("name") if isinstance(runtime, dict) else runtime
    if language != "python":
        raise LocalError(f"Pulumi.yaml: runtime must be python, got {language}")
    main = folder / str(project.get("main", "."))
    declared = _values(project.get("config"), name, "Pulumi.yaml")
    stack_file = f"Pulumi.{stack}.yaml"
    stacks = sorted(path.name.split(".")[1] for path in folder.glob("Pulumi.*.yaml"))
    hint = _did_you_mean(stack, stacks) or f"; there is {', '.join(stacks)}"
    settings = _read(folder / stack_file, f"there is no stack {stack}{hint}") if stacks else {}
    given = _values(settings.get("config"), name, stack_file) | _values(overrides, name, "overrides")
    values = _merge(name, stack_file, declared, given)
    secret = tuple(key for key, value in declared.items() if isinstance(value, dict) and value.get("secret"))
    result = Project(
        name=name,
        folder=main.resolve(),
        stack=stack,
        config={key: _text(value) for key, value in values.items()},
        secret_keys=secret,
        python=_python(folder, runtime),
    )
    if not result.program.is_file():
        raise LocalError(f"the program {result.program.name} is missing in {main}")
    return result


def _python(folder: Path, runtime: object) -> Path:
    """The interpreter of the virtual environment that the project names, as Pulumi takes it; else our own."""
    options = runtime.get("options") if isinstance(runtime, dict) else None
    named = options.get("virtualenv") if isinstance(options, dict) else None
    python = folder.resolve() / str(named) / "bin" / "python"
    return python if named and python.exists() else Path(sys.executable)


def _merge(
    name: str, stack_file: str, declared: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, object]:
    """The values that the program gets. Raises LocalError with a line for each key that is wrong."""
    wrong: list[str] = []
    for key, value in given.items():
        if _is_encrypted(value):
            wrong.append(
                f"{stack_file}: {key} is encrypted, and only the Pulumi CLI can read it: use plain text"
            )
        elif declared and key.startswith(f"{name}:") and key not in declared:
            close = _did_you_mean(key, declared)
            wrong.append(f"{stack_file}: {key} is not declared in Pulumi.yaml{close}")
    values = dict(given)
    for key, declared_as in declared.items():
        declaration = declared_as if isinstance(declared_as, dict) else {"default": declared_as}
        default = declaration.get("value", declaration.get("default"))
        if key not in values and default is not None:
            values[key] = default
        if key in values and not _is_encrypted(values[key]):
            wrong.extend(_of_wrong_type(stack_file, key, values[key], declaration))
        elif key not in values and "type" in declaration:
            wrong.append(f"{stack_file}: no value for {key}, and Pulumi.yaml has no default")
    if wrong:
        raise LocalError("\n".join(wrong))
    return values


def _is_encrypted(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}


def _of_wrong_type(stack_file: str, key: str, value: object, declaration: Mapping[str, Any]) -> Iterator[str]:
    wanted = declaration.get("type")
    if wanted is None:
        return
    if not isinstance(wanted, str) or wanted not in _TYPES:
        yield f"Pulumi.yaml: {key}: type must be one of {', '.join(_TYPES)}, got {wanted}"
    elif not _TYPES[wanted](value):
        yield f"{stack_file}: {key} must be of type {wanted}, got {value!r}"
    items = declaration.get("items")
    if isinstance(value, list) and isinstance(items, dict):
        for index, item in enumerate(value):
            yield from _of_wrong_type(stack_file, f"{key}[{index}]", item, items)


def _words(value: object) -> str:
    return value if isinstance(value, str) else ""


def _values(config: Any, project: str, file: str) -> dict[str, Any]:
    """What a file has under ``config``, by full keys."""
    if not isinstance(config, Mapping | None):
        raise LocalError(f"{file}: config must be a mapping")
    pairs = config.items() if config else ()
    return {str(key) if ":" in str(key) else f"{project}:{key}": value for key, value in pairs}


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)  # YAML knows dates.


def _did_you_mean(wrong: str, names: Iterable[str]) -> str:
    close = get_close_matches(wrong, list(names), 1)
    return f"; did you mean {close[0]}?" if close else ""


def _read(path: Path, otherwise: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LocalError(f"{path.name} is missing: {otherwise}") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise LocalError(f"{path.name} cannot be read: {reason}") from None
    except yaml.YAMLError as error:
        raise LocalError(f"{path.name} is not valid YAML: {_where(error)}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise LocalError(f"{path.name} must hold a mapping")
    return content


def _where(error: yaml.YAMLError) -> str:
    """What is wrong, and where, in one line."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return " ".join(str(error).split())
    return f"line {error.problem_mark.line + 1}: {error.problem}"

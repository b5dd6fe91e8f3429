"""Runs a Pulumi program as the CLI's language host would, in a process of its own.

``host.py ADDRESS PROJECT STACK ORGANIZATION FOLDER``: the program is ``FOLDER/__main__.py`` and the monitor
is at ADDRESS. What a program raises goes to the engine as an error: a ``pulumi.RunError`` as it is, anything
else with the program's own part of the traceback, as in pulumi/pulumi,
sdk/python/cmd/pulumi-language-python-exec. Exits 1 then.
"""

import asyncio
import importlib.util
import runpy
import sys
import traceback
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pulumi
from pulumi.errors import RunError
from pulumi.runtime import config, settings
from pulumi.runtime.stack import run_in_stack

_PARALLEL = 16
_CHECKOUT = Path(__file__).resolve().parents[2]
_INSTALLED_AS = {"countersign": "components", "countersign_contract": "countersign_contract"}


def main() -> None:
    """Run the program to its end."""
    address, project, stack, organization, folder = sys.argv[1:]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    origins = _Origins()
    loop.set_task_factory(origins.task)
    settings.configure(
        settings.Settings(
            project=project,
            stack=stack,
            organization=organization,
            root_directory=folder,
            monitor=address,
            engine=address,
            parallel=_PARALLEL,
            dry_run=False,
        )
    )
    config.set_all_config(config.get_config_env(), config.get_config_secret_keys_env())
    sys.path.insert(0, folder)
    sys.meta_path.append(ThisRepository())
    program = str(Path(folder) / "__main__.py")
    sys.argv = [program]

    def run() -> None:
        runpy.run_path(program, run_name="__main__")

    try:
        loop.run_until_complete(run_in_stack(run))
    except RunError as error:
        pulumi.log.error(str(error))
        raise SystemExit(1) from None
    except SystemExit as error:
        if error.code:
            raise
    except BaseException as error:
        pulumi.log.error(f"the program failed with an exception:\n{origins.text(error)}")
        raise SystemExit(1) from None


class ThisRepository:
    """Offers this checkout's packages under their installed names to a program that has not installed them.

    So the examples run from a fresh clone. It is asked last: what is installed wins.
    """

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Where the package is; its modules are found beside it as usual."""
        if name not in _INSTALLED_AS:
            return None
        folder = _CHECKOUT / _INSTALLED_AS[name]
        return importlib.util.spec_from_file_location(
            name, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )


class _Origins:
    """Where exceptions come from. Pulumi's runtime hands them from task to task and loses the way."""

    def __init__(self) -> None:
        self._frames: dict[int, list[traceback.FrameSummary]] = {}

    def task(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> "asyncio.Task[Any]":
        """A task that tells how it failed."""
        task = asyncio.Task(coroutine, loop=loop, **options)
        task.add_done_callback(self._remember)
        return task

    def _remember(self, task: "asyncio.Task[Any]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._frames.setdefault(id(error), _own_frames(error))

    def text(self, error: BaseException) -> str:
        """The traceback without the frames of Pulumi's runtime, the event loop and this file."""
        frames = _own_frames(error) or self._frames.get(id(error), [])
        lines = ["Traceback (most recent call last):\n", *traceback.format_list(frames)] if frames else []
        return "".join([*lines, *traceback.format_exception_only(error)])


def _own_frames(error: BaseException) -> list[traceback.FrameSummary]:
    return [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(frame.filename)]


def _is_own(file: str) -> bool:
    others = (__file__, *(str(Path(module.__file__ or "").parent) for module in (asyncio, pulumi)))
    return not file.startswith(("<frozen", *others))


if __name__ == "__main__":
    main()

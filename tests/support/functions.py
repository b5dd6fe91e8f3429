"""Loads functions of `lambda_src/` in tests as Lambda would: from their folder, under names of their own.

Several folders hold a `worker.py` or a `handler.py`, so none of them is imported by that name.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import ModuleType

FUNCTIONS = Path(__file__).resolve().parents[2] / "lambda_src"

_loads = count()


def load_function(folder: str | Path, module: str = "worker") -> ModuleType:
    """The module of a function's folder (a name in `lambda_src/`, or a path), loaded afresh.

    While it loads, its folder is first on `sys.path`, so that it finds the modules beside it.
    """
    path = FUNCTIONS / folder / f"{module}.py"
    name = f"loaded_{next(_loads)}_{path.parent.name}_{module}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"no module {module} in {folder}")
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded  # dataclasses look their module up
    with _first_on_path(path.parent):
        try:
            spec.loader.exec_module(loaded)
        except BaseException:
            del sys.modules[name]
            raise
    return loaded


def load_entry(folder: str | Path) -> ModuleType:
    """The entry as Lambda starts it for a folder, with its `worker.py` imported, or
    ImportError."""
    with entry(folder) as module:
        module.load_handle()
    return module


@contextmanager
def entry(folder: str | Path) -> Iterator[ModuleType]:
    """The entry as Lambda starts it for a folder; its `worker.py` can be imported
    meanwhile."""
    names = ("worker", "countersign_runtime.processing.worker")
    for name in names:
        sys.modules.pop(name, None)
    importlib.invalidate_caches()
    try:
        with _first_on_path(FUNCTIONS / folder):
            yield importlib.import_module("countersign_runtime.processing.worker")
    finally:
        for name in names:
            sys.modules.pop(name, None)


@contextmanager
def _first_on_path(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))

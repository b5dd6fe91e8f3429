"""How long a test waits for what must come: for minutes, so that no machine is too slow for it."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 300.0
_LOOK_SECONDS = 0.03


def until(what: str, look: Callable[[], T | None]) -> T:
    """Look again and again until there is something, and return it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_SECONDS:.0f} s"
        time.sleep(_LOOK_SECONDS)
    return found

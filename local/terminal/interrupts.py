"""Ctrl-C, SIGTERM and a closed terminal, all as one exception."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_AGAIN_SECONDS = 0.05


class Interrupted(BaseException):
    """Somebody asked this process to end. Raised once; later signals do not disturb the cleaning up."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise :class:`Interrupted` in the main thread at the first signal."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise Interrupted

    def ignored(what: "sys.UnraisableHookArgs") -> None:
        # Python drops what a finalizer or a weak reference's callback raises: then it is raised once more.
        if isinstance(what.exc_value, Interrupted):
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
        else:
            hook(what)

    before = {number: signal.signal(number, interrupt) for number in (*_SIGNALS, signal.SIGALRM)}
    hook, sys.unraisablehook = sys.unraisablehook, ignored
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)

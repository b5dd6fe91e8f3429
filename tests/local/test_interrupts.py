"""An interrupt is never lost, wherever Python is when it comes."""

import os
import signal
import threading
import weakref

import pytest

from local.terminal.interrupts import Interrupted, interruptible
from tests.support.patience import PATIENCE_SECONDS


class Thing:
    """Something with a weak reference to it."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_python_ignores_in_a_callback_is_raised_again(number: signal.Signals) -> None:
    called = []

    def callback(_: object) -> None:
        called.append(True)
        os.kill(os.getpid(), number)
        for _step in range(1000):
            pass  # The signal's handler runs between two steps, and what it raises here is dropped.

    def interrupted_in_a_callback() -> None:
        with interruptible():
            thing = Thing()
            reference = weakref.ref(thing, callback)
            del thing
            assert (called, reference()) == ([True], None)
            threading.Event().wait(PATIENCE_SECONDS)

    with pytest.raises(Interrupted):
        interrupted_in_a_callback()

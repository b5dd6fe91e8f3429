"""Says what is going on, once something takes longer than two seconds."""

import sys
import threading
import time

_PATIENCE_SECONDS = 2.0


class Progress:
    """``with Progress("deploying") as progress: ... progress.note("created Queue work")``.

    Silent for two seconds; then a line on standard error every two seconds with the latest note.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._latest = ""
        self._count = 0
        self._started = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"progress {what}", daemon=True)

    def note(self, text: str) -> None:
        """Something happened."""
        self._latest = text
        self._count += 1

    def __enter__(self) -> "Progress":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(_PATIENCE_SECONDS):
            seconds = time.monotonic() - self._started
            latest = f", {self._count} steps, last: {self._latest}" if self._count else ""
            print(f"{self._what}: {seconds:.0f} s{latest}", file=sys.stderr, flush=True)

"""Child processes that end with us, however we end."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

_GUARD = Path(__file__).with_name("guard.py")
_GRACE_SECONDS = 60.0  # For the kernel to take away what was killed.
_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE", "LD_LIBRARY_PATH", "SYSTEMROOT")


class GuardedProcess:
    """A Python file in a process group of its own, with a private folder for its temporary files.

    It is killed, with everything it started, by :meth:`stop` or when this process ends for any reason at all.
    It inherits the open files of ``descriptors`` and no others.
    """

    def __init__(
        self,
        target: Path,
        arguments: Sequence[str] = (),
        *,
        environment: Mapping[str, str],
        working_directory: Path | None = None,
        python: Path | None = None,
        descriptors: Sequence[int] = (),
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="countersign-"))
        self._stopped = False
        self._log: IO[bytes] = (self.folder / "output.log").open("w+b")
        interpreter = str(python or sys.executable)
        command = [interpreter, "-P", str(_GUARD), str(self.folder), str(target), *arguments]
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        try:
            self._process = subprocess.Popen(
                command,
                cwd=working_directory or self.folder,
                env={**kept, **environment, "HOME": str(self.folder), "TMPDIR": str(self.folder)},
                stdin=subprocess.PIPE,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=descriptors,
            )
        except BaseException:
            self._log.close()
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def __enter__(self) -> "GuardedProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its process group."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.poll()

    def wait(self, timeout_seconds: float) -> int | None:
        """Wait for the process to end; None when it still runs after ``timeout_seconds``."""
        try:
            return self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            return None

    def output(self) -> str:
        """What it has written so far to standard output and standard error."""
        self._log.flush()
        return Path(self._log.name).read_text(errors="replace")

    def stop(self) -> None:
        """Kill the whole group and remove the private folder. Safe to call more than once."""
        if self._stopped:
            return
        self._stopped = True
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)  # Also when the leader has ended: it may have left something.
        self._process.wait(_GRACE_SECONDS)
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

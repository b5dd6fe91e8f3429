"""``python environment.py [--ready] FOLDER SET``: a virtual environment holds a set of locked requirements.

It is run by the Python that the environment is to have, through ``tools/setup.sh``, and uses the standard
library only. What an environment holds is on record in it. The record is taken away before anything is
changed and written when all is done, so that nothing half-made looks ready. ``--ready`` only asks.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from types import FrameType

SETS = ("demo", "functions", "dev")
"""Each holds the ones before it; their requirements are in ``requirements-SET.txt``."""

# The lock names every package with its version and hashes: there is nothing to resolve. Compiling all of
# pulumi_aws takes longer than installing it, and a program imports a tenth of it.
PIP = ("install", "--no-compile", "--no-deps", "--only-binary=:all:", "--require-hashes", "--no-input")
QUIET = ("--progress-bar=off", "--disable-pip-version-check", "--no-color")
# pip's own five attempts of 15 s each leave somebody without a network waiting for more than a minute.
PATIENCE = {"PIP_RETRIES": "2", "PIP_DEFAULT_TIMEOUT": "15"}

_RECORD = "installed.json"
_LOG = "setup.log"
_UNPACKING = "Installing collected packages"  # Before this line, pip has changed nothing.
_INTERRUPTED = 130
_UNREACHABLE = re.compile(
    r"Temporary failure in name resolution|Name or service not known|nodename nor servname provided"
    r"|Connection refused|Network is unreachable|No route to host|[Tt]imed out|Cannot connect to proxy"
)


class SetupError(Exception):
    """What went wrong, in a line, and where more of it is."""


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when the environment holds the set; 1 with one or two lines on standard error otherwise."""
    only_ask = arguments[:1] == ["--ready"]
    place, name = arguments[-2:]
    environment = Environment(Path(place))
    if only_ask:
        return 0 if environment.holds(name) else 1
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with _alone(environment):
            environment.make_ready(name, like_this=bool(os.environ.get("BASE_PYTHON")))
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: the next run takes it up", file=sys.stderr)
        return _INTERRUPTED
    return 0


@contextmanager
def _alone(environment: "Environment") -> Iterator[None]:
    """One set-up of an environment at a time: another one waits, and then finds what it needs."""
    try:
        lock = environment.place.with_name(f"{environment.place.name}.lock").open("w")
    except OSError:  # Where nothing can be written, nothing is set up: pip says it better.
        yield
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say(f"Waiting for another set-up of {environment.folder}\n")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Environment:
    """A virtual environment of the project in the current folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Not the place behind a link, which would be somebody else's environment.
        self.place = folder.parent.resolve() / folder.name
        self.python = folder / "bin" / "python"

    def holds(self, name: str) -> bool:
        """Whether it works here and holds this set, as it is locked now."""
        return name in self._record() and self._version() is not None

    def make_ready(self, name: str, *, like_this: bool = False) -> None:
        """Add what is missing; make it again if it is not ours, or holds what another lock named.

        ``like_this``: also if its Python is another version than the one that runs this.
        """
        held, version = self._record(), self._version()
        again = not held or version is None or (like_this and version != _version(sys.version))
        if again:
            held, version = {}, _version(sys.version)
        elif name in held:
            return
        wanted = self._locked(name)
        what = f"{len(re.findall(r'(?m)^[a-z0-9].*==', _lock(name).read_text()))} packages"
        with Progress(f"Setting up {self.folder} for {name}: Python {version}, {what}") as progress:
            if again:
                self._remove()
                command = [sys.executable, "-I", "-m", "venv", str(self.folder)]
                failed, lines = _run(command, os.environ, progress.look)
                if failed:
                    raise SetupError(f"{' '.join(command)}: {_last(lines)}")
            self._install(name, held, progress)
            self._write({**held, **wanted})

    def _install(self, name: str, held: Mapping[str, str], progress: "Progress") -> None:
        """Run pip. If it fails before it changes anything, what was held is still held."""
        command = [str(self.python), "-I", "-m", "pip", *PIP, *QUIET, "-r", str(_lock(name))]
        lines: list[str] = []
        self._forget()
        try:
            failed, _ = _run(command, {**PATIENCE, **os.environ}, progress.look, lines)
        finally:
            (self.folder / _LOG).write_text("\n".join(lines) + "\n")
        # Only where pip has ended by itself: of one that was interrupted, the last lines may be missing.
        if failed and held and not any(line.startswith(_UNPACKING) for line in lines):
            self._write(held)
        if failed:
            raise SetupError(f"{reason(lines)}\nthe whole log: {self.folder / _LOG}")

    def _locked(self, name: str) -> dict[str, str]:
        """This set and those that it holds, with a mark that changes when the lock does."""
        names = SETS[: SETS.index(name) + 1]
        return {each: hashlib.sha256(_lock(each).read_bytes()).hexdigest() for each in names}

    def _record(self) -> dict[str, str]:
        """The sets it holds; none if it is unfinished, another place's, or any of its locks has changed."""
        try:
            found = json.loads((self.folder / _RECORD).read_text())
            sets: dict[str, str] = found["sets"]
            same = found["folder"] == str(self.place) and found["python"] == self._version()
            return sets if same and sets.items() <= self._locked(SETS[-1]).items() else {}
        except (OSError, ValueError, KeyError):
            return {}

    def _write(self, sets: Mapping[str, str]) -> None:
        record = {"folder": str(self.place), "python": self._version(), "sets": sets}
        made = self.folder / f"{_RECORD}.new"
        made.write_text(json.dumps(record, indent=2) + "\n")
        made.replace(self.folder / _RECORD)

    def _forget(self) -> None:
        (self.folder / _RECORD).unlink(missing_ok=True)

    def _remove(self) -> None:
        if self.folder.is_symlink() or self.folder.is_file():  # Somebody else's environment stays as it is.
            self.folder.unlink()
        elif self.folder.is_dir():
            self._forget()
            shutil.rmtree(self.folder)

    def _version(self) -> str | None:
        """The version of its Python, such as 3.11; None if it does not run."""
        if self.python.exists() and Path(sys.prefix) == self.place:
            return _version(sys.version)
        try:
            asked = [str(self.python), "-I", "-c", "import sys, pip; print(sys.version)"]
            return _version(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)
        except (OSError, subprocess.CalledProcessError):
            return None


class Progress:
    """One line that grows: a sign of life every second, on a terminal and in a log."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._started = time.monotonic()
        self._over = Event()
        self._thread = Thread(target=self._tick, daemon=True)

    def __enter__(self) -> "Progress":
        _say(self._title + " ")
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._over.set()
        self._thread.join()
        _say("\n" if kind else f" done in {time.monotonic() - self._started:.0f} s\n")

    def look(self, line: str) -> None:
        """Say what matters of a line that pip has written."""
        if line.startswith(_UNPACKING):
            _say(" all here, unpacking ")
        elif "Retrying (" in line and _UNREACHABLE.search(line):
            _say(" (no answer from the package index, trying again) ")

    def _tick(self) -> None:
        while not self._over.wait(1):
            _say(".")


def reason(lines: Sequence[str]) -> str:
    """Why pip failed, in one line that says what to do where that is known."""
    unreachable = [found[0] for line in lines if (found := _UNREACHABLE.search(line))]
    if unreachable:
        return (
            f"pip does not reach its package index ({unreachable[-1]}): "
            "connect to the network, or set PIP_INDEX_URL or PIP_FIND_LINKS, and run this again"
        )
    told = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return f"pip failed: {told[0] if told and told[0] != 'Exception:' else _last(lines)}"[:300]


def _lock(name: str) -> Path:
    return Path(f"requirements-{name}.txt")


def _run(
    command: Sequence[str],
    environment: Mapping[str, str],
    look: Callable[[str], None],
    lines: list[str] | None = None,
) -> tuple[bool, list[str]]:
    """Run to the end: whether it failed, and its lines, which ``look`` sees as they come."""
    lines = [] if lines is None else lines
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        try:
            for line in process.stdout or ():
                lines.append(line.rstrip())
                look(lines[-1])
            return process.wait() != 0, lines
        except BaseException:
            process.terminate()
            process.wait()
            raise


def _version(text: str) -> str:
    return ".".join(text.split(".")[:2])


def _last(lines: Sequence[str]) -> str:
    return next((line for line in reversed(lines) if line.strip()), "no output")


def _say(text: str) -> None:
    print(text, end="", flush=True)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

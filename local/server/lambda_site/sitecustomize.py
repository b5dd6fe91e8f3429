"""JSON logs for functions on the embedded AWS, as Lambda writes them for a function with ``LogFormat: JSON``.

MiniStack runs a function in a bare Python process, where records below WARNING vanish. Python imports this
module at start because its folder is on PYTHONPATH there; it acts only in functions that ask for JSON logs.
https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

import os

LEVEL_VARIABLE = "EMBEDDED_JSON_LOG_LEVEL"
LONGEST_SECONDS = 20.0
"""How long a record waits for its reader."""


def _install(level: str) -> None:
    import json
    import logging
    import sys
    import time
    from array import array
    from fcntl import ioctl
    from termios import FIONREAD
    from typing import TextIO

    known = {*vars(logging.makeLogRecord({})), "message", "asctime"}

    class JsonLines(logging.Formatter):
        """One object per record; what was given as ``extra`` is in it."""

        def format(self, record: logging.LogRecord) -> str:
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            entry: dict[str, object] = {
                "timestamp": f"{stamp}.{int(record.msecs):03d}Z",
                "level": record.levelname,
                "message": record.getMessage(),
                "logger": record.name,
            }
            if record.exc_info and record.exc_info[0] is not None:
                entry["errorType"] = record.exc_info[0].__name__
                entry["errorMessage"] = str(record.exc_info[1])
                entry["stackTrace"] = self.formatException(record.exc_info).splitlines()
            entry.update((key, value) for key, value in vars(record).items() if key not in known)
            return json.dumps(entry, default=str)

    class Taken(logging.StreamHandler[TextIO]):
        """MiniStack returns what it has read of a run's stderr when the run's result comes, and the rest with
        the next run of this process, which may be never: a record is written when the pipe is empty again."""

        def emit(self, record: logging.LogRecord) -> None:
            super().emit(record)
            left, until = array("i", [0]), time.monotonic() + LONGEST_SECONDS
            try:
                while (
                    not ioctl(self.stream.fileno(), FIONREAD, left) and left[0] and time.monotonic() < until
                ):
                    time.sleep(0.001)
            except (OSError, ValueError):
                pass  # not a pipe: nobody has to take it

    handler = Taken(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)


if _level := os.environ.get(LEVEL_VARIABLE):
    _install(_level)

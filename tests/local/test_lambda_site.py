"""Logs of functions on the embedded AWS."""

import json
import os
import subprocess
import sys
from array import array
from fcntl import ioctl
from pathlib import Path
from termios import FIONREAD

from local.server.lambda_site import sitecustomize

# Logs, and prints how much of it has not been read yet.
FUNCTION = """
import logging
from array import array
from fcntl import ioctl
from termios import FIONREAD

logging.warning("x" * 1000, extra={"task_id": "1"})
left = array("i", [0])
ioctl(2, FIONREAD, left)
print(left[0])
"""


def test_a_record_is_read_before_the_function_goes_on() -> None:
    """MiniStack may keep what it reads later for ever."""
    site = {"PYTHONPATH": str(Path(sitecustomize.__file__).parent), sitecustomize.LEVEL_VARIABLE: "INFO"}
    function = subprocess.Popen(
        [sys.executable, "-c", FUNCTION],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **site},
    )
    with function:
        assert function.stdout is not None
        assert function.stderr is not None
        ready = array("i", [0])
        while not ready[0] and function.poll() is None:
            ioctl(function.stderr.fileno(), FIONREAD, ready)
        record = json.loads(function.stderr.readline())
        assert (record["level"], record["task_id"]) == ("WARNING", "1")
        assert function.stdout.read() == b"0\n"

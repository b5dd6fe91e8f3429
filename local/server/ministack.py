"""MiniStack, with functions that take turns and tell their faults, and a gate for web pages.

The program that ``Emulator`` runs, with the file descriptor of the socket on which it is to answer.
"""

import asyncio
import resource
import sys
from pathlib import Path

if __name__ == "__main__":  # Run as a file, by ``guard.py``: nothing of this project is on its path.
    sys.path.append(str(Path(__file__).resolve().parents[2]))

from local.server.capacity import functions_at_once
from local.server.faults import telling
from local.server.gate import guarded
from local.server.turns import Turns

_KEEP_ALIVE_SECONDS = 75  # As MiniStack has it when it serves itself.


def main() -> None:
    """Serve until ended."""
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app  # type: ignore[import-untyped]
    from ministack.services import lambda_svc  # type: ignore[import-untyped]

    # Every call of a Python function comes through here, whatever it comes from.
    turns = Turns(functions_at_once())
    lambda_svc._execute_function_warm = turns.taking(telling(lambda_svc._execute_function_warm))

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # Many may be connected at once.
    config = Config()
    config.bind = [f"fd://{sys.argv[1]}"]
    config.keep_alive_timeout = _KEEP_ALIVE_SECONDS
    config.loglevel = "WARNING"
    asyncio.run(serve(guarded(app), config))


if __name__ == "__main__":
    main()

"""MiniStack, with functions that take turns (``turns.py``) and a gate for web pages (``gate.py``).

The program that ``Emulator`` runs.
"""

import sys
from pathlib import Path

if __name__ == "__main__":  # Run as a file, by ``guard.py``: nothing of this project is on its path.
    sys.path.append(str(Path(__file__).resolve().parents[2]))

from local.server.gate import guarded
from local.server.machine import functions_at_once
from local.server.turns import Turns


def main() -> None:
    """Serve until ended."""
    import ministack.app  # type: ignore[import-untyped]
    from ministack.services import lambda_svc  # type: ignore[import-untyped]

    # Every call of a Python function comes through here, whatever it comes from.
    turns = Turns(functions_at_once())
    lambda_svc._execute_function_warm = turns.taking(lambda_svc._execute_function_warm)

    ministack.app.app = guarded(ministack.app.app)
    ministack.app.main()


if __name__ == "__main__":
    main()

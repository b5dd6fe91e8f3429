"""MiniStack behind a gate for web pages (``web/gate.py``): the program that ``Emulator`` runs."""

import sys
from pathlib import Path

if __name__ == "__main__":  # Run as a file, by ``guard.py``: nothing of this project is on its path.
    sys.path.append(str(Path(__file__).resolve().parent.parent))

from local.web.gate import guarded


def main() -> None:
    """Serve until ended."""
    import ministack.app  # type: ignore[import-untyped]

    ministack.app.app = guarded(ministack.app.app)
    ministack.app.main()


if __name__ == "__main__":
    main()

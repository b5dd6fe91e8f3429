"""Starts the plugin host. Pulumi runs `python <this folder>`, in the folder of the program that uses it."""

import importlib
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent

if __name__ == "__main__":
    # The folder itself must not be searched: its modules are those of a package.
    sys.path[:] = [str(FOLDER.parent), *(path for path in sys.path if Path(path).resolve() != FOLDER)]
    importlib.import_module(f"{FOLDER.name}.plugin").serve(sys.argv[1:])

"""Starts the plugin host. Pulumi runs `python <this folder> ENGINE`, in the folder of the program that uses
it. It is also what `python -m countersign` finds, so a person is told what there is instead."""

import importlib
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
USAGE_ERROR = 2

if __name__ == "__main__":
    # Pulumi's engine gives its address, and options such as `--logtostderr`.
    if not any(":" in argument for argument in sys.argv[1:]):
        name = FOLDER.name
        print(
            f"python -m {name} is the plugin host, which Pulumi starts for programs in other languages.\n"
            f"To check a definition: python -m {name}.asl check FILE",
            file=sys.stderr,
        )
        sys.exit(USAGE_ERROR)
    # The folder itself must not be searched: its modules are those of a package.
    sys.path[:] = [str(FOLDER.parent), *(path for path in sys.path if Path(path).resolve() != FOLDER)]
    importlib.import_module(f"{FOLDER.name}.plugin").serve(sys.argv[1:])

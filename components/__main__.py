"""Starts the plugin host. Pulumi runs `python <this folder> ENGINE`, in the folder of the program that uses
it. It is also what `python -m countersign` finds, so a person is told what there is instead."""

import importlib
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
USAGE_ERROR = 2


def for_people() -> str:
    """What somebody wants to know who started this by hand."""
    name = FOLDER.name
    return (
        f"python -m {name} is the plugin host, which Pulumi starts for programs in other languages.\n"
        f"To check a definition: python -m {name}.asl check FILE"
    )


def by_an_engine(arguments: list[str]) -> bool:
    """Whether Pulumi's engine started this: it gives its address, and options such as `--logtostderr`."""
    return any(":" in argument for argument in arguments)


if __name__ == "__main__":
    if not by_an_engine(sys.argv[1:]):
        print(for_people(), file=sys.stderr)
        sys.exit(USAGE_ERROR)
    # The folder itself must not be searched: its modules are those of a package.
    sys.path[:] = [str(FOLDER.parent), *(path for path in sys.path if Path(path).resolve() != FOLDER)]
    importlib.import_module(f"{FOLDER.name}.plugin").serve(sys.argv[1:])

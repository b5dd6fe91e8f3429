"""What the page says, in the languages it speaks: languages/<language>.json."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_LANGUAGES: Final[Mapping[str, Mapping[str, str]]] = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in (Path(__file__).parent / "languages").glob("*.json")
}


class Words:
    """The words of one language: `words("minimum", limit=3)`."""

    def __init__(self, language: str = "en") -> None:
        self.language = language if language in _LANGUAGES else "en"
        self._texts = _LANGUAGES[self.language]

    def __call__(self, key: str, **values: Any) -> str:
        return self._texts[key].format(**values) if values else self._texts[key]


def negotiated(accept_language: str) -> str:
    """The best of our languages for an `Accept-Language` header."""
    best, quality = "en", 0.0
    for part in accept_language[:500].split(","):
        name, _, parameter = part.strip().partition(";")
        language = name.strip().lower().split("-")[0]
        try:
            q = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if language in _LANGUAGES and q > quality:
            best, quality = language, q
    return best

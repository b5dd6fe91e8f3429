"""What the page says, in the languages it speaks: languages/<language>.json."""

from pathlib import Path
from typing import Final

from approvals import words
from approvals.settings import PLAIN, Appearance

_LANGUAGES: Final = words.texts_of(Path(__file__).parent)


class Words(words.Words):
    """The page's words of one language, for one instance."""

    def __init__(self, language: str = words.DEFAULT, appearance: Appearance = PLAIN) -> None:
        super().__init__(_LANGUAGES, language, appearance)


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

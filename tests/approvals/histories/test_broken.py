"""Random histories find mistakes: each of those in `broken.py` is made in a copy of the code, and found."""

import pytest

from .broken import MISTAKES, Mistake, found

HISTORIES = 3_000
"""At most; the slowest to be found takes 100."""


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_found(mistake: Mistake) -> None:
    assert "A history does not hold" in found(mistake, HISTORIES)

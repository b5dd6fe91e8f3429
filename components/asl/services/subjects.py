"""What SNS takes as the subject of a message."""

import unicodedata

LONGEST = 99
RULE = f"1 to {LONGEST} characters without line breaks and other control characters"
"""https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""


def is_subject(text: str) -> bool:
    """Whether SNS takes it."""
    return 1 <= len(text) <= LONGEST and not any(
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in text
    )

"""How an ApprovalApi shows itself to people: its arguments, checked, as its functions read them."""

from collections.abc import Mapping
from typing import Any

import pulumi

from countersign_contract.approvals import variables
from countersign_contract.approvals.text import one_line, seen

from ..common.checks import must, text, time_zone

LONGEST_NAME = 60


def appearance(options: Mapping[str, Any]) -> dict[str, pulumi.Input[str]]:
    """What each function reads of it. What nobody chose is left out."""
    found: dict[str, Any] = {variables.TIME_ZONE: time_zone(options, "time_zone")}
    if "organization" in options:
        rule = f"organization must be one line of 1 to {LONGEST_NAME} characters that can be seen"
        found[variables.ORGANIZATION] = must(rule, options["organization"], _is_name)
    if "organization_color" in options:
        rule = "organization_color must be a color, as in #0b3d91"
        found[variables.ORGANIZATION_COLOR] = text(rule, options["organization_color"], "#[0-9a-fA-F]{6}")
    if "language" in options:
        rule = f"language must be {' or '.join(variables.MAIL_LANGUAGES)}"
        found[variables.MAIL_LANGUAGE] = text(rule, options["language"], "|".join(variables.MAIL_LANGUAGES))
    return {variable: value for variable, value in found.items() if value is not None}


def _is_name(given: Any) -> bool:
    """Whether it can be the organization's name."""
    return (
        isinstance(given, str)
        and len(given) <= LONGEST_NAME
        and bool(seen(given))
        and one_line(given) == given
    )

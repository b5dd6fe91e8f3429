"""What a component may be called.

Its children are named after it, and what they are called in AWS ends in a hyphen and seven characters of
Pulumi's. So a component's name is checked before there are any children: against the one of them that leaves
it least room, and for characters that all of them take.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from .checks import text

RANDOM_END = 8
"""https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming"""


class Kind(NamedTuple):
    """A kind of thing in AWS: how long its name may be there."""

    what: str
    longest: int
    pattern: str = r"[A-Za-z0-9_-]"
    characters: str = "letters, digits, hyphens or underscores"


BUCKET = Kind("bucket", 63, r"(?!-)[A-Za-z0-9-]", "letters, digits or hyphens, the first not a hyphen")
"""Pulumi makes capitals small: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
DASHBOARD = Kind("dashboard", 255)
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html"""
FUNCTION = Kind("function", 64)
"""https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"""
ROLE = Kind("role", 64)
"""Which could have other characters too: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html"""
TOPIC = Kind("topic", 80)
"""SNS would take 256, Pulumi 80. Statement ids, alarms and queues take all that a topic does."""

TIGHTEST: dict[str, tuple[Kind, str]] = {
    "ApprovalApi": (FUNCTION, "intake-worker"),
    "CallbackBucket": (BUCKET, "callbacks"),
    "CallbackFunction": (FUNCTION, "worker"),
    "CallbackQueue": (FUNCTION, "worker"),
    "CallbackQueue without a worker": (FUNCTION, "dead-letters"),
    "CallbackTable": (FUNCTION, "worker"),
    "CallbackWorkflow": (ROLE, "execution"),
    "Dashboard": (DASHBOARD, "dashboard"),
    "Notifier": (TOPIC, "notices"),
}
"""Component → the child whose name leaves it least room: what it is, and what it has behind the component's
name. `tests/components/test_names.py` looks at all children."""


def longest_name(component: str) -> int:
    """How many characters the name of such a component may have."""
    kind, ending = TIGHTEST[component]
    return kind.longest - RANDOM_END - len(f"-{ending}")


def check_name(component: str, name: str, options: Mapping[str, Any]) -> None:
    """Raises ValueError for a name that children of the component, with these arguments, could not be named
    after."""
    if "worker" not in options and f"{component} without a worker" in TIGHTEST:
        component = f"{component} without a worker"
    kind, ending = TIGHTEST[component]
    article = "an" if component[0] in "AEIOU" else "a"
    longest = longest_name(component)
    text(
        f"name of {article} {component} must be 1 to {longest} {kind.characters} "
        f"(in AWS its {kind.what} is called name-{ending}-0123456, with at most {kind.longest})",
        name,
        rf"{kind.pattern}{{1,{longest}}}",
    )

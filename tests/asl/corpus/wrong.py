"""Wrong definitions, each with the one rule that it breaks."""

from . import wrong_data, wrong_structure, wrong_tasks
from .edits import Edit

WRONG: list[Edit] = [*wrong_structure.WRONG, *wrong_data.WRONG, *wrong_tasks.WRONG]
"""Every wrong definition."""

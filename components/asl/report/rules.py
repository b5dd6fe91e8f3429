"""Every rule of the checks: its name, how grave it is, and why it is a rule.

An error is what AWS refuses, or what hangs or fails whenever the execution gets there. A warning is what
surprises. A note is what cannot be known here. Rules of the house are graver in a component than in a file:
AWS accepts what they find, this project does not.
"""

from . import rules_data, rules_structure
from .rule import Rule, Severity

__all__ = ["RULES", "Rule", "Severity"]

RULES: dict[str, Rule] = {rule.name: rule for rule in (*rules_structure.RULES, *rules_data.RULES)}
"""Every rule by its name."""

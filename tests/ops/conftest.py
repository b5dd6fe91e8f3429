"""The stack of tests/approvals, with which people and operators deal."""

from tests.approvals.conftest import people

__all__ = ["people"]

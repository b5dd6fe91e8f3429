"""The stack of tests/approvals/program on an embedded AWS, with its inbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.inbox import Inbox
from tests.support.embedded import embedded

from .people import People

PROGRAM = Path(__file__).parent / "program"


@pytest.fixture(scope="session")
def people() -> Iterator[People]:
    """Approvers with mails and browsers, in front of a stack with IAM enforced."""
    with embedded(folder=PROGRAM) as stack, Inbox(stack.aws, stack.stack.deployment.resources) as inbox:
        yield People(stack, inbox)

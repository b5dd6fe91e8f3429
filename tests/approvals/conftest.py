"""The stack of tests/approvals/program on an embedded AWS, with its inbox; a browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.inbox import Inbox
from tests.support.browser import chromium
from tests.support.embedded import embedded

from .people import People

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PROGRAM = Path(__file__).parent / "program"


@pytest.fixture(scope="session")
def people() -> Iterator[People]:
    """Approvers with mails and browsers, in front of a stack with IAM enforced."""
    with embedded(folder=PROGRAM) as stack, Inbox(stack.aws, stack.stack.deployment.resources) as inbox:
        yield People(stack, inbox)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Not for the whole session: as long as it is there, nothing else in this thread has an event loop."""
    with chromium() as launched:
        yield launched

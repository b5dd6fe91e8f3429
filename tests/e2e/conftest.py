"""One embedded AWS for each test process, with the unmodified program and IAM enforced."""

from collections.abc import Iterator

import pytest

from tests.e2e.support import CALLBACK_TIMEOUT_SECONDS, Asking, Notices
from tests.support.embedded import Embedded, embedded


@pytest.fixture(scope="session")
def stack() -> Iterator[Embedded]:
    """The stack `local`. Tests leave it as they found it; what they send names their own executions."""
    with embedded(overrides={"callbackTimeoutSeconds": CALLBACK_TIMEOUT_SECONDS}) as deployed:
        yield deployed


@pytest.fixture(scope="session")
def notices(stack: Embedded) -> Notices:
    """The notifications that the stack's test queue got."""
    return Notices(stack)


@pytest.fixture(scope="session")
def asking(stack: Embedded) -> Asking:
    """Wait messages in the test's hands."""
    return Asking(stack)

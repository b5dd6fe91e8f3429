"""One embedded AWS for each test process, with the unmodified program and IAM enforced."""

from collections.abc import Iterator

import pytest

from tests.e2e.roles import BUCKET_POLICY, resources
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


@pytest.fixture(scope="module")
def buckets_over_http(stack: Embedded) -> Iterator[None]:
    """The buckets without their policy, which refuses all that comes without TLS: here nothing has it."""
    closed = {bucket["bucket"]: bucket["policy"] for _, bucket in resources(stack, BUCKET_POLICY)}
    for bucket in closed:
        stack.aws.s3.delete_bucket_policy(Bucket=bucket)
    yield
    for bucket, policy in closed.items():
        stack.aws.s3.put_bucket_policy(Bucket=bucket, Policy=policy)

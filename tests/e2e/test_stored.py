"""Tokens in a table and in a bucket: answered once, and gone from there.

The embedded AWS has no task that puts an object, so the test puts it. From there on all is as deployed.
"""

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.e2e.support import STORED, Asked, Asking, calls_for
from tests.support.embedded import Embedded
from tests.support.patience import until
from tests.support.stores import stored_item

pytestmark = pytest.mark.embedded


def in_table(stack: Embedded, asked: Asked) -> Callable[[], bool]:
    """Store the message in the table; what is returned says whether it is still there."""
    table, item = stack.workflow(STORED)["tableName"], stored_item(asked.message, uuid4().hex)
    stack.aws.dynamodb.put_item(TableName=table, Item=item)
    return lambda: "Item" in stack.aws.dynamodb.get_item(TableName=table, Key={"id": item["id"]})


def in_bucket(stack: Embedded, asked: Asked) -> Callable[[], bool]:
    """Store the message in the bucket; what is returned says whether it is still there."""
    bucket, key = stack.workflow(STORED)["bucketName"], f"waits/{uuid4().hex}.json"
    stack.aws.s3.put_object(Bucket=bucket, Key=key, Body=asked.body())
    return lambda: "Contents" in stack.aws.s3.list_objects_v2(Bucket=bucket, Prefix=key)


@pytest.mark.parametrize("store", [in_table, in_bucket])
def test_a_stored_message_is_answered_once_and_every_copy_of_it_deleted(
    store: Callable[[Embedded, Asked], Callable[[], bool]], stack: Embedded, asking: Asking
) -> None:
    asked = asking.ask({"stored": "twice"})
    is_there = store(stack, asked)
    execution = stack.finish(asked.execution_arn)
    assert execution.status == "SUCCEEDED"
    assert execution.output["executionArn"] == execution.arn
    until("the end of the stored message", lambda: not is_there())

    is_there = store(stack, asked)
    until("the end of its copy", lambda: not is_there())
    calls = calls_for(stack, execution, at_least=2)
    assert sorted(call.fields["outcome"] for call in calls) == ["closed", "succeeded"]
    assert {call.fields["level"] for call in calls} == {"INFO"}

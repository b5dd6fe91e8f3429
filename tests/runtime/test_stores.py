"""What is particular to a message that is an item of a table, and to one that is an object of a bucket."""

import json
import time
from typing import Any

import pytest
from countersign_runtime import PENDING
from countersign_runtime.processing.stored import YEAR_SECONDS

from tests.runtime.events import wait_message
from tests.runtime.storing import Calls, deliver
from tests.support.step_functions import StepFunctions
from tests.support.stores import Bucket, Table


class TestTable:
    @pytest.mark.parametrize(("timeout", "seconds"), [(60, 60), (0.5, 0.5), (None, YEAR_SECONDS)])
    def test_what_stays_may_go_when_the_task_has_timed_out(
        self, steps: StepFunctions, table: Table, timeout: float | None, seconds: float
    ) -> None:
        message = wait_message(steps.issue())
        del message["TimeoutSeconds"]
        began = int(time.time())
        given = {} if timeout is None else {"TimeoutSeconds": timeout}
        deliver(Calls(PENDING), table.put({**message, **given}))
        (item,) = table.items()
        assert began + seconds <= float(item["ExpiresAt"]["N"]) <= time.time() + seconds

    def test_an_item_that_a_dead_run_had_answered_is_not_done_again(
        self, steps: StepFunctions, table: Table
    ) -> None:
        token = steps.issue()
        record = table.put(wait_message(token))
        deliver(Calls(PENDING), record)
        steps.send_task_success(taskToken=token, output="{}")
        handle = Calls(1)
        assert deliver(handle, record) == []
        assert (handle.tasks, table.keys()) == ([], [])

    def test_an_item_that_a_dead_run_had_begun_is_done(self, steps: StepFunctions, table: Table) -> None:
        token = steps.issue()
        record = table.put(wait_message(token))
        deliver(Calls(PENDING), record)
        assert deliver(Calls(1), record) == []
        assert steps.heartbeats == [token]
        assert [answer.output for answer in steps.answers(token)] == [1]

    def test_a_request_that_is_no_json_is_handed_over_as_it_is(
        self, steps: StepFunctions, table: Table
    ) -> None:
        record = table.put(wait_message(steps.issue()))
        attribute: Any = {":r": {"S": "as it is"}}
        table.client.update_item(
            TableName=table.name,
            Key={"id": {"S": "first"}},
            UpdateExpression="SET #r = :r",
            ExpressionAttributeNames={"#r": "Request"},
            ExpressionAttributeValues=attribute,
        )
        handle = Calls(1)
        deliver(handle, record)
        assert handle.requests == ["as it is"]

    def test_only_new_items_are_work(self, steps: StepFunctions, table: Table) -> None:
        deliver(Calls(1), table.put(wait_message(steps.issue())))
        changes = [*table.records("MODIFY"), *table.records("REMOVE")]
        assert len(changes) == 2
        handle = Calls(1)
        assert deliver(handle, *changes) == []
        assert handle.tasks == []

    def test_the_stream_has_no_token(self, steps: StepFunctions, table: Table) -> None:
        token = steps.issue()
        deliver(Calls(1), table.put(wait_message(token)))
        for kind in ("INSERT", "MODIFY", "REMOVE"):
            assert token not in json.dumps(table.records(kind), default=str)


class TestBucket:
    @pytest.mark.parametrize("key", ["a b/c+d.json", "é한/%41.json", "waits/0f.json"])
    def test_keys_come_encoded(self, steps: StepFunctions, bucket: Bucket, key: str) -> None:
        token = steps.issue()
        assert deliver(Calls(1), bucket.put(wait_message(token), key)) == []
        assert len(steps.answers(token)) == 1
        assert bucket.keys() == []

    def test_only_new_objects_are_work(self, steps: StepFunctions, bucket: Bucket) -> None:
        bucket.put(wait_message(steps.issue()))
        handle = Calls(1)
        assert deliver(handle, bucket.record("first", "ObjectRemoved:Delete")) == []
        assert (handle.tasks, bucket.keys()) == ([], ["first"])

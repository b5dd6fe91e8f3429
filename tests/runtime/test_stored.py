"""Messages that are an item of a table or an object of a bucket: how they are taken and deleted."""

import json
import time
from typing import Any

import pytest
from countersign_runtime import PENDING, Task, TaskFailed
from countersign_runtime.processing.stored import MAX_OBJECT_BYTES, YEAR_SECONDS

from tests.runtime.clock import Clock
from tests.runtime.events import wait_message
from tests.runtime.sources import Calls, breaks, deliver
from tests.support.step_functions import Fault, StepFunctions, client_error
from tests.support.stores import Bucket, Store, Table


def again(store: Store, record: dict[str, Any]) -> list[str]:
    """How it is said that this record alone comes again."""
    return [store.id_of(record)] if isinstance(store, Table) else ["all"]


def test_what_was_answered_is_not_done_again(steps: StepFunctions, store: Store) -> None:
    token, handle = steps.issue(), Calls()
    record = store.put(wait_message(token))
    steps.inject(Fault.LOST_REPLY)
    for _ in range(3):
        assert deliver(handle, record) == []
    assert len(handle.tasks) == len(steps.answers(token)) == 1


def test_each_message_is_on_its_own(steps: StepFunctions, store: Store) -> None:
    tokens = {f"k{number}": steps.issue() for number in range(10)}
    records = [store.put(wait_message(token, key), key) for key, token in tokens.items()]
    steps.inject(*[Fault.THROTTLED] * 100, token=tokens["k3"])

    def handle(request: Any, task: Task) -> Any:
        if request == "k7":
            raise RuntimeError("broken")
        return request

    assert deliver(handle, *records) == again(store, records[3])
    assert store.keys() == ["k3"]
    taken = {key: [a.output or a.error for a in steps.answers(token)] for key, token in tokens.items()}
    assert taken == {key: [key] for key in tokens} | {"k3": [], "k7": ["RuntimeError"]}


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDenied", "InternalServerError"])
def test_a_store_that_cannot_be_reached_is_asked_again(
    steps: StepFunctions, store: Store, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    token, handle = steps.issue(), Calls()
    record = store.put(wait_message(token))
    breaks(store, store.take, monkeypatch, client_error("Take", code))
    assert deliver(handle, record) == again(store, record)
    assert (handle.tasks, steps.answers(token)) == ([], [])
    assert deliver(handle, record) == []
    assert len(steps.answers(token)) == 1


def test_what_cannot_be_deleted_is_still_answered(
    steps: StepFunctions, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    token = steps.issue()
    record = store.put(wait_message(token))
    breaks(store, store.delete, monkeypatch, client_error("Delete", "AccessDenied"))
    assert deliver(Calls(), record) == []
    assert len(steps.answers(token)) == 1
    assert store.keys() == ["first"]
    assert f"stored message {store.id_of(record)} stays until it expires: AccessDenied" in caplog.text


def test_work_that_takes_too_long_fails_its_task(
    steps: StepFunctions, token: str, store: Store, clock: Clock
) -> None:
    record, handle = store.put(wait_message(token)), Calls(lambda request, task: clock.hang())
    assert deliver(handle, record) == again(store, record)
    assert [answer.error for answer in steps.answers(token)] == ["OutOfTime"]
    assert store.keys() == []
    assert deliver(handle, record) == []


def test_a_late_fault_that_does_not_arrive_leaves_the_message(
    steps: StepFunctions, store: Store, clock: Clock
) -> None:
    token = steps.issue()

    def late(request: Any, task: Task) -> None:
        clock.hang()
        raise TaskFailed("TooLate")

    record = store.put(wait_message(token))
    steps.inject(Fault.THROTTLED)
    assert deliver(late, record) == again(store, record)
    assert (store.keys(), steps.answers(token)) == (["first"], [])
    clock.let_go()
    assert deliver(Calls(), record) == []
    assert len(steps.answers(token)) == 1


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "the message is not JSON"),
        (b"\xff{", "the message is not JSON"),
        (b"[]", "the message is not a JSON object"),
        (b"x" * (MAX_OBJECT_BYTES + 1), "the object must have at most 1048576 bytes, got 1048577"),
    ],
)
def test_an_object_that_is_no_message_stays(
    bucket: Bucket, caplog: pytest.LogCaptureFixture, content: bytes, complaint: str
) -> None:
    assert deliver(Calls(), bucket.write(content)) == []
    assert bucket.keys() == ["first"]
    assert f"stored message first is unusable: {complaint}" in caplog.text


def test_an_item_that_is_no_message_stays(table: Table, caplog: pytest.LogCaptureFixture) -> None:
    assert deliver(Calls(), table.put({**wait_message("t"), "TimeoutSeconds": "soon"})) == []
    assert table.keys() == ["first"]
    assert "unusable: the item is no wait message: TimeoutSeconds is no number" in caplog.text


@pytest.mark.parametrize(("timeout", "seconds"), [(60, 60), (0.5, 0.5), (None, YEAR_SECONDS)])
def test_an_item_that_stays_may_go_when_its_task_has_timed_out(
    steps: StepFunctions, table: Table, timeout: float | None, seconds: float
) -> None:
    message = wait_message(steps.issue(), TimeoutSeconds=timeout)
    if timeout is None:
        del message["TimeoutSeconds"]
    began = int(time.time())
    deliver(Calls(PENDING), table.put(message))
    (item,) = table.items()
    assert began + seconds <= float(item["ExpiresAt"]["N"]) <= time.time() + seconds


@pytest.mark.parametrize("answered", [True, False])
def test_an_item_that_a_dead_run_had_begun_is_done_unless_it_was_answered(
    steps: StepFunctions, table: Table, answered: bool
) -> None:
    token, handle = steps.issue(), Calls()
    record = table.put(wait_message(token))
    deliver(Calls(PENDING), record)
    if answered:
        steps.send_task_success(taskToken=token, output="0")
    assert deliver(handle, record) == []
    assert steps.calls[-2 + answered][0] == "SendTaskHeartbeat", "it is asked first"
    assert [answer.output for answer in steps.answers(token)] == [0 if answered else 1]
    assert (len(handle.tasks), table.keys()) == (0 if answered else 1, [])


def test_a_request_that_is_no_json_is_handed_over_as_it_is(steps: StepFunctions, table: Table) -> None:
    record, handle = table.put(wait_message(steps.issue())), Calls()
    attribute: Any = {":r": {"S": "as it is"}}
    table.client.update_item(
        TableName=table.name,
        Key={"id": {"S": "first"}},
        UpdateExpression="SET #r = :r",
        ExpressionAttributeNames={"#r": "Request"},
        ExpressionAttributeValues=attribute,
    )
    deliver(handle, record)
    assert handle.requests == ["as it is"]


def test_only_new_items_are_work_and_the_stream_has_no_token(steps: StepFunctions, table: Table) -> None:
    token, handle = steps.issue(), Calls()
    deliver(Calls(), table.put(wait_message(token)))
    changes = [*table.records("MODIFY"), *table.records("REMOVE")]
    assert len(changes) == 2
    assert deliver(handle, *changes) == []
    assert handle.tasks == []
    assert token not in json.dumps([*table.records(), *changes], default=str)


@pytest.mark.parametrize("key", ["a b/c+d.json", "é한/%41.json", "waits/0f.json"])
def test_keys_of_objects_come_encoded(steps: StepFunctions, token: str, bucket: Bucket, key: str) -> None:
    assert deliver(Calls(), bucket.put(wait_message(token), key)) == []
    assert len(steps.answers(token)) == 1
    assert bucket.keys() == []


def test_only_new_objects_are_work(steps: StepFunctions, bucket: Bucket) -> None:
    bucket.put(wait_message(steps.issue()))
    handle = Calls()
    assert deliver(handle, bucket.record("first", "ObjectRemoved:Delete")) == []
    assert (handle.tasks, bucket.keys()) == ([], ["first"])

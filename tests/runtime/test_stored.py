"""Messages that are stored: taken, answered, deleted; and what happens when one of these cannot be done."""

import json
import logging
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import boto3
import pytest
from countersign_runtime import PENDING, Task, TaskFailed, answers, clients
from countersign_runtime.answers import Undelivered
from countersign_runtime.config import Config
from countersign_runtime.engine import Handle, Worker
from countersign_runtime.stored import MAX_OBJECT_BYTES, YEAR_SECONDS
from moto import mock_aws

from tests.runtime.events import EXECUTION_ARN, MACHINE_ARN, Context, Hanging, batch, wait_message
from tests.support.step_functions import Fault, StepFunctions
from tests.support.stores import Bucket, Clients, Store, Table, refusal


class Aws:
    """Moto's clients, made once; every test has a table and a bucket of its own."""

    def __init__(self) -> None:
        self.clients = Clients(boto3.Session("x", "x", region_name="eu-west-1"))
        self._names = count(1)

    def name(self) -> str:
        return f"waits-{next(self._names)}"


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with mock_aws():
        yield Aws()


@pytest.fixture
def table(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Table:
    made = Table(aws.clients, aws.name())
    monkeypatch.setitem(clients._made, "dynamodb", made.client)
    return made


@pytest.fixture
def bucket(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    made = Bucket(aws.clients, aws.name())
    monkeypatch.setitem(clients._made, "s3", made.client)
    return made


@pytest.fixture(params=["table", "bucket"])
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(request.param)
    return found


def deliver(handle: Handle, *records: dict[str, Any], seconds: float = 30.0) -> list[str]:
    """What an invocation does with these records; the messages that come again."""
    worker = Worker(handle, Config(None, 10))
    try:
        result = worker(batch(*records), Context(seconds))
    except Undelivered:
        return ["all"]
    assert "batchItemFailures" not in result or records[0]["eventSource"] == "aws:dynamodb"
    return [failure["itemIdentifier"] for failure in result.get("batchItemFailures", [])]


def again(store: Store, record: dict[str, Any]) -> list[str]:
    """How it is said that this record alone comes again."""
    return [store.id_of(record)] if isinstance(store, Table) else ["all"]


class Calls:
    """A `handle` that notes what it was asked."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer
        self.requests: list[Any] = []
        self.tasks: list[Task] = []

    def __call__(self, request: Any, task: Task) -> Any:
        self.requests.append(request)
        self.tasks.append(task)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def breaks(client: Any, operation: str, monkeypatch: pytest.MonkeyPatch, *problems: Exception) -> None:
    """The next calls of an operation go wrong like this."""
    method = {"UpdateItem": "update_item", "DeleteItem": "delete_item"}.get(operation) or {
        "GetObject": "get_object",
        "DeleteObject": "delete_object",
    }[operation]
    works, left = getattr(client, method), list(problems)

    def call(**parameters: Any) -> Any:
        if left:
            raise left.pop(0)
        return works(**parameters)

    monkeypatch.setattr(client, method, call)


def client_of(store: Store) -> Any:
    return clients._made[store.service]


class TestWork:
    def test_the_message_is_the_same_as_everywhere(self, steps: StepFunctions, store: Store) -> None:
        request = {"order": {"id": 'é 한 " \\ {}'}, "n": [1, 2.5, None, True]}
        message = wait_message(steps.issue(), request, RetryCount=2, TimeoutSeconds=60)
        handle = Calls({"done": True})
        assert deliver(handle, store.put(message)) == []
        (task,) = handle.tasks
        assert handle.requests == [request]
        assert (task.token, task.execution_arn, task.state_machine_arn) == (
            message["TaskToken"],
            EXECUTION_ARN,
            MACHINE_ARN,
        )
        assert (task.state_name, task.retry_count, task.timeout_seconds) == ("Pay", 2, 60)
        assert task.entered_time is not None

    def test_a_result_ends_the_task_and_the_message_goes(self, steps: StepFunctions, store: Store) -> None:
        token = steps.issue()
        assert deliver(Calls({"done": True}), store.put(wait_message(token))) == []
        (answer,) = steps.answers(token)
        assert (answer.operation, answer.output) == ("SendTaskSuccess", {"done": True})
        assert store.keys() == []

    def test_a_refusal_fails_the_task_and_the_message_goes(self, steps: StepFunctions, store: Store) -> None:
        token = steps.issue()
        assert deliver(Calls(TaskFailed("OutOfStock", "none")), store.put(wait_message(token))) == []
        (answer,) = steps.answers(token)
        assert (answer.error, answer.cause) == ("OutOfStock", "none")
        assert store.keys() == []

    def test_a_fault_fails_the_task_at_once_and_the_message_goes(
        self, steps: StepFunctions, store: Store
    ) -> None:
        token = steps.issue()
        assert deliver(Calls(KeyError("price")), store.put(wait_message(token))) == []
        (answer,) = steps.answers(token)
        assert (answer.error, answer.cause) == ("KeyError", "KeyError: 'price'")
        assert store.keys() == []

    def test_a_result_that_is_none_fails_the_task_and_the_message_goes(
        self, steps: StepFunctions, store: Store
    ) -> None:
        token = steps.issue()
        assert deliver(Calls(float("nan")), store.put(wait_message(token))) == []
        assert [answer.error for answer in steps.answers(token)] == [answers.INVALID_OUTPUT]
        assert store.keys() == []

    def test_pending_leaves_the_message_to_somebody_else(self, steps: StepFunctions, store: Store) -> None:
        token = steps.issue()
        assert deliver(Calls(PENDING), store.put(wait_message(token))) == []
        assert steps.is_waiting(token)
        assert store.keys() == ["first"]

    def test_the_message_of_a_task_that_is_closed_goes(self, steps: StepFunctions, store: Store) -> None:
        token = steps.issue(timeout_seconds=1)
        steps.advance(2)
        assert deliver(Calls(1), store.put(wait_message(token))) == []
        assert steps.answers(token) == []
        assert store.keys() == []

    def test_what_was_answered_is_not_done_again(self, steps: StepFunctions, store: Store) -> None:
        token = steps.issue()
        record = store.put(wait_message(token))
        handle = Calls(1)
        for _ in range(3):
            assert deliver(handle, record) == []
        assert len(handle.tasks) == len(steps.answers(token)) == 1

    def test_each_message_is_on_its_own(self, steps: StepFunctions, store: Store) -> None:
        tokens = {f"k{number}": steps.issue() for number in range(10)}
        records = [store.put(wait_message(token, key), key) for key, token in tokens.items()]
        steps.inject(*[Fault.THROTTLED] * 10, token=tokens["k3"])

        def handle(request: Any, task: Task) -> Any:
            if request == "k7":
                raise RuntimeError("broken")
            return request

        assert deliver(handle, *records) == again(store, records[3])
        assert store.keys() == ["k3"]
        taken = {key: [a.output or a.error for a in steps.answers(token)] for key, token in tokens.items()}
        assert taken == {key: [key] for key in tokens} | {"k3": [], "k7": ["RuntimeError"]}


class TestDelivery:
    @pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.ACCESS_DENIED, Fault.LOST_REQUEST])
    def test_an_answer_that_does_not_arrive_is_given_again(
        self, steps: StepFunctions, store: Store, fault: Fault
    ) -> None:
        token = steps.issue()
        record = store.put(wait_message(token))
        steps.inject(fault)
        assert deliver(Calls(1), record) == again(store, record)
        assert (steps.answers(token), store.keys()) == ([], ["first"])
        assert deliver(Calls(1), record) == []
        assert ([answer.output for answer in steps.answers(token)], store.keys()) == ([1], [])

    def test_a_reply_that_was_lost_is_one_answer(self, steps: StepFunctions, store: Store) -> None:
        token = steps.issue()
        record = store.put(wait_message(token))
        steps.inject(Fault.LOST_REPLY)
        assert deliver(Calls(1), record) == again(store, record)
        assert deliver(Calls(2), record) == []
        assert [answer.output for answer in steps.answers(token)] == [1]
        assert store.keys() == []

    @pytest.mark.parametrize("code", ["ThrottlingException", "AccessDenied", "InternalServerError"])
    def test_a_store_that_cannot_be_reached_is_asked_again(
        self, steps: StepFunctions, store: Store, monkeypatch: pytest.MonkeyPatch, code: str
    ) -> None:
        token = steps.issue()
        record = store.put(wait_message(token))
        breaks(client_of(store), store.take, monkeypatch, refusal(store.take, code))
        handle = Calls(1)
        assert deliver(handle, record) == again(store, record)
        assert (handle.tasks, steps.answers(token)) == ([], [])
        assert deliver(handle, record) == []
        assert len(steps.answers(token)) == 1

    def test_what_cannot_be_deleted_is_still_answered(
        self,
        steps: StepFunctions,
        store: Store,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        token = steps.issue()
        record = store.put(wait_message(token))
        breaks(client_of(store), store.delete, monkeypatch, refusal(store.delete, "AccessDenied"))
        assert deliver(Calls(1), record) == []
        assert len(steps.answers(token)) == 1
        assert store.keys() == ["first"]
        assert f"stored message {store.id_of(record)} stays until it expires: AccessDenied" in caplog.text

    def test_work_that_takes_too_long_fails_its_task(self, steps: StepFunctions, store: Store) -> None:
        token = steps.issue()
        record = store.put(wait_message(token))

        with Hanging() as handle:
            assert deliver(handle, record, seconds=2.0) == again(store, record)
            assert [answer.error for answer in steps.answers(token)] == ["OutOfTime"]
            assert store.keys() == []
            assert deliver(handle, record) == []

    def test_a_late_fault_that_does_not_arrive_leaves_the_message(
        self, steps: StepFunctions, store: Store
    ) -> None:
        token = steps.issue()
        record = store.put(wait_message(token))
        steps.inject(Fault.THROTTLED)

        with Hanging(TaskFailed("TooLate")) as handle:
            assert deliver(handle, record, seconds=2.0) == again(store, record)
            assert store.keys() == ["first"]
            assert steps.answers(token) == []
        assert deliver(Calls(1), record) == []
        assert len(steps.answers(token)) == 1


class TestUnusable:
    """Nobody can be told, and another try would find the same."""

    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            ({"TaskToken": "x" * 2_049}, "TaskToken must have between 1 and 2048 characters, got 2049"),
            ({"TaskToken": 7}, "TaskToken must be a string, got int"),
        ],
    )
    def test_a_message_without_a_token_stays(
        self,
        steps: StepFunctions,
        store: Store,
        caplog: pytest.LogCaptureFixture,
        change: dict[str, Any],
        complaint: str,
    ) -> None:
        handle = Calls(1)
        record = store.put({**wait_message("t"), **change})
        assert deliver(handle, record) == []
        assert (handle.tasks, store.keys()) == ([], ["first"])
        assert f"stored message {store.id_of(record)} is unusable: {complaint}" in caplog.text

    def test_a_token_that_is_none_stays(self, steps: StepFunctions, store: Store) -> None:
        assert deliver(Calls(1), store.put(wait_message("nobody's"))) == []
        assert store.keys() == ["first"]

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
        self, bucket: Bucket, caplog: pytest.LogCaptureFixture, content: bytes, complaint: str
    ) -> None:
        assert deliver(Calls(1), bucket.write(content)) == []
        assert bucket.keys() == ["first"]
        assert f"stored message first is unusable: {complaint}" in caplog.text

    def test_an_item_that_is_no_message_stays(self, table: Table, caplog: pytest.LogCaptureFixture) -> None:
        record = table.put({**wait_message("t"), "TimeoutSeconds": "soon"})
        assert deliver(Calls(1), record) == []
        assert table.keys() == ["first"]
        assert "unusable: the item is no wait message: TimeoutSeconds is no number" in caplog.text


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


def test_no_token_is_logged_whatever_happens(
    steps: StepFunctions, store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "countersign")
    tokens = [steps.issue() for _ in range(5)]
    outcomes: list[Any] = [1, PENDING, TaskFailed("No"), RuntimeError("broken"), 1]
    for number, (token, outcome) in enumerate(zip(tokens, outcomes, strict=True)):
        if number == 4:
            steps.inject(Fault.SERVER_ERROR)
        deliver(Calls(outcome), store.put(wait_message(token), str(number)))
    deliver(Calls(1), store.put(wait_message(tokens[0][:-1]), "unknown"))
    written = [*caplog.messages, *(repr(vars(record)) for record in caplog.records)]
    assert len(caplog.records) >= 6
    assert not [text for text in written for token in tokens if token[:64] in text]

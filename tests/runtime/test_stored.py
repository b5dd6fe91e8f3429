"""Messages that are stored: taken, answered, deleted; and what happens when one of these cannot be done."""

import logging
from typing import Any

import pytest
from countersign_runtime import PENDING, Task, TaskFailed, answers
from countersign_runtime.processing.stored import MAX_OBJECT_BYTES

from tests.runtime.events import EXECUTION_ARN, MACHINE_ARN, Hanging, wait_message
from tests.runtime.storing import Calls, again, breaks, client_of, deliver
from tests.support.step_functions import Fault, StepFunctions
from tests.support.stores import Bucket, Store, Table, refusal


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
        steps.inject(*[Fault.THROTTLED] * 100, token=tokens["k3"])

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
        steps.inject(*[fault] * 100)
        assert deliver(Calls(1), record) == again(store, record)
        assert (steps.answers(token), store.keys()) == ([], ["first"])
        steps.recover()
        assert deliver(Calls(1), record) == []
        assert ([answer.output for answer in steps.answers(token)], store.keys()) == ([1], [])

    def test_a_reply_that_was_lost_is_one_answer(self, steps: StepFunctions, store: Store) -> None:
        token = steps.issue()
        record = store.put(wait_message(token))
        steps.inject(Fault.LOST_REPLY)
        assert deliver(Calls(1), record) == []
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

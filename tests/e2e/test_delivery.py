"""What a queue does to messages: a batch of which one is broken, and one that is delivered more than once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import pytest

from local import PROJECT_FOLDER
from local.archive import build
from local.model import Archive, Asset
from local.observe import LogLine
from tests.e2e.support import (
    CALLBACK_TIMEOUT_SECONDS,
    ORDERS,
    Asking,
    Notices,
    calls_for,
    held,
    order,
    task_ends,
)
from tests.support.embedded import Embedded
from tests.support.patience import until

pytestmark = pytest.mark.embedded

BATCH = 10
WORK_BREAKS, NO_TASK = "whose work breaks", "that is no task"
POISONS: Mapping[str, Mapping[str, object] | None] = {
    WORK_BREAKS: order(paymentReference="pm_error_503"),
    NO_TASK: None,
}


@pytest.fixture
def where(stack: Embedded) -> Iterator[Mapping[str, str]]:
    """The queues of the orders, without what a test has left in the dead-letter queue."""
    queues = stack.workflow(ORDERS)
    stack.aws.sqs.purge_queue(QueueUrl=queues["deadLetterQueueUrl"])
    yield queues
    stack.aws.sqs.purge_queue(QueueUrl=queues["deadLetterQueueUrl"])


@pytest.mark.parametrize("poison", POISONS)
def test_of_a_batch_with_one_broken_message_nine_are_done_once_and_that_one_is_dead_lettered(
    poison: str, stack: Embedded, notices: Notices, where: Mapping[str, str]
) -> None:
    orders, broken = [order() for _ in range(BATCH - 1)], POISONS[poison]
    with stack.paused(where["deadLetterQueueUrl"]):
        with stack.paused(where["queueUrl"]):
            before = [stack.start(ORDERS, request) for request in orders[:4]]
            broken_arn = "" if broken is None else stack.start(ORDERS, broken)
            if broken is None:
                stack.aws.sqs.send_message(QueueUrl=where["queueUrl"], MessageBody="no task at all")
            started = before + [stack.start(ORDERS, request) for request in orders[4:]]
            messages = until("a full batch", lambda: _if_full(held(stack, where["queueUrl"])))
        executions = [stack.finish(arn) for arn in started]
        calls = [calls_for(stack, execution) for execution in executions]
        (broken_id,) = set(messages) - {line.fields["message_id"] for lines in calls for line in lines}
        until("the dead letter", lambda: broken_id in held(stack, where["deadLetterQueueUrl"]))
        assert held(stack, where["deadLetterQueueUrl"]) == [broken_id]
        assert held(stack, where["queueUrl"]) == []
        group = calls[0][0].group
        tries = until("three tries", lambda: _three(_invocations_with(broken_id, stack.logs(group))))

    assert [execution.status for execution in executions] == ["SUCCEEDED"] * len(orders)
    assert [e.output["orderId"] for e in executions] == [request["orderId"] for request in orders]
    assert [[line.fields["outcome"] for line in lines] for lines in calls] == [["succeeded"]] * len(orders)
    for execution in executions:
        assert task_ends(stack, execution, "ProcessPayment") == ["TaskSucceeded"]
        assert [notice["Subject"] for notice in notices.about(execution)] == ["Payment succeeded"]

    assert len(tries) == 3
    assert {line.fields["message_id"] for line in tries[0] if "outcome" in line.fields} == set(messages)
    if broken_arn:
        failed = stack.finish(broken_arn)
        assert (failed.status, failed.error) == ("FAILED", "CallbackQueue.DeadLettered")
        assert failed.seconds < CALLBACK_TIMEOUT_SECONDS
        assert "the payment provider does not answer" in failed.cause
        assert task_ends(stack, failed, "ProcessPayment") == ["TaskFailed"]
        until("its end", lambda: broken_id not in held(stack, where["deadLetterQueueUrl"]))


def test_the_same_message_three_times_is_answered_once_without_error_or_dead_letter(
    stack: Embedded, asking: Asking, where: Mapping[str, str]
) -> None:
    request = order()
    asked = asking.ask(request)
    # The first alone: the embedded AWS still takes a second answer in the moment in which it ends the task.
    stack.aws.sqs.send_message(QueueUrl=where["queueUrl"], MessageBody=asked.body())
    execution = stack.finish(asked.execution_arn)
    for _ in range(2):
        stack.aws.sqs.send_message(QueueUrl=where["queueUrl"], MessageBody=asked.body())
    calls = calls_for(stack, execution, at_least=3)

    assert sorted(line.fields["outcome"] for line in calls) == ["closed", "closed", "succeeded"]
    assert {line.fields["level"] for line in calls} == {"INFO"}
    assert {line.fields["task_id"] for line in calls} == {asked.task_id}
    assert execution.status == "SUCCEEDED"
    assert execution.output["orderId"] == request["orderId"]
    assert task_ends(stack, execution, "ProcessPayment") == ["TaskSucceeded"]
    until("an empty queue", lambda: held(stack, where["queueUrl"]) == [])
    assert held(stack, where["deadLetterQueueUrl"]) == []


def test_a_message_whose_function_died_after_its_answer_is_done_when_it_comes_again(
    stack: Embedded, asking: Asking, where: Mapping[str, str]
) -> None:
    asked = asking.ask()
    with stack.paused(where["queueUrl"]):
        stack.aws.sqs.send_message(QueueUrl=where["queueUrl"], MessageBody=asked.body())
        # What the dead function did: it took the message, answered, and never deleted it.
        taken = stack.aws.sqs.receive_message(QueueUrl=where["queueUrl"], VisibilityTimeout=0)["Messages"]
        assert [message["Body"] for message in taken] == [asked.body()]
        stack.aws.step_functions.send_task_success(taskToken=asked.token, output='{"paid": "before"}')
        execution = stack.finish(asked.execution_arn)
    (call,) = calls_for(stack, execution)
    assert (call.fields["outcome"], call.fields["level"]) == ("closed", "INFO")
    assert (execution.status, execution.output) == ("SUCCEEDED", {"paid": "before"})
    until("an empty queue", lambda: held(stack, where["queueUrl"]) == [])
    assert held(stack, where["deadLetterQueueUrl"]) == []


def test_a_worker_that_cannot_be_imported_fails_its_tasks_and_the_execution_says_why(
    stack: Embedded, notices: Notices, where: Mapping[str, str]
) -> None:
    with _worker_source(stack, "order-payment-worker", "import a_module_that_nobody_packed\n"):
        broken = stack.run(ORDERS, order())
    assert (broken.status, broken.error) == ("FAILED", "CallbackQueue.DeadLettered")
    assert broken.seconds < CALLBACK_TIMEOUT_SECONDS
    assert "No module named 'a_module_that_nobody_packed'" in broken.cause
    assert [notice["Subject"] for notice in notices.about(broken)] == ["Payment failed"]
    assert stack.run(ORDERS, order()).status == "SUCCEEDED"


@contextmanager
def _worker_source(stack: Embedded, name: str, source: str) -> Iterator[None]:
    """The deployed function with another worker.py meanwhile."""
    function = stack.resource("aws:lambda/function:Function", name)
    code: Archive = function["code"]
    assert code.members is not None
    broken = Archive(members={**code.members, "worker.py": Asset(text=source)})
    update = partial(stack.aws.functions.update_function_code, FunctionName=function["name"])
    update(ZipFile=build(broken, PROJECT_FOLDER))
    try:
        yield
    finally:
        update(ZipFile=build(code, PROJECT_FOLDER))


def _if_full(messages: list[str]) -> list[str]:
    return messages if len(messages) == BATCH else []


def _three(tries: list[list[LogLine]]) -> list[list[LogLine]]:
    """As often as the stack delivers a message."""
    return tries if len(tries) >= 3 else []


def _invocations_with(message_id: str, lines: list[LogLine]) -> list[list[LogLine]]:
    """The lines of each run of the function that had this message."""
    runs: list[list[LogLine]] = []
    for line in lines:
        if line.text.startswith("START RequestId:"):
            runs.append([])
        if runs:
            runs[-1].append(line)
    return sorted(
        (run for run in runs if any(line.fields.get("message_id") == message_id for line in run)),
        key=lambda run: run[1].at,
    )

"""Every statement of every role is needed: without it something named here fails, and with it it works.

The embedded AWS enforces IAM for calls over HTTP. So every action is called with the credentials of its role,
with the statement and without it; what cannot be tried is listed with the reason (tests/e2e/actions.py). What
the workers' functions do with tokens is also tried through them: a worker uses all that it may.
"""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.e2e.actions import (
    COMPARED_ONLY,
    REFUSED,
    TRIED,
    is_allowed,
)
from tests.e2e.roles import (
    DeployedFunction,
    Statement,
    clients_of,
    functions,
    statements,
    without,
)
from tests.e2e.support import CHAIN, ORDERS, Asked, Asking, order
from tests.support.embedded import Embedded
from tests.support.patience import until
from tests.support.stores import stored_item

pytestmark = pytest.mark.embedded

RETURN_TOKENS: Final = "ReturnTaskTokens"
ANSWER_FOR_PEOPLE: Final = frozenset(
    {"approvals-intake-worker", "approvals-page", "approvals-follow-up", "approvals-operator"}
)
"""Functions that return a token when somebody has decided, not when its message comes (tests/approvals)."""


def test_every_action_of_every_statement_is_tried_or_known_to_be_compared_only(stack: Embedded) -> None:
    lists = (frozenset(TRIED), frozenset(COMPARED_ONLY))
    unproved = {
        f"{statement}: {action}"
        for statement in statements(stack)
        for action in statement.actions
        if sum(action in tried for tried in lists) != 1
    }
    assert unproved == set()
    deployed = {action for statement in statements(stack) for action in statement.actions}
    assert deployed == frozenset().union(*lists), "nothing is listed that no role has"


def test_a_role_has_one_statement_of_a_name(stack: Embedded) -> None:
    named = [(statement.role, statement.sid) for statement in statements(stack)]
    assert len(named) == len(set(named))


def test_every_action_is_allowed_by_one_statement_and_refused_without_it(stack: Embedded) -> None:
    clients = {role: clients_of(stack, role) for role in {each.role for each in statements(stack)}}
    refused_with, allowed_without = [], []
    for statement in statements(stack):
        client, tried = clients[statement.role], [action for action in statement.actions if action in TRIED]
        refused_with += [f"{statement}: {a}" for a in tried if not is_allowed(client, statement, a)]
        with without(stack, statement):
            allowed_without += [f"{statement}: {a}" for a in tried if is_allowed(client, statement, a)]
    assert (refused_with, allowed_without) == ([], [])


@pytest.mark.parametrize("name", ["order-payment-worker", "chain-subscriber-worker"])
def test_a_functions_role_may_do_nothing_else(name: str, stack: Embedded) -> None:
    """Neither read what is another function's, nor send, publish, start or look at anything."""
    (function,) = (found for found in functions(stack) if found.name == name)
    client = clients_of(stack, function.role)
    other, machine = stack.workflow(CHAIN), stack.workflow(ORDERS)["stateMachineArn"]
    calls: list[Callable[[], object]] = [
        lambda: client("sqs").receive_message(QueueUrl=other["queueUrl"]),
        lambda: client("sqs").send_message(QueueUrl=other["queueUrl"], MessageBody="{}"),
        lambda: client("sqs").purge_queue(QueueUrl=stack.workflow(ORDERS)["queueUrl"]),
        lambda: client("sns").publish(TopicArn=stack.outputs["notificationTopicArn"], Message="paid"),
        lambda: client("stepfunctions").start_execution(stateMachineArn=machine),
        lambda: client("stepfunctions").list_executions(stateMachineArn=machine),
        lambda: client("lambda").invoke(FunctionName=function.arn, Payload="{}"),
        lambda: client("logs").filter_log_events(logGroupName=function.log_group),
        lambda: client("iam").list_roles(),
    ]
    for call in calls:
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] in REFUSED


@dataclass(frozen=True)
class Trial:
    """A message whose answer needs the role's permission, and the end of its task once it has it."""

    asked: Asked
    body: str
    deliver: Callable[[str], str]
    end: tuple[str, str]


def test_without_the_right_to_return_tokens_no_task_of_a_function_is_answered(
    stack: Embedded, asking: Asking
) -> None:
    """Each of the statement's actions is refused, so each is used; and with the statement every task ends."""
    rights = {statement.role: statement for statement in statements(stack) if statement.sid == RETURN_TOKENS}
    all_answering = [function for function in functions(stack) if function.role in rights]
    assert set(rights) == {function.role for function in all_answering}, "only functions return tokens"
    # One for each set of ways to a function: what is behind them is the same for all.
    answering = {
        function.ways: function for function in all_answering if function.name not in ANSWER_FOR_PEOPLE
    }.values()

    def refused(function: DeployedFunction) -> set[str]:
        return _refused_without(stack, asking, function, rights[function.role])

    with ThreadPoolExecutor(len(answering)) as pool:
        found = dict(zip((f.name for f in answering), pool.map(refused, answering), strict=True))
    assert found == {function.name: set(rights[function.role].actions) for function in answering}


def _refused_without(
    stack: Embedded, asking: Asking, function: DeployedFunction, right: Statement
) -> set[str]:
    """The actions that were refused while the function's role lacked the statement."""
    trials = _trials(stack, asking, function)
    assert trials, f"{function.name} returns tokens: how does it get one?"
    began = datetime.now(UTC) - timedelta(milliseconds=1)
    replies: list[str] = []
    pattern = re.compile(
        rf"assumed-role/{re.escape(function.role)}/\S+ is not authorized to perform: ([\w:]+)"
    )

    def refused() -> set[str]:
        texts = [line.text for line in function.logs(stack) if line.at >= began]
        return set(pattern.findall("\n".join([*texts, *replies])))

    with without(stack, right):
        replies += [trial.deliver(trial.body) for trial in trials]
        try:
            until("what it needs is refused", lambda: refused() >= set(right.actions))
        except AssertionError:
            return refused()
        describe = stack.aws.step_functions.describe_execution
        states = {describe(executionArn=trial.asked.execution_arn)["status"] for trial in trials}
        assert states == {"RUNNING"}, function.name
        seen = refused()
        # Otherwise a message that was refused often enough would come back as a dead letter.
        for url in (*function.queue_urls, *function.dead_letter_queue_urls):
            stack.aws.sqs.purge_queue(QueueUrl=url)
    for trial in trials:
        trial.deliver(trial.body)
    for trial in trials:
        execution = stack.finish(trial.asked.execution_arn)
        assert (execution.status, execution.error) == trial.end, function.name
    return seen


def _trials(stack: Embedded, asking: Asking, function: DeployedFunction) -> list[Trial]:
    """Messages that need SendTaskSuccess, SendTaskFailure or SendTaskHeartbeat, on each way to a function."""

    def send(queue_url: str) -> Callable[[str], str]:
        return lambda body: stack.aws.sqs.send_message(QueueUrl=queue_url, MessageBody=body)["MessageId"]

    def publish(topic_arn: str) -> Callable[[str], str]:
        address: Any = {"to": {"DataType": "String.Array", "StringValue": json.dumps([function.arn])}}
        return lambda body: stack.aws.sns.publish(
            TopicArn=topic_arn, Message=body, MessageAttributes=address
        )["MessageId"]

    def put_item(table: str) -> Callable[[str], str]:
        def put(body: str) -> str:
            item = stored_item(json.loads(body), uuid4().hex)
            return str(stack.aws.dynamodb.put_item(TableName=table, Item=item))

        return put

    def put_object(bucket: str) -> Callable[[str], str]:
        def put(body: str) -> str:
            return str(stack.aws.s3.put_object(Bucket=bucket, Key=f"waits/{uuid4().hex}.json", Body=body))

        return put

    def call(body: str) -> str:
        reply = stack.aws.functions.invoke(FunctionName=function.arn, Payload=body)
        return reply["Payload"].read().decode()

    ways = [
        *map(send, function.queue_urls),
        *map(publish, function.topic_arns),
        *map(put_item, function.tables),
        *map(put_object, function.buckets),
        *([call] if function.called else []),
    ]
    trials = []
    for deliver in ways:
        # Long overdue: the function asks by a heartbeat whether anybody waits, before it does the work.
        late = asking.ask(_understood_by_all("a word"))
        overdue = late.body(EnteredTime="2020-01-01T00:00:00Z")
        trials.append(Trial(late, overdue, deliver, ("SUCCEEDED", "")))
        # A result that holds the token is refused, and the task failed.
        leaking = asking.ask()
        request = _understood_by_all(leaking.token)
        error = "CallbackQueue.InvalidOutput"
        trials.append(Trial(leaking, leaking.body(Request=request), deliver, ("FAILED", error)))
    for url in function.dead_letter_queue_urls:
        dead = asking.ask()
        trials.append(Trial(dead, dead.body(), send(url), ("FAILED", "CallbackQueue.DeadLettered")))
    return trials


def _understood_by_all(word: str) -> dict[str, object]:
    """A request that every worker of the stack does, with a word that comes back in its result."""
    approved = {"task": {"job": word}, "approval": {"outcome": "approved"}}
    return {**order(orderId=word), "job": word, **approved}

"""Each statement of the approval functions' roles is needed: with it a call is allowed, without it refused.

What the functions do with them is tried in test_embedded.py, where IAM is enforced for their calls;
statements that every worker has (queues, logs, returning tokens) are tried in tests/e2e.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from tests.e2e.roles import Statement, clients_of, statements, without

from .people import People

pytestmark = pytest.mark.embedded

OWNERS: Final = ("one-page", "one-follow-up", "one-intake-worker")
KEY: Final = {"pk": {"S": "R#none"}, "sk": {"S": "REQUEST"}}
REFUSED: Final = ("AccessDenied", "AccessDeniedException", "AuthorizationError")

Client = Callable[[str], Any]


def _query(client: Client, arn: str) -> None:
    table, _, index = arn.rpartition("table/")[2].partition("/index/")
    key, more = ("due", {"IndexName": index}) if index else ("pk", {})
    client("dynamodb").query(
        TableName=table,
        KeyConditionExpression=f"{key} = :none",
        ExpressionAttributeValues={":none": {"S": "none"}},
        **more,
    )


CALLS: Final[Mapping[str, Callable[[Client, str], Any]]] = {
    "dynamodb:GetItem": lambda client, arn: client("dynamodb").get_item(TableName=_last(arn), Key=KEY),
    "dynamodb:PutItem": lambda client, arn: client("dynamodb").put_item(TableName=_last(arn), Item={}),
    "dynamodb:Query": _query,
    "events:PutEvents": lambda client, arn: client("events").put_events(
        Entries=[{"Source": "test", "DetailType": "none", "Detail": "{}", "EventBusName": _last(arn)}]
    ),
    "kms:GenerateMac": lambda client, arn: client("kms").generate_mac(
        KeyId=arn, MacAlgorithm="HMAC_SHA_256", Message=b"none"
    ),
    "lambda:InvokeFunction": lambda client, arn: client("lambda").invoke(
        FunctionName=arn, InvocationType="DryRun"
    ),
    "sns:Publish": lambda client, arn: client("sns").publish(TopicArn=arn, Message=""),
    "states:GetExecutionHistory": lambda client, arn: client("stepfunctions").get_execution_history(
        executionArn=arn.replace("*", "none")
    ),
}
BY_EVERY_WORKER: Final = frozenset(
    {"WriteOwnLog", "ReceiveCallbacks", "ReceiveDeadLetters", "ReturnTaskTokens"}
)


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]


def _mine(people: People) -> list[Statement]:
    return [
        each for each in statements(people.stack) if each.owner in OWNERS and each.sid not in BY_EVERY_WORKER
    ]


def _allowed(client: Client, statement: Statement, action: str) -> bool:
    for resource in statement.resources:
        try:
            CALLS[action](client, resource)
        except ClientError as problem:
            if problem.response["Error"]["Code"] in REFUSED:
                return False
    return True


def test_every_action_is_allowed_by_its_statement_and_refused_without_it(people: People) -> None:
    mine = _mine(people)
    assert {each.owner for each in mine} == set(OWNERS)
    assert {action for each in mine for action in each.actions} == set(CALLS)
    clients = {role: clients_of(people.stack, role) for role in {each.role for each in mine}}
    wrong = []
    for each in mine:
        client = clients[each.role]
        for action in each.actions:
            if not _allowed(client, each, action):
                wrong.append(f"{each}: {action} is refused with it")
            with without(people.stack, each):
                # Several machines may have let a role look at their executions: one statement for each.
                if _allowed(client, each, action):
                    wrong.append(f"{each}: {action} is allowed without it")
    assert wrong == []


def test_the_page_may_do_no_more_than_its_part(people: People) -> None:
    page = next(each for each in _mine(people) if each.owner == "one-page")
    client = clients_of(people.stack, page.role)
    other = people.stack.outputs["tables"][1]
    calls: list[Callable[[], Any]] = [
        lambda: client("dynamodb").scan(TableName=people.stack.outputs["tables"][0]),
        lambda: client("dynamodb").get_item(TableName=other, Key=KEY),
        lambda: client("dynamodb").delete_item(TableName=people.stack.outputs["tables"][0], Key=KEY),
        lambda: client("sns").publish(TopicArn=people.stack.aws.arn("sns", "x"), Message="x"),
        lambda: client("kms").create_key(),
    ]
    for call in calls:
        with pytest.raises(ClientError, match=r"AccessDenied|AuthorizationError"):
            call()

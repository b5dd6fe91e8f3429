"""The store on the emulator's DynamoDB instead of the fake: the same conditions, the same outcome."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from approvals.request.model import Outcome, Status

from .people import People
from .world import ANN, World

pytestmark = pytest.mark.embedded

_worlds = count(100)
APPROVERS = tuple(f"approver{number}@example.test" for number in range(5))


@pytest.fixture(scope="module")
def dynamodb(people: People) -> Any:
    """A client, and a table as the component makes it, under the name the world uses."""
    client: Any = people.stack.aws.dynamodb
    made = client.describe_table(TableName=people.stack.outputs["tables"][0])["Table"]
    index: Any = made["GlobalSecondaryIndexes"][0]
    client.create_table(
        TableName="requests",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=made["KeySchema"],
        AttributeDefinitions=made["AttributeDefinitions"],
        GlobalSecondaryIndexes=[{key: index[key] for key in ("IndexName", "KeySchema", "Projection")}],
    )
    return client


def world_on(dynamodb: Any, **settings: Any) -> World:
    world = World(**settings)
    world.dynamodb = dynamodb
    world.states._random.seed(next(_worlds))  # other tokens than the worlds before, which share the table
    return world


def test_racing_decisions_have_one_outcome_and_everybody_is_told_which(dynamodb: Any) -> None:
    world = world_on(dynamodb, approvers=APPROVERS)
    tasks = [world.take(world.wait(execution=f"race-{number}")) for number in range(8)]

    def decide(pair: tuple[int, int]) -> tuple[int, int, str]:
        number, approver = pair
        outcome = "approved" if approver % 2 else "rejected"
        link = world.link(tasks[number], approver)
        answer = world.post_json(link, {"outcome": outcome, "comment": "mine"})
        return number, answer["statusCode"], str(answer["json"]["outcome"])

    with ThreadPoolExecutor(5) as pool:
        results = list(pool.map(decide, [(number, approver) for number in range(8) for approver in range(5)]))
    for number, task in enumerate(tasks):
        request = world.record(task).request
        assert request.status is Status.DELIVERED
        assert sorted(status for each, status, _ in results if each == number) == [200, 409, 409, 409, 409]
        assert {told for each, _, told in results if each == number} == {request.outcome}
        assert len(world.states.answers(task.token)) == 1


def test_a_request_is_made_once_found_when_due_and_gone_from_the_index_when_closed(dynamodb: Any) -> None:
    world = world_on(dynamodb, approvers=(ANN,), remind_after_seconds=600)
    message = world.wait(execution="due", timeout_seconds=3600)
    with ThreadPoolExecutor(3) as pool:
        (task, *_) = pool.map(world.take, [message] * 3)
    assert len(world.mails("Approval needed", ANN)) == 1
    assert task.id not in world.store().due(world.now())
    world.advance(601)
    assert task.id in world.store().due(world.now())
    world.follow_up().look_after(task.id)
    assert len(world.mails("Reminder", ANN)) == 1
    world.states.forget(task.token)
    again = world.take(world.wait(execution="due", retry_count=1))
    assert world.record(task).request.status is Status.SUPERSEDED
    world.follow_up().execution_ended(task.execution_arn)
    assert world.record(again).request.status is Status.CANCELLED
    assert not {task.id, again.id} & set(world.store().due(world.now() + 10**6))


def test_a_decision_is_found_as_it_was_made(dynamodb: Any) -> None:
    world = world_on(dynamodb, approvers=(ANN,))
    fields = [{"name": "share", "type": "number"}, {"name": "text"}, {"name": "sure", "type": "boolean"}]
    details = {"deep": [{"a": 1.5, "b": None, "\U0001f600": "\u202e"}], "half": "\ud800", "": []}
    task = world.take(world.wait({"subject": "s", "details": details, "fields": fields}, execution="kept"))
    world.post(world.link(task), outcome="approved", comment="\U0001f44d", field_share="0.1", field_text="")
    record = world.record(task)
    assert record.details == details
    assert record.decisions[0].fields == {"share": 0.1, "text": None, "sure": False}
    assert record.decisions[0].comment == "\U0001f44d"
    assert record.request.outcome is Outcome.APPROVED

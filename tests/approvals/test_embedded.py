"""Approvals on the embedded AWS, with IAM enforced for the functions: queue, table, mails, pages, answers."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from approvals.answering.nudge import Nudge
from approvals.request.model import Outcome, Status
from botocore.exceptions import ClientError

from tests.e2e.roles import clients_of
from tests.support.browser import CONTRAST, overflow, picture, window

from .people import People, eventually
from .world import ANN, World, race

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.embedded

JSON = {"content_type": "application/json", "accept": "application/json"}


def test_a_scheduled_job_is_asked_for_approved_and_processed(people: People) -> None:
    execution = people.stack.start("scheduled", {"job": "clean-up", "items": 40, "requester": "dan"})
    mails = people.mails(lambda mail: "clean-up: process 40 items" in mail.subject, 3)
    link = mails[0].links[0]
    page = people.call(link, accept="text/html").body
    assert "clean-up" in page
    assert "Share to process, in percent" in page
    assert people.post(link, outcome="approved", **{"field-batchPercent": "50"}).status == 303
    ended = people.stack.finish(execution)
    assert ended.status == "SUCCEEDED"
    assert ended.output["processed"] == 20
    assert ended.output["approvedBy"] == [mails[0].to]
    people.mails(lambda mail: mail.subject == "Approved: clean-up: process 40 items", 3)


def test_a_rejected_job_ends_as_rejected(people: People) -> None:
    execution = people.stack.start("scheduled", {"job": "wipe"})
    (mail, *_) = people.mails(lambda mail: "wipe: process" in mail.subject)
    assert people.post(mail.links[0], outcome="rejected").status == 422
    assert people.post(mail.links[0], outcome="rejected", comment="too early").status == 303
    ended = people.stack.finish(execution)
    assert (ended.status, ended.error) == ("FAILED", "ApprovalRejected")
    assert json.loads(ended.cause)["decisions"][0]["comment"] == "too early"


def test_whoever_scans_links_or_guesses_them_changes_nothing_and_a_program_decides(people: People) -> None:
    fields = [{"name": "share", "type": "number", "maximum": 10}]
    execution, links = people.ask(fields=fields, details={"deep": {"er": ["<b>"]}})
    before = [item for item in people.items() if execution in str(item)]
    assert before
    calls = [(link, method) for link in links for method in ("GET", "HEAD", "OPTIONS")]
    with ThreadPoolExecutor(3) as pool:
        replies = list(pool.map(lambda call: people.call(*call), calls))
    # The emulator answers OPTIONS by itself, with 403; API Gateway hands it to the page, which answers 204.
    assert {reply.status for reply in replies} == {200, 403}
    base, _, link = links[0].rpartition("/")
    request_id, _, mac = link.split(".")
    other = links[1].rpartition(".")[2]
    wrong = ["r/nonsense", f"r/{link[:-1]}", f"r/{request_id}.1.{mac}", f"r/{request_id}.0.{other}", "else"]
    replies = [people.call(f"{base.removesuffix('/r')}/{path}") for path in wrong]
    assert {reply.status for reply in replies} == {404}
    assert len({reply.body for reply in replies}) == 1
    assert all(item in people.items() for item in before)

    def decide(share: int) -> Any:
        body = json.dumps({"outcome": "approved", "fields": {"share": share}})
        return people.call(links[0], "POST", body, **JSON)

    refused, done = decide(11), decide(7)
    assert (refused.status, refused.json["problems"]["field-share"]["rule"]) == (422, "maximum")
    assert (done.status, done.json["state"]) == (200, "delivered")
    assert people.stack.finish(execution).output["fields"] == {"share": 7}


def test_two_of_three_and_everybody_racing(people: People) -> None:
    asked = [people.ask("askTwo") for _ in range(2)]
    posts = [
        (link, "approved" if number else "rejected")
        for _, links in asked
        for number, link in enumerate(links)
    ]
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda post: people.post(post[0], outcome=post[1]), posts))
    assert {reply.status for reply in replies} <= {303, 409}
    for execution, links in asked:
        ended = people.stack.finish(execution)
        state = people.call(links[0], accept="application/json").json
        assert state["state"] == "delivered"
        assert (ended.status == "SUCCEEDED") == (state["outcome"] == "approved")
        if ended.status == "SUCCEEDED":
            assert len(ended.output["decisions"]) == 2


def test_all_that_waits_for_a_person_is_listed_and_a_link_comes_by_mail(people: People) -> None:
    """With the page's own role: it reads the index, and makes no link."""
    _, first = people.ask(requester="dan")
    execution, second = people.ask()
    mine = f"{first[0]}?mine"

    def waiting() -> list[str]:
        return [each["requestId"] for each in people.call(mine, accept="application/json").json["waiting"]]

    own, other = (url.rpartition("/")[2].partition(".")[0] for url in (first[0], second[0]))
    eventually(lambda: {own, other} <= set(waiting()))
    page = people.call(mine, accept="text/html").body
    assert other in page
    assert second[0].rpartition(".")[2] not in page
    assert people.call(mine, "HEAD").status == 200
    assert people.post(mine, requestId=other).status == 202
    (mail,) = people.mails(lambda mail: second[0] in mail.links and mail.subject.startswith("Your link"))
    assert mail.links == (second[0],)
    assert people.post(mine, requestId=other).status == 429
    assert people.post(second[0], outcome="approved").status == 303
    assert people.stack.finish(execution).status == "SUCCEEDED"
    eventually(lambda: other not in waiting())
    decided = people.call(mine, accept="application/json").json["decided"]
    assert decided[0]["requestId"] == other


def test_a_timeout_expires_the_link(people: People) -> None:
    ended, links = people.ask_in_vain()
    assert ended.status in ("FAILED", "TIMED_OUT")
    assert people.call(links[0]).status == 410
    late = people.post(links[0], outcome="approved")
    assert late.status == 410
    assert "Too late to decide" in late.body


def test_a_stopped_execution_cancels_the_link(people: People) -> None:
    execution, links = people.ask()
    people.stack.aws.step_functions.stop_execution(executionArn=execution)
    eventually(lambda: people.state(links[0]) == "cancelled")
    assert people.post(links[0], outcome="approved").status == 410
    assert len(people.mails(lambda mail: mail.subject.startswith("No longer needed"), 3)) >= 3


def test_an_answer_that_cannot_be_delivered_is_delivered_later(people: People) -> None:
    execution, links = people.ask()
    deny = {"Effect": "Deny", "Action": "states:SendTask*", "Resource": "*"}
    iam = people.stack.aws.iam
    names = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    roles = [role for role in names if "one-page" in role or "one-follow-up" in role]
    assert len(roles) == 2
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    for role in roles:
        iam.put_role_policy(RoleName=role, PolicyName="deny", PolicyDocument=document)
    try:
        assert people.post(links[0], outcome="approved").status == 303
        assert people.state(links[0]) == "on_its_way"
    finally:
        for role in roles:
            iam.delete_role_policy(RoleName=role, PolicyName="deny")
    follow_up = people.stack.resource("aws:lambda/function:Function", "one-follow-up")["name"]

    def sweep() -> bool:
        people.stack.aws.functions.invoke(FunctionName=follow_up, Payload=b"{}")
        return people.state(links[0]) == "delivered"

    eventually(sweep)
    assert people.stack.finish(execution).status == "SUCCEEDED"


def test_a_request_that_cannot_be_asked_fails_at_once(people: People) -> None:
    asked = {"version": "x", "details": {}, "fields": [{"name": "a", "type": "date"}], "requester": ""}
    ended = people.stack.run("ask", asked)
    assert (ended.status, ended.error) == ("FAILED", "InvalidApprovalRequest")
    assert "type must be one of text, number, choice, boolean, got 'date'" in ended.cause


def test_who_is_not_subscribed_is_not_mailed_and_the_others_are_told(people: People) -> None:
    ann, bob, dan = "ann@example.com", "bob@example.com", "dan@example.com"
    execution, links = people.ask("askSome", 2, approvers=[ann, dan, bob])
    assert people.call(links[0], accept="application/json").json["unreachable"] == [
        {"approver": dan, "reason": "not subscribed"}
    ]
    (mail, _) = people.mails(lambda mail: links[0] in mail.text or links[1] in mail.text, 2)
    assert f"Could not be reached: {dan} (not subscribed to the mails)" in mail.text
    for link in links:
        people.post(link, outcome="approved")
    assert people.stack.finish(execution).status == "SUCCEEDED"
    request = {"version": "x", "details": {}, "fields": [], "requester": "", "approvers": [ann, dan]}
    ended = people.stack.run("askSome", request)
    assert (ended.status, ended.error) == ("FAILED", "ApproversUnreachable")
    assert ended.cause == f"quorum is 2, and 1 of 2 approvers can be reached: {dan} (not subscribed)"


def test_changes_are_announced_on_the_event_bus_and_nothing_secret_is_logged(people: People) -> None:
    aws = people.stack.aws
    queue = aws.sqs.create_queue(QueueName="heard")["QueueUrl"]
    aws.events.put_rule(Name="heard", EventPattern=json.dumps({"source": ["Countersign"]}))
    aws.events.put_targets(Rule="heard", Targets=[{"Id": "q", "Arn": aws.arn("sqs", "heard")}])
    execution, links = people.ask()
    people.post(links[0], outcome="approved")
    people.stack.finish(execution)
    heard: list[dict[str, Any]] = []

    def all_heard() -> bool:
        heard.extend(json.loads(message.body) for message in people.stack.messages(queue))
        mine = [event for event in heard if event["detail"]["executionArn"] == execution]
        types = {event["detail-type"].removeprefix("Approval ") for event in mine}
        return types == {"Requested", "Decided", "Delivered"}

    eventually(all_heard)
    logs = "\n".join(str(line) for line in people.stack.logs())
    secrets = [link.rpartition("/")[2] for link in links]
    secrets += [item["token"]["S"] for item in people.items() if item.get("token", {}).get("S")]
    for secret in secrets:
        assert secret not in logs
        assert secret not in json.dumps(heard)


def test_the_page_may_do_no_more_than_its_part(people: People) -> None:
    """That it may do its part, and needs all it may, is tried in tests/e2e."""
    client = clients_of(people.stack, people.stack.resource("aws:iam/role:Role", "one-page")["name"])
    own, other = people.stack.outputs["tables"]
    key = {"pk": {"S": "R#none"}, "sk": {"S": "REQUEST"}}
    calls: list[Callable[[], Any]] = [
        lambda: client("dynamodb").scan(TableName=own),
        lambda: client("dynamodb").delete_item(TableName=own, Key=key),
        lambda: client("dynamodb").get_item(TableName=other, Key=key),
        lambda: client("sns").publish(TopicArn=people.stack.aws.arn("sns", "any"), Message="x"),
        lambda: client("kms").create_key(),
    ]
    for call in calls:
        with pytest.raises(ClientError, match=r"AccessDenied|AuthorizationError"):
            call()


# The store on the emulator's DynamoDB instead of the fake: the same conditions, the same outcome.


def test_a_decision_that_somebody_put_into_the_table_is_taken_out_by_the_one_function_that_may(
    people: People,
) -> None:
    execution, links = people.ask()
    request_id = links[0].rpartition("/")[2].partition(".")[0]
    (request,) = (each for each in people.items() if each.get("id") == {"S": request_id})
    forged = {"sk": {"S": "D#000"}, "approver": {"N": "0"}, "outcome": {"S": "rejected"}}
    people.stack.aws.dynamodb.put_item(
        TableName=people.stack.outputs["tables"][0], Item={"pk": request["pk"], **forged}
    )
    assert people.post(links[0], outcome="approved").status == 503
    eventually(lambda: people.post(links[0], outcome="approved").status == 303 or None)
    assert people.stack.finish(execution).status == "SUCCEEDED"
    said = [each["said"]["S"] for each in people.items() if each["pk"] == request["pk"] and "said" in each]
    assert len(said) == 1
    assert '"outcome": "rejected"' in said[0]


_worlds = count(100)


@pytest.fixture(scope="module")
def dynamodb(people: People) -> Any:
    """A client, and a table as the component makes it, under the name the world uses."""
    client: Any = people.stack.aws.dynamodb
    made = client.describe_table(TableName=people.stack.outputs["tables"][0])["Table"]
    indexes: Any = made["GlobalSecondaryIndexes"]
    client.create_table(
        TableName="requests",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=made["KeySchema"],
        AttributeDefinitions=made["AttributeDefinitions"],
        GlobalSecondaryIndexes=[
            {key: index[key] for key in ("IndexName", "KeySchema", "Projection")} for index in indexes
        ],
    )
    return client


def world_on(dynamodb: Any, **settings: Any) -> World:
    world = World(**settings)
    world.dynamodb = dynamodb
    world.states._random.seed(next(_worlds))  # other tokens than the worlds before, which share the table
    return world


def test_racing_decisions_have_one_outcome_and_everybody_is_told_which(dynamodb: Any) -> None:
    approvers = tuple(f"approver{number}@example.test" for number in range(5))
    race(world_on(dynamodb, approvers=approvers), requests=4)


def due(world: World) -> set[str]:
    """What is due for any reason."""
    return {each for found in world.store().due(world.now()).values() for each in found}


def waiting(world: World) -> set[str]:
    """What the list of open requests has."""
    return {each["request_id"] for each in world.waiting()}


def test_a_request_is_made_once_found_when_due_and_gone_from_the_index_when_closed(dynamodb: Any) -> None:
    world = world_on(dynamodb, approvers=(ANN,), remind_after_seconds=600)
    message = world.wait(execution="due", timeout_seconds=3600)
    with ThreadPoolExecutor(3) as pool:
        (task, *_) = pool.map(world.take, [message] * 3)
    assert len(world.mails("Approval needed", ANN)) == 1
    assert task.id not in due(world)
    assert task.id in waiting(world)
    world.advance(601)
    assert task.id in due(world)
    world.follow_up().look_after(Nudge(task.id))
    assert len(world.mails("Reminder", ANN)) == 1
    world.states.forget(task.token)
    again = world.take(world.wait(execution="due", retry_count=1))
    assert world.record(task).request.status is Status.SUPERSEDED
    world.follow_up().execution_ended(task.execution_arn)
    assert world.record(again).request.status is Status.CANCELLED
    world.advance(10**6)
    assert not {task.id, again.id} & due(world)
    assert not {task.id, again.id} & waiting(world)


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


# The inbox of the embedded AWS, in a browser.


@pytest.mark.browser
def test_from_the_inbox_to_the_decision(people: People, browser: "Browser") -> None:
    """The inbox is on another port, so that the browser says ``same-site``, and the form sends no origin."""
    execution, links = people.ask()
    with window(browser, viewport={"width": 380, "height": 800}) as page:
        page.goto(people.inbox.url)
        page.locator("pre", has_text=links[0]).wait_for()
        picture(page, "inbox-phone")
        page.get_by_role("link", name=links[0]).click()
        page.get_by_role("button", name="Approve").click()
        page.get_by_role("status").filter(has_text="the workflow has gone on").wait_for()
    assert people.stack.finish(execution).status == "SUCCEEDED"


@pytest.mark.browser
def test_the_inbox_can_be_used_on_a_phone_and_looks_again(people: People, browser: "Browser") -> None:
    phone: dict[str, Any] = {"viewport": {"width": 320, "height": 700}, "bypass_csp": True}
    with window(browser, java_script_enabled=True, **phone) as page:
        people.ask()
        page.goto(people.inbox.url)
        assert overflow(page) == 0, "a phone need not scroll sideways"
        assert page.evaluate(CONTRAST) == []
        mails = page.get_by_role("main").get_by_role("listitem")
        before = mails.count()
        people.ask()
        mails.nth(before).wait_for()

"""Approvals on the embedded AWS, with IAM enforced for the functions: queue, table, mails, pages, answers."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.e2e.roles import clients_of

from .people import People, eventually

pytestmark = pytest.mark.embedded


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


def test_a_storm_of_scanners_changes_nothing(people: People) -> None:
    execution, links = people.ask()
    before = people.items()
    with ThreadPoolExecutor(4) as pool:
        calls = [(link, method) for link in links for method in ("GET", "HEAD", "OPTIONS") * 3]
        replies = list(pool.map(lambda call: people.call(*call), calls))
    # The emulator answers OPTIONS by itself, with 403; API Gateway hands it to the page, which answers 204.
    assert {reply.status for reply in replies} == {200, 403}
    mine = [item for item in before if execution in str(item)]
    assert mine
    assert all(item in people.items() for item in mine)
    assert people.post(links[1], outcome="approved").status == 303
    assert people.stack.finish(execution).status == "SUCCEEDED"


def test_two_of_three_and_everybody_racing(people: People) -> None:
    asked = [people.ask("askTwo") for _ in range(4)]
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


def test_a_wrong_link_is_not_found(people: People) -> None:
    _, links = people.ask()
    _, others = people.ask()
    base, _, link = links[0].rpartition("/")
    request_id, _, mac = link.split(".")
    wrong = [
        f"{base}/nonsense",
        f"{base}/{link[:-1]}",
        f"{base}/{request_id}.1.{mac}",
        f"{base}/{request_id}.0.{others[0].rpartition('.')[2]}",
        f"{base.removesuffix('/r')}/elsewhere",
    ]
    replies = [people.call(url) for url in wrong]
    assert {reply.status for reply in replies} == {404}
    assert len({reply.body for reply in replies}) == 1
    assert people.state(links[0]) == "open"


def test_an_answer_that_cannot_be_delivered_is_delivered_later(people: People) -> None:
    execution, links = people.ask()
    deny = {"Effect": "Deny", "Action": "states:SendTask*", "Resource": "*"}
    roles = [role for role in _roles(people) if "one-page" in role or "one-follow-up" in role]
    assert len(roles) == 2
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    iam = people.stack.aws.iam
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
    execution = people.stack.start(
        "ask", {"version": "x", "details": {}, "fields": [{"name": "a", "type": "date"}], "requester": ""}
    )
    ended = people.stack.finish(execution)
    assert (ended.status, ended.error) == ("FAILED", "InvalidApprovalRequest")
    assert "type must be one of text, number, choice, boolean, got 'date'" in ended.cause


def test_json_speaks_the_same(people: People) -> None:
    fields = [{"name": "share", "type": "number", "maximum": 10}]
    execution, links = people.ask(fields=fields, details={"deep": {"er": ["<b>"]}})
    headers = {"content_type": "application/json", "accept": "application/json"}
    wrong = people.call(
        links[0], "POST", json.dumps({"outcome": "approved", "fields": {"share": 11}}), **headers
    )
    assert (wrong.status, wrong.json["problems"]["field-share"]["rule"]) == (422, "maximum")
    done = people.call(
        links[0], "POST", json.dumps({"outcome": "approved", "fields": {"share": 7}}), **headers
    )
    assert (done.status, done.json["state"]) == (200, "delivered")
    assert people.stack.finish(execution).output["fields"] == {"share": 7}


def test_changes_are_announced_on_the_event_bus_and_nothing_secret_is_logged(people: People) -> None:
    aws = people.stack.aws
    queue = aws.sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = aws.arn("sqs", "heard")
    aws.events.put_rule(Name="heard", EventPattern=json.dumps({"source": ["Countersign"]}))
    aws.events.put_targets(Rule="heard", Targets=[{"Id": "q", "Arn": arn}])
    execution, links = people.ask()
    people.post(links[0], outcome="approved")
    people.stack.finish(execution)
    heard: list[dict[str, Any]] = []

    def all_heard() -> bool:
        heard.extend(json.loads(message.body) for message in people.stack.messages(queue))
        mine = [event for event in heard if event["detail"]["executionArn"] == execution]
        return {event["detail-type"].removeprefix("Approval ") for event in mine} == {
            *("Requested", "Decided", "Delivered"),
        }

    eventually(all_heard)
    logs = "\n".join(str(line) for line in people.stack.logs())
    secrets = [link.rpartition("/")[2] for link in links]
    secrets += [item["token"]["S"] for item in people.items() if item.get("token", {}).get("S")]
    for secret in secrets:
        assert secret not in logs
        assert secret not in json.dumps(heard)


def _roles(people: People) -> list[str]:
    return [role["RoleName"] for role in people.stack.aws.iam.list_roles()["Roles"]]


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

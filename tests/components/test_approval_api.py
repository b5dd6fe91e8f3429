"""ApprovalApi: exactly these permissions, and nothing that breaks a link that was mailed."""

import json
from functools import cache
from typing import Any

import pulumi
import pytest

from components import ApprovalApi, CallbackWorkflow
from tests.package.upgrades import lost, snapshot
from tests.support.engine import ACCOUNT, REGION, Deployment, arn, deploy, own_log

TOPIC = "arn:aws-test:sns:eu-west-1:123456789012:mails"
ARGS: dict[str, Any] = {"approvers": ["ann@example.com", "bob@example.com"], "topic_arn": TOPIC}
TABLE = arn("aws:dynamodb/table:Table", "release-requests")
KEY = arn("aws:kms/key:Key", "release-links")
SEALS = arn("aws:kms/key:Key", "release-seals")
FOLLOW_UP = arn("aws:lambda/function:Function", "release-follow-up")


def made(args: dict[str, Any] | None = None) -> Deployment:
    return deploy(lambda: ApprovalApi("release", {**ARGS, **(args or {})}))  # type: ignore[typeddict-item]


@cache
def as_it_is() -> Deployment:
    """One with the fewest arguments, deployed once for all who only look at it."""
    return made()


@cache
def chosen() -> Deployment:
    """One with an argument for everything that concerns neither links nor permissions."""
    return made(
        {
            "approvers": ["cat@example.com", "dan@example.com"],
            "quorum": 2,
            "remind_after_seconds": 600,
            "escalate_after_seconds": 900,
            "escalation_approvers": ["eve@example.com"],
            "retention_days": 30,
            "organization": "Shop",
            "organization_color": "#0b3d91",
            "time_zone": "Asia/Seoul",
            "tags": {"a": "b"},
            "log_retention_days": 7,
            "requests_per_second": 5,
            "page_reserved_concurrency": 20,
            "deletion_protection": True,
            "domain_name": "ok.example.com",
            "certificate_arn": "arn:aws-test:acm:eu-west-1:123456789012:certificate/c",
        }
    )


def test_the_table_is_encrypted_recoverable_and_forgets_by_itself() -> None:
    assert as_it_is().one("Table", "release-requests").inputs == {
        "billingMode": "PAY_PER_REQUEST",
        "hashKey": "pk",
        "rangeKey": "sk",
        "attributes": [
            {"name": "pk", "type": "S"},
            {"name": "sk", "type": "S"},
            {"name": "due", "type": "S"},
            {"name": "due_at", "type": "N"},
            {"name": "waiting", "type": "S"},
            {"name": "deadline", "type": "N"},
        ],
        "globalSecondaryIndexes": [
            {
                "name": "due",
                "hashKey": "due",
                "rangeKey": "due_at",
                "projectionType": "INCLUDE",
                "nonKeyAttributes": ["why", "status", "deadline"],
            },
            {
                "name": "waiting",
                "hashKey": "waiting",
                "rangeKey": "deadline",
                "projectionType": "ALL",
            },
        ],
        "ttl": {"enabled": True, "attributeName": "expires_at"},
        "serverSideEncryption": {"enabled": True},
        "pointInTimeRecovery": {"enabled": True},
        "deletionProtectionEnabled": False,
    }


def test_deletion_protection_keeps_the_table_and_the_keys() -> None:
    found = chosen()
    assert found.one("Table", "release-requests").inputs["deletionProtectionEnabled"] is True
    assert found.one("Table", "release-requests").options["protect"]
    for key in KEYS:
        assert found.one("Key", key).options["protect"]
        assert not as_it_is().one("Key", key).options["protect"]


KEYS = {"release-links": "the links of approvers", "release-seals": "requests and decisions"}


def test_the_keys_can_only_authenticate_and_nothing_of_them_is_in_the_state() -> None:
    for key, authenticates in KEYS.items():
        assert as_it_is().one("Key", key).inputs == {
            "description": f"Authenticates {authenticates}",
            "keyUsage": "GENERATE_VERIFY_MAC",
            "customerMasterKeySpec": "HMAC_256",
            "deletionWindowInDays": 30,
        }


REQUESTS = {
    "ReadAndWriteRequests": f"dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem on {TABLE}",
    "SealRequests": f"kms:GenerateMac on {SEALS}",
}
SENDING = {
    "MakeLinks": f"kms:GenerateMac on {KEY}",
    "MailApprovers": f"sns:Publish on {TOPIC}",
    "SeeWhoIsSubscribed": f"sns:ListSubscriptionsByTopic on {TOPIC}",
    "AnnounceChanges": f"events:PutEvents on arn:aws-test:events:{REGION}:{ACCOUNT}:event-bus/default",
}


def test_each_function_may_do_exactly_this() -> None:
    """The page reads and writes requests, lists them, checks links and calls the follow-up, which also finds
    what is due, takes out what is forged, and sends, as the intake does. The operator's function makes no
    links and sends nothing."""
    found = as_it_is()
    call = {"CallTheFollowUp": f"lambda:InvokeFunction on {FOLLOW_UP}"}
    page = {"ListWhatWaits": f"dynamodb:Query on {TABLE}/index/waiting", **call}
    alone = {
        "FindWhatIsDue": f"dynamodb:Query on {TABLE}/index/due",
        "TakeOutForgeries": f"dynamodb:DeleteItem on {TABLE}",
    }
    assert found.rights("release-page") == {**own_log("release-page"), **REQUESTS, **page}
    log = own_log("release-follow-up")
    assert found.rights("release-follow-up") == {**log, **REQUESTS, **alone, **SENDING}
    look = {"SeeWhoIsSubscribed": SENDING["SeeWhoIsSubscribed"]}
    assert found.rights("release-operator") == {**own_log("release-operator"), **REQUESTS, **look, **call}
    intake = found.rights("release-intake-worker")
    assert intake.items() >= {**REQUESTS, **SENDING}.items()
    assert intake.keys() - {*REQUESTS, *SENDING} == {"WriteOwnLog", "ReceiveCallbacks", "ReceiveDeadLetters"}


def test_without_a_look_at_subscriptions_nobody_may_look() -> None:
    found = made({"check_subscriptions": False})
    without = {sid: what for sid, what in SENDING.items() if sid != "SeeWhoIsSubscribed"}
    for role, function in (
        ("release-follow-up", "release-follow-up"),
        ("release-intake-worker", "release-intake-worker"),
        ("release-operator", "release-operator"),
    ):
        may = found.rights(role).keys() & SENDING.keys()
        assert may == (set() if role == "release-operator" else without.keys())
        environment = found.one("Function", function).inputs["environment"]["variables"]
        assert environment["CHECK_SUBSCRIPTIONS"] == "false"


def test_the_api_is_throttled_and_its_log_knows_no_paths() -> None:
    found = chosen()
    stage = found.one("Stage", "release-page").inputs
    assert stage["name"] == "$default"
    assert stage["autoDeploy"] is True
    assert stage["defaultRouteSettings"] == {"throttlingRateLimit": 5, "throttlingBurstLimit": 10}
    logged = json.loads(stage["accessLogSettings"]["format"])
    assert logged["route"] == "$context.routeKey"
    assert not {"$context.path", "$context.integration.requestId"} & set(logged.values())
    assert [found.one("Route", f"release-page-{n}").inputs["routeKey"] for n in ("links", "others")] == [
        "ANY /r/{link}",
        "$default",
    ]
    assert found.one("Integration", "release-page").inputs["payloadFormatVersion"] == "2.0"


def test_operators_call_with_a_signature_and_approvers_without() -> None:
    found = as_it_is()
    routes = {r.inputs["routeKey"]: r.inputs for r in found.cloud() if r.type.endswith(":Route")}
    assert {key: route.get("authorizationType") for key, route in routes.items()} == {
        "ANY /r/{link}": None,
        "$default": None,
        "POST /operator": "AWS_IAM",
    }
    outputs = found.one("ApprovalApi", "release").outputs
    assert outputs is not None
    api = f"arn:aws-test:execute-api:{REGION}:{ACCOUNT}:release-page-id"
    assert outputs["operator_arn"] == f"{api}/$default/POST/operator"


def test_rules_and_api_may_call_their_function_and_nobody_else_may() -> None:
    found, rule = as_it_is(), "aws:cloudwatch/eventRule:EventRule"
    api = f"arn:aws-test:execute-api:{REGION}:{ACCOUNT}:release-page-id"
    callers = {
        "release-page": ("apigateway.amazonaws.com", f"{api}/*"),
        "release-operator": ("apigateway.amazonaws.com", f"{api}/*/POST/operator"),
        "release-follow-up": ("events.amazonaws.com", arn(rule, "release-follow-up")),
        "release-executions": ("events.amazonaws.com", arn(rule, "release-executions")),
    }
    permissions = {r.name: r.inputs for r in found.cloud() if r.type.endswith(":Permission")}
    assert {name: (p["principal"], p["sourceArn"]) for name, p in permissions.items()} == callers
    assert found.one("EventRule", "release-follow-up").inputs == {"scheduleExpression": "rate(1 minute)"}
    pattern = found.one("EventRule", "release-executions").json("eventPattern")
    assert pattern["detail-type"] == ["Step Functions Execution Status Change"]
    assert pattern["detail"] == {"status": ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]}


APPEARANCE = {"ORGANIZATION": "Shop", "ORGANIZATION_COLOR": "#0b3d91", "TIME_ZONE": "Asia/Seoul"}
"""What the mails and the page show of those who ask."""


def test_functions_are_told_what_they_need_and_no_secret() -> None:
    found = chosen()
    environment = found.one("Function", "release-intake-worker").inputs["environment"]["variables"]
    assert environment == {
        "APPROVERS": '["cat@example.com","dan@example.com"]',
        "ESCALATION_APPROVERS": '["eve@example.com"]',
        "QUORUM": "2",
        "REMIND_AFTER_SECONDS": "600",
        "ESCALATE_AFTER_SECONDS": "900",
        "RETENTION_DAYS": "30",
        **APPEARANCE,
        "TABLE_NAME": "release-requests",
        "SEAL_KEY_ID": SEALS,
        "LINK_KEY_ID": KEY,
        "LINK_BASE_URL": "https://ok.example.com",
        "TOPIC_ARN": TOPIC,
        "CHECK_SUBSCRIPTIONS": "true",
        "DEAD_LETTER_QUEUE_ARN": environment["DEAD_LETTER_QUEUE_ARN"],
        "MAX_RECEIVE_COUNT": "5",
    }
    page = found.one("Function", "release-page").inputs["environment"]["variables"]
    follow_up = found.one("Function", "release-follow-up").inputs["environment"]["variables"]
    assert page["REQUIRE_COMMENT_ON_REJECT"] == "true"
    assert page.items() >= APPEARANCE.items()
    assert follow_up.items() >= APPEARANCE.items()
    assert "LINK_KEY_ID" not in page
    default = as_it_is().one("Function", "release-intake-worker").inputs["environment"]["variables"]
    assert not default.keys() & APPEARANCE.keys()
    assert (
        default.items()
        >= {
            "LINK_BASE_URL": f"https://release-page.execute-api.{REGION}.amazonaws.test",
            "QUORUM": "1",
            "REMIND_AFTER_SECONDS": "0",
            "RETENTION_DAYS": "365",
            "ESCALATION_APPROVERS": "[]",
            "ESCALATE_AFTER_SECONDS": "0",
        }.items()
    )


def test_only_the_page_has_concurrency_of_its_own_and_only_if_asked_for() -> None:
    reserved = {
        function.name: function.inputs["reservedConcurrentExecutions"]
        for found in (as_it_is(), chosen())
        for function in found.cloud()
        if "reservedConcurrentExecutions" in function.inputs
    }
    assert reserved == {"release-page": 20}


def test_a_domain_is_the_only_way_in() -> None:
    found = chosen()
    assert found.one("Api", "release-page").inputs["disableExecuteApiEndpoint"] is True
    mapping = found.one("ApiMapping", "release-page")
    assert mapping.inputs["domainName"] == "ok.example.com"
    # Before the domain exists, API Gateway refuses to map it.
    assert found.one("DomainName", "release-page").urn in mapping.dependencies
    outputs = found.one("ApprovalApi", "release").outputs
    assert outputs is not None
    assert outputs["url"] == "https://ok.example.com"
    assert outputs["domain_target"] == "release-page.target.test"


def test_what_links_depend_on_keeps_its_identity_whatever_else_changes() -> None:
    before, after = as_it_is(), chosen()
    assert lost(snapshot(before.cloud()), after.cloud()) == []
    old, new = (found.one("Table", "release-requests").inputs for found in (before, after))
    assert old["globalSecondaryIndexes"] == new["globalSecondaryIndexes"]


def test_addresses_that_are_known_later_are_passed_on() -> None:
    def program() -> None:
        later = pulumi.Output.from_input("cat@example.com")
        ApprovalApi("release", {"approvers": ["ann@example.com", later], "topic_arn": TOPIC, "quorum": 2})

    intake = deploy(program).one("Function", "release-intake-worker").inputs["environment"]["variables"]
    assert intake["APPROVERS"] == '["ann@example.com","cat@example.com"]'


def test_the_workflow_lets_them_answer_and_look_at_its_own_executions_only() -> None:
    def program() -> None:
        approvals = ApprovalApi("release", ARGS)  # type: ignore[arg-type]
        ask = approvals.wait("Release", timeout_seconds=60)
        CallbackWorkflow(
            "ship",
            {
                "definition": {"StartAt": "Ask", "States": {"Ask": {**ask, "End": True}}},
                "callback_role_names": approvals.callback_role_names,
                "history_role_names": approvals.history_role_names,
            },
        )

    found = deploy(program)
    looking = ["release-page", "release-follow-up"]
    answering = ["release-intake-worker", *looking, "release-operator"]
    assert found.one("PolicyAttachment", "ship-callbacks").inputs["roles"] == answering
    assert found.one("PolicyAttachment", "ship-histories").inputs["roles"] == looking
    executions = f"arn:aws-test:states:{REGION}:{ACCOUNT}:execution:ship-workflow:*"
    assert found.rights("ship-histories", "Policy") == {
        "SeeWhetherItArrived": f"states:GetExecutionHistory on {executions}"
    }


@pytest.mark.parametrize("counts", [True, False, None])
def test_its_functions_count_when_they_are_told_to(counts: bool | None) -> None:
    found = made({"metrics": counts})
    told = {
        each.name: each.inputs["environment"]["variables"].get("METRICS")
        for each in found.cloud()
        if each.type.endswith(":Function")
    }
    names = ("intake-worker", "page", "follow-up", "operator")
    assert told == dict.fromkeys((f"release-{name}" for name in names), "true" if counts else None)


def test_counting_needs_no_more_rights() -> None:
    policies = [
        {each.name: each.json("policy") for each in found.cloud() if each.type.endswith(":RolePolicy")}
        for found in (as_it_is(), made({"metrics": True}))
    ]
    assert policies[0] == policies[1]

"""The program itself, with every stack's configuration and with wrong ones."""

import json
import re
import runpy
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime.config import CONFIG

from settings import SettingsError
from tests.support.engine import Deployment, deploy

ROOT = Path(__file__).parents[2]
STACKS = ("dev", "prod", "local")
PEOPLES = (
    "approvals-intake-worker",
    "approvals-page",
    "approvals-follow-up",
    "approvals-operator",
)
"""Functions of an ApprovalApi, of which a dashboard shows what they count together."""
WAITS_IN = {"stored_tokens": ("tableName", "bucketName")}


def stack_config(stack: str) -> dict[str, str]:
    """The stack's configuration as the engine hands it over: text, with lists as JSON."""
    values = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {
        key.removeprefix("countersign:"): value if isinstance(value, str) else json.dumps(value)
        for key, value in values.items()
        if key.startswith("countersign:")
    }


def run(config: dict[str, str], **options: Any) -> Deployment:
    return deploy(lambda: runpy.run_path(str(ROOT / "__main__.py")), config=config, **options)


@cache
def stack(name: str, preview: bool) -> tuple[Deployment, list[str]]:
    """What a stack registers as its file says, and what is warned of, once for all who only look at it."""
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pulumi.log, "warn", said.append)
        patch.setattr(pulumi, "get_stack", lambda: name)
        return run(stack_config(name), preview=preview), said


@pytest.fixture(autouse=True)
def in_the_projects_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_exports_where_its_workflows_are(name: str) -> None:
    config, exports = stack_config(name), stack(name, False)[0].exports
    assert set(exports["workflows"]) == set(json.loads(config["workflows"]))
    for workflow, where in exports["workflows"].items():
        assert set(where) == {"stateMachineArn", *WAITS_IN.get(workflow, ("queueUrl", "deadLetterQueueUrl"))}
        assert all(where.values())
    assert exports["notificationTopicArn"].startswith("arn:aws-test:sns:")
    if "scheduled_approval" in exports["workflows"]:
        assert exports["approvalTopicArn"].endswith(":mails-notices")
    assert bool(exports["notificationTestQueueUrl"]) == json.loads(config["notificationTestQueue"])


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_exports_what_its_functions_logs_and_queues_are_called(name: str) -> None:
    found = stack(name, False)[0]
    resources = found.exports["resources"]
    queue = resources["order-payment"]
    assert queue["queues"] == {
        "callbacks": "order-payment-callbacks",
        "dead-letters": "order-payment-dead-letters",
    }
    assert queue["functions"] == {"worker": "order-payment-worker"}
    assert queue["logGroups"].keys() == {"worker", "executions"}
    named = {each for part in resources.values() for each in part.get("functions", {}).values()}
    assert named == {each.name for each in found.cloud() if each.type.endswith(":Function")}


def test_a_dashboard_shows_everything_on_request() -> None:
    found = run(stack_config("dev") | {"dashboard": "true"})
    assert found.exports["dashboardName"].startswith("overview-dashboard-")
    body = found.one("Dashboard", "overview-dashboard").inputs["dashboardBody"]
    for kind in ("Function", "StateMachine"):
        names = {each.name for each in found.cloud() if each.type.endswith(f":{kind}")}
        assert all(name in body for name in names - {*PEOPLES}), kind
    counting = {
        each.name
        for each in found.cloud()
        if each.type.endswith(":Function") and each.inputs["environment"]["variables"].get("METRICS")
    }
    assert counting == {each.name for each in found.cloud() if each.type.endswith(":Function")}


def test_without_a_request_nothing_is_counted_or_shown() -> None:
    found = stack("dev", False)[0]
    assert "dashboardName" not in found.exports
    assert not [each for each in found.cloud() if each.type.endswith(":Dashboard")]
    functions = [each for each in found.cloud() if each.type.endswith(":Function")]
    assert functions
    assert not any("METRICS" in each.inputs["environment"]["variables"] for each in functions)


def project() -> dict[str, dict[str, Any]]:
    keys: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    return keys


def test_the_declared_defaults_are_a_working_configuration() -> None:
    defaults = {
        key: value["default"] if isinstance(value["default"], str) else json.dumps(value["default"])
        for key, value in project().items()
        if ":" not in key
    }
    assert run(defaults).exports["workflows"]


def test_approvers_are_told_who_asks_and_in_which_time_zone() -> None:
    chosen = {"organization": "Acme Store", "organizationColor": "#0b3d91", "timeZone": "Asia/Seoul"}
    page = run({**stack_config("dev"), **chosen}).one("Function", "approvals-page").inputs
    told = page["environment"]["variables"]
    assert told["MAIL_LANGUAGE"] == "en"
    assert [told[name] for name in ("ORGANIZATION", "ORGANIZATION_COLOR", "TIME_ZONE")] == [*chosen.values()]


TOPIC = "arn:aws:sqs:eu-west-1:123456789012:alarms"


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("workflows", "order_payment", "must be a list, got 'order_payment'"),
        ("workflows", '["order_payments"]', "must each be one of order_payment, scheduled_approval, "),
        ("storedTokensThrough", "[]", "must name at least 1, got []"),
        ("callbackTimeoutSeconds", "0", "must be between 1 and 31536000, got 0"),
        ("callbackTimeoutSeconds", "soon", "must be a whole number, got 'soon'"),
        ("logRetentionDays", "8", "must be one of 1, 3, 5, "),
        ("notificationTestQueue", "perhaps", "must be true or false, got 'perhaps'"),
        ("notificationEmails", None, "must be set: Pulumi.yaml describes it"),
        ("notificationEmails", '["a@b.co", "a@b.co"]', "must not name anything twice, got 'a@b.co' twice"),
        ("approvers", '["ann@shop.org", "bob"]', "must each be a mail address, got 'bob'"),
        ("approvalSchedule", "cron(0 9 * * 1)", "must be rate(...), at(...), cron(...) with six fields, "),
        ("quorum", "2", "must be at most the number of approvers, 1, got 2"),
        ("organization", "\u200b", "must be one line of 1 to 60 characters that can be seen, or empty, got "),
        ("organizationColor", "blue", "must be a color, as in #0b3d91, or empty, got 'blue'"),
        ("timeZone", "Asia/Soul", "must be a time zone of IANA's, as in Europe/Berlin, or empty, got 'Asia/"),
        ("language", "de", "must be one of en, ko, got 'de'"),
        ("alarmTopicArn", TOPIC, f"must be the ARN of a standard topic, or empty, got '{TOPIC}'"),
        ("escalationApprovers", '["e@b.co"]', "must be given together with escalateAfterSeconds, or neither"),
        # The CLI hands over whatever a stack's file holds, and a program that asks by name never sees it.
        ("approver", "[]", "is no setting of this project; did you mean approvers?"),
        ("colour", "red", "is no setting of this project: Pulumi.yaml describes those there are"),
    ],
)
def test_a_wrong_setting_is_named_with_its_rule_and_value_before_anything_is_created(
    key: str, value: str | None, complaint: str
) -> None:
    """What people see of several is in tests/mistakes/test_settings.py."""
    config = {name: text for name, text in {**stack_config("dev"), key: value}.items() if text is not None}
    record = Deployment()
    with pytest.raises(SettingsError) as caught:
        run(config, record=record)
    assert str(caught.value).startswith(f"countersign:{key} {complaint}")
    assert isinstance(caught.value, pulumi.RunError), "what Pulumi prints as it is"
    assert record.cloud() == []


def test_a_key_of_another_package_may_have_the_name_of_ours() -> None:
    def program() -> None:
        CONFIG.get()["kubernetes:approvers"] = "theirs"
        runpy.run_path(str(ROOT / "__main__.py"))

    assert deploy(program, config={**stack_config("dev"), "workflows": "[]"}).cloud()


WARNED = {
    "dev": ["nobody reads approver@example.com: name real mail addresses"],
    "local": [],
    "prod": [
        (
            "nobody reads first@example.com, second@example.com, manager@example.com, payments@example.com: "
            "name real mail addresses"
        ),
        "deletionProtection is on, but alarmTopicArn is empty: nobody hears of alarms",
    ],
}


@pytest.mark.parametrize("name", STACKS)
def test_who_hears_of_nothing_is_told_but_for_the_embedded_aws(name: str) -> None:
    assert stack(name, False)[1] == WARNED[name]


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_file_is_complete_and_as_pulumi_writes_it(name: str) -> None:
    """`pulumi stack init` adds its salt and writes the file anew, with numbers and truths as texts.

    So it was when ProjectStack.Save of pulumi/pulumi, sdk/go/common/workspace (3.231.0), wrote these files.
    """
    text = (ROOT / f"Pulumi.{name}.yaml").read_text()
    values = yaml.safe_load(text)["config"]
    assert set(values) == {key if ":" in key else f"countersign:{key}" for key in project()}
    for key, value in values.items():
        for item in value if isinstance(value, list) else [value]:
            assert isinstance(item, str), key
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines[0] == "config:"
    assert [line.split(": ")[0] for line in lines[1:]] == [f"  {key}" for key in values]
    assert text.endswith("\n")


@pytest.mark.parametrize(
    ("through", "states", "seconds", "days"),
    [
        ('["table", "bucket"]', ["ThroughTable", "ThroughBucket"], "1", 1),
        ('["bucket", "table"]', ["ThroughBucket", "ThroughTable"], "86400", 1),
        ('["table"]', ["ThroughTable"], "86401", 2),
        ('["bucket"]', ["ThroughBucket"], "31536000", 365),
    ],
)
def test_a_token_is_stored_where_the_configuration_says_as_long_as_its_task_waits(
    through: str, states: list[str], seconds: str, days: int
) -> None:
    choice = {"workflows": '["stored_tokens"]', "storedTokensThrough": through}
    found = run({**stack_config("dev"), **choice, "callbackTimeoutSeconds": seconds})
    definition = found.one("StateMachine", "stored-workflow").json("definition")
    assert list(definition["States"]) == states
    assert definition["StartAt"] == states[0]
    assert [state.get("Next") for state in definition["States"].values()] == [*states[1:], None]
    (rule,) = found.one("BucketLifecycleConfiguration", "stored-objects-callbacks").inputs["rules"]
    assert rule["expiration"] == {"days": days}


def test_the_chains_subscriber_keeps_its_name() -> None:
    """Under another one its subscription would be lost: see components/subscribers.py."""
    children = stack("dev", False)[0].children("Notifier", "chain")
    assert children["chain-function-1"] == "Permission TopicSubscription"


def test_what_customers_and_approvers_decide_is_no_fault_of_the_workflows() -> None:
    found, _ = stack("dev", False)
    patterns = {r.name: r.inputs["pattern"] for r in found.cloud() if r.type.endswith(":LogMetricFilter")}
    expected = {
        name.removesuffix("-unsuccessful"): set(re.findall(r'error != "([^"]+)"', pattern))
        for name, pattern in patterns.items()
        if name.endswith("-unsuccessful")
    }
    people = {"ApprovalCancelled", "ApprovalRejected", "ApprovalTimedOut"}
    others = dict.fromkeys(("scheduled-approval", "chain", "stored"), people)
    assert expected == {"order-payment": {"PaymentDeclined"}, **others}


def test_no_file_of_the_program_fixes_a_partition() -> None:
    for folder in ("components", "workflows", "lambda_src"):
        for file in (ROOT / folder).rglob("*.py"):
            assert "arn:aws:" not in file.read_text(), file.relative_to(ROOT)

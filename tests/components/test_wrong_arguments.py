"""What users get wrong in arguments that several components have: named, with the rule and the value, and
before any child is registered."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components import CallbackFunction, CallbackQueue, CallbackWorkflow, Notifier
from tests.support.engine import ALARMS, deploy

WORKER = "lambda_src/order_payment"
KEY = "arn:aws-test:kms:eu-west-1:123456789012:key/0f"
QUEUE: Any = {"queue_arn": "arn:aws-test:sqs:eu-west-1:123456789012:q", "queue_url": "https://sqs.test/q"}
DONE = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:x"}


def workflow(**more: Any) -> Any:
    return {"definition": DONE, **more}


@pytest.mark.parametrize(
    ("component", "args", "message"),
    [
        (CallbackQueue, ["worker"], "args of CallbackQueue must be a dict of its arguments, got ['worker']"),
        (
            CallbackQueue,
            {"timeout_seconds": float("nan")},
            "timeout_seconds must be a whole number between 1",
        ),
        (
            CallbackQueue,
            {"timeout_seconds": float("inf")},
            "timeout_seconds must be a whole number between 1",
        ),
        (CallbackQueue, {"alarm_topic_arn": "alarms"}, "alarm_topic_arn must be the ARN of a topic, got"),
        (CallbackQueue, {"tags": "a=b"}, "tags must be a dict of tags, got 'a=b'"),
        (CallbackQueue, {"tags": ["a"]}, "tags must be a dict of tags, got ['a']"),
        (
            CallbackQueue,
            {"kms_key_arn": KEY.replace("key/", "alias/")},
            "kms_key_arn must be the ARN of a KMS key",
        ),
        (CallbackQueue, {**QUEUE, "queue_url": "q"}, "queue_url must be a queue's URL, got 'q'"),
        (
            CallbackQueue,
            {"queue_arn": QUEUE["queue_url"], "queue_url": QUEUE["queue_arn"]},
            "queue_arn must be the ARN of a queue, got 'https://sqs.test/q'",
        ),
        (
            CallbackFunction,
            {"worker": WORKER, "worker_packages": ["nowhere"]},
            "worker_packages must be folders that hold Python files, got 'nowhere'",
        ),
        (
            CallbackFunction,
            {"worker": WORKER, "worker_environment": ["A=1"]},
            "worker_environment must be a dict of variables, got a list",
        ),
        (
            CallbackFunction,
            {"worker": WORKER, "worker_environment": {"MAX_CONCURRENCY": "99"}},
            "worker_environment must not set MAX_CONCURRENCY, which Lambda or the component sets",
        ),
        (
            CallbackFunction,
            {"worker": WORKER, "worker_environment": {"AWS_REGION": "x"}},
            "worker_environment must not set AWS_REGION, which Lambda or the component sets",
        ),
        (
            CallbackFunction,
            {"worker": WORKER, "worker_statements": ["s3:GetObject"]},
            "worker_statements must hold IAM statements, dicts with Action, Condition, Effect, NotAction",
        ),
        (
            CallbackWorkflow,
            workflow(extra_statements=[{"effect": "Allow"}]),
            "extra_statements must hold IAM statements, dicts with Action, Condition, Effect, NotAction",
        ),
        (
            CallbackWorkflow,
            workflow(extra_statements=[{"Action": "s3:GetObject"}]),
            "extra_statements must hold statements with Resource, got {'Action': 's3:GetObject'}",
        ),
        (
            CallbackWorkflow,
            workflow(callback_role_names=[["a"]]),
            "callback_role_names must be names of roles, not ARNs, got ['a']",
        ),
        (
            CallbackWorkflow,
            workflow(history_role_names=["arn:aws-test:iam::123456789012:role/a"]),
            "history_role_names must be names of roles, not ARNs, got 'arn:",
        ),
        (
            CallbackWorkflow,
            workflow(silenced_rules=["wait-timeout"]),
            "silenced_rules must be a dict from a rule to the reason, got ['wait-timeout']",
        ),
        (
            CallbackWorkflow,
            workflow(schedule="daily"),
            "schedule must be rate(...), cron(...) with six fields",
        ),
        (
            CallbackWorkflow,
            workflow(schedule="cron(0 9 * * 1)"),
            "schedule must be rate(...), cron(...) with six",
        ),
        (Notifier, {"alarm_topic_arn": 5}, "alarm_topic_arn must be the ARN of a topic, got 5"),
    ],
)
def test_it_is_said_before_anything_is_made(component: Callable[..., Any], args: Any, message: str) -> None:
    def program() -> None:
        with pytest.raises(ValueError, match=re.escape(message)) as caught:
            component("orders", args)
        assert isinstance(caught.value, pulumi.RunError), "what Pulumi prints as it is"

    assert deploy(program).cloud() == []


@pytest.mark.parametrize(
    "when", ["rate(1 day)", "rate(5 minutes)", "cron(0 9 ? * MON-FRI *)", "at(2030-01-01T00:00:00)"]
)
def test_what_is_right_is_taken(when: str) -> None:
    def program() -> None:
        CallbackWorkflow("a", workflow(schedule=when, extra_statements=[ALLOW], kms_key_arn=KEY))
        args: Any = {**QUEUE, "alarm_topic_arn": ALARMS, "tags": {"a": "b"}}
        CallbackQueue("b", args)
        environment = {"AWS_MAX_ATTEMPTS": "2"}
        CallbackFunction(
            "c", {"worker": WORKER, "worker_environment": environment, "worker_statements": [ALLOW]}
        )

    assert deploy(program).one("Schedule", "a-schedule").inputs["scheduleExpression"] == when


def test_outputs_are_checked_when_they_are_known() -> None:
    def program() -> None:
        CallbackQueue("orders", {"alarm_topic_arn": pulumi.Output.from_input("alarms")})

    with pytest.raises(pulumi.RunError, match=r"^alarm_topic_arn must be the ARN of a topic, got 'alarms'$"):
        deploy(program)


def test_tags_may_turn_out_to_be_none_and_packages_to_hold_packages(tmp_path: Path) -> None:
    inner = tmp_path / "acme" / "pay"
    inner.mkdir(parents=True)
    (inner / "__init__.py").write_text("")

    def program() -> None:
        tags: Any = pulumi.Output.from_input(None)
        args: Any = {"worker": WORKER, "tags": tags, "worker_packages": [str(tmp_path / "acme")]}
        CallbackFunction("a", args)

    assert deploy(program).one("Function", "a-worker")


def to_https(url: str) -> str:
    return url.replace("http:", "https:")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda hidden: Notifier("n", {"https_urls_by_name": {"hooks": hidden}}),
            "https_urls_by_name['hooks'] must be an https:// URL, got a secret",
        ),
        (
            lambda hidden: Notifier("n", {"https_urls_by_name": dict.fromkeys("ab", hidden.apply(to_https))}),
            "https_urls and those of https_urls_by_name must each be there once, got a secret",
        ),
        (
            lambda hidden: CallbackFunction("f", {"worker": WORKER, "worker_environment": hidden}),
            "worker_environment must be a dict of variables, got a secret",
        ),
    ],
)
def test_a_secret_is_not_told(make: Callable[[Any], object], said: str) -> None:
    with pytest.raises(pulumi.RunError) as found:
        deploy(lambda: make(pulumi.Output.secret("http://user:hunter2@hooks.example")))
    assert str(found.value) == said


def test_a_name_and_options_that_are_none_are_told() -> None:
    anything: Any = {"protect": True}
    with pytest.raises(pulumi.RunError, match=r"^name of CallbackQueue must not be empty, got ''$"):
        deploy(lambda: CallbackQueue(""))
    with pytest.raises(pulumi.RunError, match=r"^opts of CallbackQueue must be pulumi.ResourceOptions, got "):
        deploy(lambda: CallbackQueue("orders", {}, anything))

"""What users get wrong in arguments: the rule and the value are told, before any child is registered."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.common.code.packages import KINDS
from tests.support.cases import OTHERS_QUEUE, WORKER, make, rows
from tests.support.engine import deploy

KEY = "arn:aws-test:kms:eu-west-1:123456789012:key/0f"
LAMBDA = "arn:aws-test:lambda:eu-west-1:123456789012:function:hear"
SQS = "arn:aws-test:sqs:eu-west-1:123456789012:audit"
URL = "https://sqs.test/123456789012/audit"
ROLE = "arn:aws-test:iam::123456789012:role/a"
NO_ADDRESS = ("ann", "a@b.co.", "A <a@b.co>", "<a@b.co>", "a@b\u200b.co")
PEOPLE = [f"{'a' * 60}{n:02}@b.co" for n in range(50)]
ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:x"}
STATEMENTS = "must hold IAM statements, dicts with Action, Condition, Effect, NotAction"
ALL = "approvers and escalation_approvers"
DICT = "a dict from names to addresses"
NAMES = "emails_by_name must have names of 1 to 256 letters, digits and any of _.@+-"
BOTH = "emails and those of emails_by_name must each be there once, got 'a@b.c' twice"
HTTPS = ["https://x.y/a?b", "https://x.y/a-b"]
DIFFER = "{0} must differ in more than punctuation, and from the names of {0}_by_name, got {1!r} twice"
FOLDER = "the path of a folder that holds worker.py"
ROLES_IN_A_LIST = (
    "callback_role_names must be names of roles; a component's are added with *, as in "
    "[*orders.callback_role_names, *approvals.callback_role_names], got a list in the list"
)
SCHEDULE = "schedule must be rate(...), at(...) or cron(...) with six fields, the third or fifth a ?, got "
TIMEOUT = "timeout_seconds must be a whole number between 1 and 900, got "
ERRORS = "expected_errors must be names of errors, 1 to 80 letters, digits and _ . : -, got "
TAG = "letters, digits, spaces and any of _.:/=+-@"
TAG_NAMES = f"tags must have names of 1 to 128 {TAG}, none that begins with aws:"
TAG_VALUE = f"tags['a'] must be at most 256 {TAG}"
ZONE = "schedule_timezone must be a time zone of IANA's, as in Europe/Berlin, got"
ORGANIZATION = "organization must be one line of 1 to 60 characters that can be seen"
LATER = pulumi.Output.from_input
LAYER = "arn:aws-test:lambda:eu-west-1:123456789012:layer:shared:3"
SG = {"security_group_ids": ["sg-1"]}
RUNTIMES = "runtime must be one of python3.11, python3.12, python3.13, python3.14"
ENVIRONMENT = "worker_environment must have at most 4096 bytes as JSON, with the component's own variables"


DONE = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}

WRONG: dict[str, list[tuple[dict[str, Any], str]]] = {
    "ApprovalApi": [
        ({"approvers": []}, "approvers must name at least one, got []"),
        *(({"approvers": [no]}, f"approvers must each be a mail address, got {no!r}") for no in NO_ADDRESS),
        ({"approvers": ["a@b.co", "A@B.co"]}, "approvers must each be there once, got 'a@b.co' twice"),
        ({"approvers": ["a@b.co", "\uff41@b.co"]}, "approvers must each be there once, got 'a@b.co' twice"),
        *(
            (
                {"escalation_approvers": ["e@b.co", again], "escalate_after_seconds": 60},
                f"{ALL} must each be there once, got '{again.lower()}' twice",
            )
            for again in ("E@b.co", "Ann@Example.com")
        ),
        ({"approvers": [f"a{n}@b.co" for n in range(51)]}, f"{ALL} must be at most 50 together, got 51"),
        ({"approvers": PEOPLE}, f"{ALL} must have at most 3000 bytes as JSON together, got 3550"),
        ({"quorum": 3}, "quorum must be between 1 and 1, got 3"),
        ({"remind_after_seconds": 5}, "remind_after_seconds must be between 60 and 31536000, got 5"),
        ({"escalate_after_seconds": 600}, "escalation_approvers must be given with escalate_after_seconds"),
        ({"escalation_approvers": ["e@b.co"]}, "escalate_after_seconds must be given with escalation_appr"),
        ({"certificate_arn": None}, "certificate_arn must be given with domain_name"),
        *(
            (
                {"domain_name": no},
                f"domain_name must be a domain name, as in approvals.example.com, got {no!r}",
            )
            for no in (
                "https://a.example.com",
                "approvals",
                "a_b.example.com",
                "a.example.com.",
                "*.example.com",
            )
        ),
        ({"topic_arn": "mails"}, "topic_arn must be the ARN of a standard topic, got 'mails'"),
        ({"topic_arn": None}, "topic_arn must be given"),
        ({"topic_kms_key_arn": "k"}, "topic_kms_key_arn must be the ARN of a KMS key, got 'k'"),
        ({"certificate_arn": "c"}, "certificate_arn must be the ARN of a certificate, got 'c'"),
        ({"retention_days": 1}, "retention_days must be between 7 and 3650, got 1"),
        (
            {"page_reserved_concurrency": 0},
            "page_reserved_concurrency must be between 1 and 10000, got 0",
        ),
        ({"require_comment_on_reject": "no"}, "require_comment_on_reject must be true or false, got 'no'"),
        *(
            ({"organization": no}, f"{ORGANIZATION}, got {no!r}")
            for no in ("", "\u200b", "A\nB", "A" * 61, 7)
        ),
        *(({"language": no}, f"language must be en or ko, got {no!r}") for no in ("", "KO", "ko-KR", 1)),
        *(
            ({"organization_color": no}, f"organization_color must be a color, as in #0b3d91, got {no!r}")
            for no in ("", "red", "#0b3", "#0b3d91;}", 7)
        ),
        ({"time_zone": "Asia/Soul"}, "time_zone must be a time zone of IANA's, as in Europe/Berlin, got"),
    ],
    "CallbackBucket": [
        ({"expire_after_days": 0}, "expire_after_days must be between 1 and 366, got 0"),
        ({"expire_after_days": 367}, "expire_after_days must be between 1 and 366, got 367"),
    ],
    "CallbackFunction": [
        ({"worker": None}, "worker must be given"),
        ({"timeout_seconds": 901}, "timeout_seconds must be between 1 and 900, got 901"),
        ({"memory_mb": 20_000}, "memory_mb must be between 128 and 10240, got 20000"),
        ({"kms_key_arn": "k"}, "kms_key_arn must be the ARN of a KMS key, got 'k'"),
        ({"kms_key_arn": KEY.replace("key/", "alias/")}, "kms_key_arn must be the ARN of a KMS key"),
        ({"log_group_arn": "l"}, "log_group_arn must be the ARN of a log group, got 'l'"),
        ({"permissions_boundary_arn": "b"}, "permissions_boundary_arn must be the ARN of a policy, got 'b'"),
        (
            {"permissions_boundary_arn": "arn:aws:iam::123456789012:role/r"},
            "permissions_boundary_arn must be the ARN of a policy, got 'arn:aws:iam::123456789012:role/r'",
        ),
        ({"worker_packages": ["no"]}, f"worker_packages must be {KINDS}, got 'no'"),
        ({"runtime": "python3.10"}, f"{RUNTIMES}, got 'python3.10'"),
        ({"runtime": "nodejs22.x"}, f"{RUNTIMES}, got 'nodejs22.x'"),
        (
            {"runtime": LATER("python3.13")},
            f"runtime must be a plain value ({RUNTIMES.removeprefix('runtime must be ')}), got an Output",
        ),
        ({"architecture": "aarch64"}, "architecture must be one of arm64, x86_64, got 'aarch64'"),
        ({"ephemeral_storage_mb": 511}, "ephemeral_storage_mb must be between 512 and 10240, got 511"),
        ({"reserved_concurrency": 0}, "reserved_concurrency must be between 1 and 10000, got 0"),
        ({"layer_arns": [LAYER] * 6}, "layer_arns must be at most 5, got 6"),
        *(
            ({"layer_arns": [LAYER, again]}, f"layer_arns must each be there once, got '{LAYER[:-2]}' twice")
            for again in (LAYER, f"{LAYER[:-2]}:4")
        ),
        ({"layer_arns": [LAYER[:-2]]}, "layer_arns must each be the ARN of a layer's version, got "),
        ({"subnet_ids": ["a"], **SG}, "subnet_ids must each be the id of a subnet, got 'a'"),
        ({"subnet_ids": ["subnet-1"]}, "security_group_ids must be given with subnet_ids, got subnet_ids"),
        ({"subnet_ids": [], **SG}, "subnet_ids must be given with security_group_ids, got security"),
        (
            {"subnet_ids": ["subnet-1"], "security_group_ids": ["vpc-1"]},
            "security_group_ids must each be the id of a security group, got 'vpc-1'",
        ),
        ({"worker_environment": {"AB": "x" * 4088}}, f"{ENVIRONMENT}, got 4097"),
        ({"worker_environment": {"AB": "\u20ac" * 1363}}, f"{ENVIRONMENT}, got 4098"),
        ({"worker_environment": ["A=1"]}, "worker_environment must be a dict of variables, got a list"),
        ({"worker_environment": {"AB": {"a": 1}}}, "worker_environment['AB'] must be a text, got a dict"),
        ({"worker_environment": {"AB": None}}, "worker_environment['AB'] must be a text, got a NoneType"),
        *(
            (
                {"worker_environment": {"AB": no}},
                f"worker_environment['AB'] must be a text, got {no!r}: write '{text}'",
            )
            for no, text in ((True, "true"), (8080, "8080"), (0.5, "0.5"))
        ),
        *(
            ({"worker_environment": {name: "9"}}, f"worker_environment must not set {name}, which Lambda or")
            for name in ("MAX_RECEIVE_COUNT", "AWS_REGION")
        ),
        ({"worker_statements": ["s3:GetObject"]}, f"worker_statements {STATEMENTS}"),
        *(
            (
                {"worker_statements": [{"Action": "s3:*", "Resource": "*", **effect}]},
                "worker_statements must hold statements whose Effect is Allow or Deny, got {'Action': 's3:*'",
            )
            for effect in ({}, {"Effect": "allow"})
        ),
    ],
    "CallbackQueue": [
        *(
            ({"timeout_seconds": value}, f"{TIMEOUT}{value!r}")
            for value in (1.5, True, "30", float("nan"), float("inf"))
        ),
        ({"batch_size": 101}, "batch_size must be between 1 and 100, got 101"),
        ({"batching_window_seconds": 301}, "batching_window_seconds must be between 0 and 300, got 301"),
        ({"batch_size": 11}, "batching_window_seconds must be at least 1 when batch_size is above 10, got 0"),
        ({"max_concurrency": 1}, "max_concurrency must be between 2 and 1000, got 1"),
        ({"reserved_concurrency": 1}, "reserved_concurrency must be at least 2 for a queue, got 1"),
        (
            {"reserved_concurrency": 5, "max_concurrency": 6},
            "max_concurrency must be at most reserved_concurrency, 5, got 6",
        ),
        ({"max_receive_count": 0}, "max_receive_count must be between 1 and 1000, got 0"),
        ({"log_retention_days": 8}, "log_retention_days must be one of 1, 3, 5, "),
        ({"worker": ""}, f"worker must be {FOLDER}, got ''"),
        ({"worker": LATER(WORKER)}, f"worker must be a plain value ({FOLDER}), got an Output"),
        ({"alarm_topic_arn": "alarms"}, "alarm_topic_arn must be the ARN of a standard topic, got 'alarms'"),
        ({"tags": "a=b"}, "tags must be a dict of tags, got 'a=b'"),
        ({"tags": {str(n): "" for n in range(51)}}, "tags must be at most 50, got 51"),
        *(({"tags": {no: ""}}, f"{TAG_NAMES}, got {no!r}") for no in ("", "x" * 129, "Aws:a", "a#")),
        *(({"tags": {"a": no}}, f"{TAG_VALUE}, got {no!r}") for no in ("x" * 257, "a#b", 42)),
        ({"queue_arn": SQS}, "queue_url must be given with queue_arn, got queue_arn alone"),
        (
            {"queue_arn": SQS, "queue_url": URL},
            "topic_arn must not be given with queue_arn, whose owner decid",
        ),
        (
            {"queue_arn": SQS, "queue_url": URL, "topic_arn": None},
            "event_pattern must not be given with queue_arn, whose owner decides it, got {'source': ['sh",
        ),
        (
            {**OTHERS_QUEUE, "fifo": True, "queue_arn": f"{SQS}.fifo", "queue_url": URL},
            f"queue_url must be the URL of a FIFO queue, got '{URL}'",
        ),
        (
            {**OTHERS_QUEUE, "fifo": True, "queue_arn": SQS, "queue_url": URL},
            f"queue_arn must be the ARN of a FIFO queue, got '{SQS}'",
        ),
        ({"fifo": "yes"}, "fifo must be true or false, got 'yes'"),
        (
            {"event_pattern": {"detailType": ["Order"]}},
            "event_pattern must have fields of an event, got 'detailType'; did you mean detail-type?",
        ),
        ({"event_pattern": {"source": []}}, "event_pattern['source'] must be a list of what matches, got []"),
        (
            {"event_pattern": {"detail": {"shop": {"id": "1"}}}},
            "event_pattern['detail']['shop']['id'] must be a list of what matches, got '1'",
        ),
        ({"fifo": LATER(True)}, "fifo must be a plain value (true or false), got an Output"),
        (
            {"fifo": True, "batching_window_seconds": 0},
            "batching_window_seconds must not be given with fifo (Lambda fills no batches of a FIFO queue",
        ),
        (
            {"fifo": True},
            "topic_arn must not be given with fifo (a topic that is not FIFO has no groups), got",
        ),
        (
            {"fifo": True, "topic_arn": None},
            "event_pattern must not be given with fifo (an event bus has no groups), got",
        ),
        ({**OTHERS_QUEUE, "fifo": True, "batch_size": 11}, "batch_size must be between 1 and 10, got 11"),
        ({"topic_arn": SQS}, f"topic_arn must be the ARN of a standard topic, got '{SQS}'"),
        ({"event_pattern": "shop"}, "event_pattern must be a pattern of EventBridge, a dict such as"),
        (
            {"event_pattern": {"source": "shop"}},
            "event_pattern['source'] must be a list of what matches, got",
        ),
        ({"event_pattern": {"detail": []}}, "event_pattern['detail'] must be a dict, got []"),
        ({"event_bus_name": "a bus"}, "event_bus_name must be the name or ARN of an event bus, got 'a bus'"),
        (
            {"event_pattern": None, "event_bus_name": "bus"},
            "event_pattern must be given with event_bus_name, got event_bus_name alone",
        ),
        ({"queue_url": URL}, "queue_arn must be given with queue_url, got queue_url alone"),
        (
            {**OTHERS_QUEUE, "queue_arn": SQS, "queue_url": "q"},
            "queue_url must be the URL of a standard queue",
        ),
        (
            {**OTHERS_QUEUE, "queue_arn": URL, "queue_url": SQS},
            f"queue_arn must be the ARN of a standard queue (a FIFO one needs fifo), got '{URL}'",
        ),
        (
            {**OTHERS_QUEUE, "queue_arn": f"{SQS}.fifo", "queue_url": URL},
            "queue_arn must be the ARN of a standard q",
        ),
    ],
    "CallbackTable": [
        ({"batch_size": 0}, "batch_size must be between 1 and 100, got 0"),
        ({"max_retry_attempts": -1}, "max_retry_attempts must be between 0 and 10000, got -1"),
    ],
    "CallbackWorkflow": [
        ({"definition": "{}"}, "definition must be a dict in Amazon States Language, got '{}'"),
        ({"schedule": None, "schedule_input": {}}, "schedule_input needs schedule, got {} without one"),
        ({"schedule": "daily"}, f"{SCHEDULE}'daily'"),
        *(({"schedule": no}, f"{SCHEDULE}'{no}'") for no in ("cron(0 9 * * 1)", "cron(0 9 * * MON *)")),
        (
            {"schedule_timezone": "Europe/Berln"},
            f"{ZONE} 'Europe/Berln'; did you mean Europe/Berlin?",
        ),
        *(({"schedule_timezone": no}, f"{ZONE} {no!r}") for no in ("", "Europe", "+01:00", 1)),
        ({"extra_statements": [{"effect": "Allow"}]}, f"extra_statements {STATEMENTS}"),
        (
            {"extra_statements": [{"Action": "a:B"}]},
            "extra_statements must hold statements with Resource, got",
        ),
        ({"callback_role_names": "role"}, "callback_role_names must be a list of roles, got 'role'"),
        ({"callback_role_names": [["a"]]}, ROLES_IN_A_LIST),
        (
            {"history_role_names": [ROLE]},
            f"history_role_names must be names of roles, not ARNs, got '{ROLE}'",
        ),
        ({"expected_errors": ["E"] * 6}, "expected_errors must be at most 5, got 6"),
        ({"expected_errors": ["a*"]}, f"{ERRORS}'a*'"),
        ({"expected_errors": ["x" * 81]}, f"{ERRORS}'{'x' * 81}'"),
        ({"expected_errors": [5]}, "expected_errors must be a list of names of errors, got 5"),
        (
            {"expected_errors": [LATER("E")]},
            "expected_errors must be a plain value (a list of names of errors), got an Output",
        ),
        ({"silenced_rules": ["a"]}, "silenced_rules must be a dict from a rule to the reason, got ['a']"),
    ],
    "Notifier": [
        ({"alarm_topic_arn": 5}, "alarm_topic_arn must be the ARN of a standard topic, got 5"),
        ({"topic_arn": "t"}, "topic_arn must be the ARN of a standard topic, got 't'"),
        ({"emails": ["ops"]}, "emails must each be a mail address, got 'ops'"),
        ({"emails": ["a@b.c\nBcc: x@y.z"]}, r"emails must each be a mail address, got 'a@b.c\nBcc: x@y.z'"),
        ({"https_urls": ["http://x.y"]}, "https_urls must each be an https:// URL, got 'http://x.y'"),
        ({"queue_arns": [LAMBDA]}, f"queue_arns must each be the ARN of a standard queue, got '{LAMBDA}'"),
        ({"function_arns": [SQS]}, f"function_arns must each be a Lambda function ARN, got '{SQS}'"),
        ({"emails_by_name": {"ops": "ops"}}, "emails_by_name['ops'] must be a mail address, got 'ops'"),
        ({"function_arns_by_name": {"a": SQS}}, "function_arns_by_name['a'] must be a Lambda function ARN"),
        *(({"emails_by_name": {no: "a@b.c"}}, f"{NAMES}, got {no!r}") for no in ("the ops", "x" * 257, 1)),
        ({"emails_by_name": ["a@b.c"]}, f"emails_by_name must be {DICT}, got ['a@b.c']"),
        ({"emails_by_name": LATER({})}, f"emails_by_name must be a plain value ({DICT}), got an Output"),
        ({"emails": ["a@b.c"], "emails_by_name": {"ann": "a@b.c"}}, BOTH),
        ({"emails": ["x@b.c"], "emails_by_name": {"ann": "a@b.c", "anne": "a@b.c"}}, BOTH),
        *(
            ({"https_urls": [f"https://{url}"]}, f"https_urls must not hold {what}, since an address there")
            for url, what in (
                ("me:hunter2@x.y/", "a password"),
                ("x.y/?a=1&Token=hunter2", "a value of Token"),
                ("x.y/?x-amz-signature=hunter2", "a value of x-amz-signature"),
                ("x.y/?page=1&accessToken=hunter2", "a value of accessToken"),
                ("x.y/?APIKEY=hunter2", "a value of APIKEY"),
                ("x.y/?x-functions-key=hunter2", "a value of x-functions-key"),
                ("x.y/?code=hunter2", "a value of code"),
                ("x.y/integration/0a1b2c3d4e5f60718293a4b5c6d7e8f9/enqueue", "a key in its path"),
                ("x.y/hooks/3f2b8a10-1111-4abc-9def-0123456789ab", "a key in its path"),
            )
        ),
        (
            {"emails": [f"a{n}@b.co" for n in range(193)]},
            "a Notifier must have at most 200 subscribers, got 201",
        ),
        ({"https_urls": HTTPS}, DIFFER.format("https_urls", "https-x.y-a-b")),
        (
            {"queue_arns": ["arn:x:sqs:y"], "queue_arns_by_name": {"arn-x-sqs-y": SQS}},
            DIFFER.format("queue_arns", "arn-x-sqs-y"),
        ),
    ],
}


@pytest.mark.parametrize(("kind", "args", "message"), rows(WRONG))
def test_it_is_said_before_anything_is_made(kind: str, args: dict[str, Any], message: str) -> None:
    def program() -> None:
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (the message is checked below)
            make(kind, "orders", **args)
        assert str(caught.value).startswith(f"{kind} orders: {message}")
        assert isinstance(caught.value, pulumi.RunError), "what Pulumi prints as it is"

    assert deploy(program).cloud() == []


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    """Tags may turn out to be none, and packages to hold packages."""
    inner = tmp_path / "acme" / "pay"
    inner.mkdir(parents=True)
    (inner / "__init__.py").write_text("")
    schedules = [
        "rate(1 day)",
        "rate(5 minutes)",
        "cron(0 9 ? * MON-FRI *)",
        "cron(0 9 1 * ? *)",
        "at(2030-01-01T00:00:00)",
    ]

    def program() -> None:
        for number, when in enumerate(schedules):
            make("CallbackWorkflow", f"a-{number}", schedule=when, extra_statements=[ALLOW])
        more: Any = {
            "worker_statements": [ALLOW],
            "worker_packages": [str(tmp_path / "acme")],
            "tags": LATER(None),
        }
        make("CallbackFunction", "b", worker_environment={"AWS_MAX_ATTEMPTS": "2"}, **more)

    found = deploy(program)
    taken = {r.inputs["scheduleExpression"] for r in found.cloud() if r.type.endswith(":Schedule")}
    assert taken == set(schedules)
    assert found.one("Function", "b-worker")

"""Derived policies are exact, whole for whole machines."""

from typing import Any

import pytest

from components.asl import wait
from components.asl.grants import UnresolvedPermission
from components.asl.permissions import statements
from components.asl.resolve import fill
from tests.asl.places import (
    ARN,
    KEY,
    OTHER_KEY,
    PLACE,
    QUEUE,
    QUEUE_ARN,
    ROLE,
    TOPIC,
    Place,
    derived,
    missing,
    task,
)


def test_statements_are_merged_and_sorted() -> None:
    nested = {"States": {"Inner": task("sns:publish", {"TopicArn": TOPIC})}}
    states = [
        wait.sqs(QUEUE, timeout_seconds=60),
        task("aws-sdk:sqs:sendMessage", {"QueueUrl": QUEUE}),
        wait.sqs(QUEUE.replace("jobs", "alarms"), timeout_seconds=60),
        {"Type": "Parallel", "Branches": [nested]},
        {"Type": "Map", "ItemProcessor": {"States": {"Deep": {"Type": "Parallel", "Branches": [nested]}}}},
        {"Type": "Map", "Iterator": {"States": {"Old": task("lambda:invoke", {"FunctionName": "f"})}}},
        {"Type": "Pass"},
        {"Type": "Wait", "Seconds": 1},
    ]
    expected = [
        {
            "Sid": "InvokeFunctions",
            "Effect": "Allow",
            "Action": ["lambda:InvokeFunction"],
            "Resource": [ARN.format("lambda", "function:f")],
        },
        {"Sid": "PublishMessages", "Effect": "Allow", "Action": ["sns:Publish"], "Resource": [TOPIC]},
        {
            "Sid": "SendMessages",
            "Effect": "Allow",
            "Action": ["sqs:SendMessage"],
            "Resource": [ARN.format("sqs", "alarms"), QUEUE_ARN],
        },
    ]
    assert derived(*states) == expected
    assert derived(*reversed(states)) == expected


def test_a_machine_without_tasks_needs_nothing() -> None:
    assert derived({"Type": "Pass"}, {"Type": "Choice"}, {"Type": "Fail"}) == []


def test_statements_of_one_purpose_have_names_of_their_own() -> None:
    found = derived(
        task("aws-sdk:dynamodb:query", {"TableName": "a"}), task("aws-sdk:dynamodb:scan", {"TableName": "b"})
    )
    assert [(row["Sid"], row["Action"]) for row in found] == [
        ("CallDynamodb", ["dynamodb:Query"]),
        ("CallDynamodb2", ["dynamodb:Scan"]),
    ]


@pytest.mark.parametrize(
    ("url", "arn"),
    [
        (QUEUE, QUEUE_ARN),
        (QUEUE.replace("eu-north-1", "us-west-2"), "arn:aws-test:sqs:us-west-2:123456789012:jobs"),
        (
            "https://sqs.cn-north-1.amazonaws.com.cn/210987654321/jobs.fifo",
            "arn:aws-test:sqs:cn-north-1:210987654321:jobs.fifo",
        ),
        (
            "https://sqs.eusc-de-east-1.amazonaws.eu/123456789012/j",
            "arn:aws-test:sqs:eusc-de-east-1:123456789012:j",
        ),
        (
            "https://sqs-fips.us-gov-west-1.amazonaws.com/123456789012/j",
            "arn:aws-test:sqs:us-gov-west-1:123456789012:j",
        ),
        ("https://eu-west-1.queue.amazonaws.com/123456789012/j", "arn:aws-test:sqs:eu-west-1:123456789012:j"),
        ("https://queue.amazonaws.com/123456789012/j", "arn:aws-test:sqs:us-east-1:123456789012:j"),
        (
            "https://vpce-0a1-b2.sqs.us-east-2.vpce.amazonaws.com/123456789012/j",
            "arn:aws-test:sqs:us-east-2:123456789012:j",
        ),
        ("http://queue.local:4566/000000000000/j", "arn:aws-test:sqs:eu-north-1:000000000000:j"),
        ("http://127.0.0.1:4566/000000000000/j", "arn:aws-test:sqs:eu-north-1:000000000000:j"),
        ("http://localhost:4566/000000000000/j", "arn:aws-test:sqs:eu-north-1:000000000000:j"),
    ],
)
def test_queues(url: str, arn: str) -> None:
    assert derived(wait.sqs(url, timeout_seconds=60))[0]["Resource"] == [arn]


@pytest.mark.parametrize(
    ("arguments", "resource"),
    [
        ({"FunctionName": "f"}, "function:f"),
        ({"FunctionName": "f:live"}, "function:f:live"),
        ({"FunctionName": "f", "Qualifier": "7"}, "function:f:7"),
        ({"FunctionName": "f", "Qualifier.$": "$.version"}, "function:f:*"),
        ({"FunctionName": "function:f"}, "function:f"),
        ({"FunctionName": "123456789012:f"}, "function:f"),
        ({"FunctionName": "123456789012:function:f:$LATEST"}, "function:f:$LATEST"),
        ({"FunctionName": ARN.format("lambda", "function:f:live")}, "function:f:live"),
    ],
)
def test_functions(arguments: dict[str, Any], resource: str) -> None:
    assert derived(task("lambda:invoke", arguments))[0]["Resource"] == [ARN.format("lambda", resource)]


def test_a_function_of_another_region_and_account() -> None:
    arn = "arn:aws-test:lambda:us-east-1:210987654321:function:f"
    assert derived(task("lambda:invoke", {"FunctionName": arn}))[0]["Resource"] == [arn]


def test_a_function_as_resource_and_an_activity() -> None:
    function = ARN.format("lambda", "function:f:live")
    assert derived(task(function), task(ARN.format("states", "activity:Sign"))) == [
        {
            "Sid": "InvokeFunctions",
            "Effect": "Allow",
            "Action": ["lambda:InvokeFunction"],
            "Resource": [function],
        }
    ]


def test_a_task_with_credentials_only_needs_the_role() -> None:
    found = derived(task("lambda:invoke", {"FunctionName.$": "$.f"}, Credentials={"RoleArn": ROLE}))
    assert found == [
        {"Sid": "AssumeRoles", "Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": [ROLE]}
    ]


def test_jsonata_arguments_are_read_as_such() -> None:
    state = wait.sqs(QUEUE, timeout_seconds=60, query_language="JSONata")
    assert derived(state)[0]["Resource"] == [QUEUE_ARN]
    machine = {
        "QueryLanguage": "JSONata",
        "States": {"A": {**task("sns:publish"), "Arguments": {"TopicArn": TOPIC}}},
    }
    assert statements(fill(machine, **PLACE), **PLACE)[0]["Resource"] == [TOPIC]


@pytest.mark.parametrize(
    ("key", "beginning"),
    [
        ({"Key.$": "States.Format('waits/{}.json', $.id)"}, "waits/*"),
        ({"Key.$": "States.Format( 'a*b/{}', $.id)"}, "a${*}b/*"),
        ({"Key": "exact?.json"}, "exact${?}.json"),
        ({"Key": "${aws:username}"}, "${$}{aws:username}"),
    ],
)
def test_computed_keys_are_narrowed_to_what_they_begin_with(key: dict[str, str], beginning: str) -> None:
    found = derived(task("aws-sdk:s3:putObject", {"Bucket": "b", **key}))
    assert found[0]["Resource"] == [f"arn:aws-test:s3:::b/{beginning}"]


def put_in_jsonata(key: str) -> dict[str, Any]:
    arguments = {"Bucket": "{% 'b' %}", "Key": key}
    return {**task("aws-sdk:s3:putObject"), "QueryLanguage": "JSONata", "Arguments": arguments}


@pytest.mark.parametrize(
    ("key", "beginning"),
    [
        ("{% 'waits/' & $states.input.id %}", "waits/*"),
        ("{% 'waits/' & $day & '/' & $states.input.ids[0] & '.json' %}", "waits/*"),
        ("{% 'waits/' & ($day ? 'a' : 'b') %}", "waits/*"),
        ('{%"a*b/" & $day%}', "a${*}b/*"),
        ("{% 'waits/today' %}", "waits/today"),
    ],
)
def test_computed_keys_in_jsonata(key: str, beginning: str) -> None:
    assert derived(put_in_jsonata(key))[0]["Resource"] == [f"arn:aws-test:s3:::b/{beginning}"]


@pytest.mark.parametrize(
    "key",
    [
        "{% 'a/' & $day ? 'b/c' : 'c/d' %}",
        "{% 'a/' & $day ~> $f %}",
        "{% 'a/' & $day = 'a/1' %}",
        "{% 'a/'[0] & $day %}",
        "{% '' & $day %}",
        "{% 'a\\n' & $day %}",
        "{% $day & 'a/' %}",
        "{% 'a/' & %}",
    ],
)
def test_what_an_expression_only_seems_to_begin_with_is_for_a_person(key: str) -> None:
    """`&` binds tighter than most operators: `'a/' & $x ? 'b/c' : 'c/d'` never begins with `a/`."""
    assert missing(put_in_jsonata(key)).startswith("State 0: Key is only known at run time")


def test_an_expression_that_is_one_string_is_that_string() -> None:
    arguments = {"TableName": "{% 'orders' %}", "Item": {}}
    state = {**task("dynamodb:putItem"), "QueryLanguage": "JSONata", "Arguments": arguments}
    assert derived(state)[0]["Resource"] == [ARN.format("dynamodb", "table/orders")]
    state["Arguments"] = {"Entries": "{% 'x' %}"}
    state["Resource"] = "arn:aws-test:states:::events:putEvents"
    assert "Entries is not a list" in missing(state)


@pytest.mark.parametrize(
    ("partition", "ending"), [("aws", ""), ("aws-us-gov", ""), ("aws-eusc", ""), ("aws-cn", ".cn")]
)
def test_services_that_take_roles_have_other_names_in_china(partition: str, ending: str) -> None:
    state = task(
        "elasticmapreduce:createCluster", {"ServiceRole": "s", "JobFlowRole": "j", "AutoScalingRole": "a"}
    )
    place: Place = {**PLACE, "partition": partition}
    found = statements({"States": {"A": state}}, **place)
    assert {
        row["Resource"][0].rpartition("/")[2]: row["Condition"]["StringEquals"]["iam:PassedToService"]
        for row in found
        if row["Action"] == ["iam:PassRole"]
    } == {
        "s": f"elasticmapreduce.amazonaws.com{ending}",
        "j": f"ec2.amazonaws.com{ending}",
        "a": "application-autoscaling.amazonaws.com",
    }


@pytest.mark.parametrize(
    ("action", "kind", "place"),
    [
        ("runInstances", "instance", "eu-north-1:123456789012"),
        ("createImage", "snapshot", "eu-north-1:"),
        ("createIpam", "ipam", ":123456789012"),
    ],
)
def test_what_is_created_with_tags_may_be_tagged_by_its_creation_alone(
    action: str, kind: str, place: str
) -> None:
    by_hand = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    tags = [{"ResourceType": kind, "Tags": [{"Key": "team", "Value": "x"}]}]
    found = derived(
        task(f"aws-sdk:ec2:{action}", {"TagSpecifications": tags}),
        task(f"aws-sdk:ec2:{action}", {}),
        extra_statements=by_hand,
    )
    assert [row for row in found if row["Sid"].startswith("TagWhatIsMade")] == [
        {
            "Sid": "TagWhatIsMade",
            "Effect": "Allow",
            "Action": ["ec2:CreateTags"],
            "Resource": [f"arn:aws-test:ec2:{place}:{kind}/*"],
            "Condition": {"StringEquals": {"ec2:CreateAction": f"{action[0].upper()}{action[1:]}"}},
        }
    ]


def test_tags_of_types_that_are_computed_are_for_a_person() -> None:
    state = task("aws-sdk:ec2:runInstances", {"TagSpecifications": [{"ResourceType.$": "$.type"}]})
    assert "ResourceType is only known at run time ($.type)" in missing(state)


# Keys


def test_encrypted_resources_need_their_keys() -> None:
    keys = {QUEUE_ARN: KEY, TOPIC: KEY, "arn:aws-test:s3:::b": OTHER_KEY}
    found = derived(
        wait.sqs(QUEUE, timeout_seconds=60),
        task("sns:publish", {"TopicArn": TOPIC}),
        task("aws-sdk:s3:getObject", {"Bucket": "b", "Key": "k"}),
        kms_keys=keys,
    )
    assert [row for row in found if row["Sid"].startswith("UseKeys")] == [
        {"Sid": "UseKeys", "Effect": "Allow", "Action": ["kms:GenerateDataKey"], "Resource": [KEY]},
        {"Sid": "UseKeys2", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [KEY, OTHER_KEY]},
    ]


def test_keys_of_resources_that_are_not_used_are_not_allowed() -> None:
    keys = {TOPIC: KEY, f"{QUEUE_ARN}-other": KEY, "arn:aws-test:s3:::bb": KEY}
    found = derived(
        wait.sqs(QUEUE, timeout_seconds=60),
        task("aws-sdk:s3:getObject", {"Bucket": "b", "Key": "k"}),
        kms_keys=keys,
    )
    assert {row["Sid"] for row in found} == {"SendMessages", "ReadObjects"}


def used_keys(*states: dict[str, Any], **options: Any) -> dict[str, list[str]]:
    """KMS action → keys."""
    return {
        action: row["Resource"]
        for row in derived(*states, **options)
        if row["Sid"].startswith("UseKeys")
        for action in row["Action"]
    }


def test_an_index_has_the_key_of_its_table_and_a_secret_not_that_of_another() -> None:
    query = task("aws-sdk:dynamodb:query", {"TableName": "t", "IndexName": "by-day"})
    assert used_keys(query, kms_keys={ARN.format("dynamodb", "table/t"): KEY}) == {"kms:Decrypt": [KEY]}
    secret = ARN.format("secretsmanager", "secret:shop/key-AbCdEf")
    read = task("aws-sdk:secretsmanager:getSecretValue", {"SecretId": secret})
    assert used_keys(read, kms_keys={secret: KEY}) == {"kms:Decrypt": [KEY]}
    assert used_keys(read, kms_keys={ARN.format("secretsmanager", "secret:shop"): KEY}) == {}


@pytest.mark.parametrize(
    ("resource", "arguments", "actions"),
    [
        ("dynamodb:getItem", {"TableName": "t"}, ["Decrypt"]),
        ("dynamodb:putItem", {"TableName": "t"}, ["Decrypt"]),
        ("aws-sdk:dynamodb:query", {"TableName": "t", "IndexName": "i"}, ["Decrypt"]),
        ("aws-sdk:dynamodb:describeTable", {"TableName": "t"}, []),
        ("aws-sdk:s3:getObject", {"Bucket": "b", "Key": "k"}, ["Decrypt"]),
        ("aws-sdk:s3:putObject", {"Bucket": "b", "Key": "k"}, ["GenerateDataKey"]),
        ("aws-sdk:s3:getObjectTagging", {"Bucket": "b", "Key": "k"}, []),
        ("aws-sdk:s3:deleteObject", {"Bucket": "b", "Key": "k"}, []),
        ("aws-sdk:s3:listObjectsV2", {"Bucket": "b"}, []),
        ("aws-sdk:secretsmanager:getSecretValue", {"SecretId": "s"}, ["Decrypt"]),
        ("aws-sdk:secretsmanager:getRandomPassword", {}, []),
        ("sns:publish", {"TopicArn": TOPIC}, ["Decrypt", "GenerateDataKey"]),
        ("aws-sdk:sns:listSubscriptionsByTopic", {"TopicArn": TOPIC}, []),
        ("sqs:sendMessage", {"QueueUrl": QUEUE}, ["Decrypt", "GenerateDataKey"]),
        ("aws-sdk:sqs:receiveMessage", {"QueueUrl": QUEUE}, ["Decrypt"]),
        ("aws-sdk:sqs:changeMessageVisibility", {"QueueUrl": QUEUE}, []),
        ("aws-sdk:sqs:getQueueAttributes", {"QueueUrl": QUEUE}, []),
        ("aws-sdk:sqs:purgeQueue", {"QueueUrl": QUEUE}, []),
        ("lambda:invoke", {"FunctionName": "f"}, []),
        ("aws-sdk:kinesis:putRecord", {"StreamName": "s"}, []),
    ],
)
def test_what_each_action_needs_of_the_key_of_everything(
    resource: str, arguments: dict[str, Any], actions: list[str]
) -> None:
    found = used_keys(task(resource, arguments), kms_key=KEY)
    assert found == {f"kms:{action}": [KEY] for action in actions}


def test_a_distributed_map_needs_the_key_of_what_it_reads_and_writes() -> None:
    """Its actions on the results share one statement, and only some of them need the key."""
    state = {
        "Type": "Map",
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "States": {}},
        "ResultWriter": {"Parameters": {"Bucket": "out", "Prefix": "p"}},
    }
    assert used_keys(state, kms_key=KEY) == {"kms:Decrypt": [KEY], "kms:GenerateDataKey": [KEY]}
    keys = {"arn:aws-test:s3:::out": OTHER_KEY}
    assert used_keys(state, kms_key=KEY, kms_keys=keys)["kms:Decrypt"] == [OTHER_KEY]


def test_what_an_action_needs_of_the_key_of_everything_may_be_for_a_person() -> None:
    state = task("aws-sdk:dynamodb:createBackup", {"TableName": "t", "BackupName": "b"})
    assert "what dynamodb:CreateBackup needs on the key" in missing(state, kms_key=KEY)


def test_a_key_for_an_action_that_is_not_known_is_for_a_person() -> None:
    state = task("aws-sdk:kinesis:putRecord", {"StreamName": "s"})
    keys = {ARN.format("kinesis", "stream/s"): KEY}
    assert "what kinesis:PutRecord needs on the key" in missing(state, kms_keys=keys)
    assert derived(state, kms_keys=keys, extra_statements=[{"Action": "kms:GenerateDataKey"}])


# What cannot be resolved


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (task("sqs:sendMessage", {"QueueUrl.$": "$.queue"}), "QueueUrl is only known at run time ($.queue)"),
        (task("sqs:sendMessage", {}), "QueueUrl is not given"),
        (task("sqs:sendMessage", {"QueueUrl": "jobs"}), "QueueUrl is not the address of a queue (jobs)"),
        (task("sns:publish", {"PhoneNumber": "+1"}), "TopicArn is not given"),
        (task("sns:publish", {"TopicArn": "news"}), "news is not the ARN of one resource"),
        (task("sns:publish", {"TopicArn": "arn:news"}), "arn:news is not the ARN of one resource"),
        (task("sns:publish", {"TopicArn": "arn:aws:sns:*"}), "arn:aws:sns:* is not the ARN of one resource"),
        (task("lambda:invoke", {"FunctionName": "a b"}), "FunctionName is not the name of a function (a b)"),
        (task("events:putEvents", {"Entries.$": "$.e"}), "Entries is only known at run time ($.e)"),
        (task("events:putEvents", {"Entries": "x"}), "Entries is not a list"),
        (
            task("events:putEvents", {"Entries": [{"EventBusName.$": "$.b"}]}),
            "EventBusName is only known at run time ($.b)",
        ),
        (
            task("states:startExecution", {"StateMachineArn": "x"}),
            "StateMachineArn is not the ARN of a state machine (x)",
        ),
        (
            task("bedrock:invokeModel", {"ModelId": "us.anthropic.claude"}),
            "ModelId is an inference profile, which calls a model in several regions (us.anthropic.claude)",
        ),
        *(
            (
                task("bedrock:invokeModel", {"ModelId": model}),
                f"ModelId is an inference profile, which calls a model in several regions ({model})",
            )
            for model in (
                ARN.format("bedrock", "inference-profile/us.anthropic.claude"),
                ARN.format("bedrock", "application-inference-profile/a1b2"),
            )
        ),
        (
            task("bedrock:invokeModel", {"ModelId": ARN.format("bedrock", "prompt-router/r")}),
            f"ModelId is not the ARN of one model ({ARN.format('bedrock', 'prompt-router/r')})",
        ),
        (
            task("bedrock:invokeModel", {"ModelId": "a1b2c3"}),
            "ModelId is not the id of a foundation model (a1b2c3)",
        ),
        (
            task("apigateway:invoke", {"ApiEndpoint": "api.example.com", "AuthType": "IAM_ROLE"}),
            "ApiEndpoint is not the address of an API, but perhaps a domain of your own",
        ),
        (
            task("aws-sdk:s3:putObject", {"Bucket": "b", "Key.$": "States.Format('{}/x', $.id)"}),
            "Key is only known at run time (States.Format('{}/x', $.id))",
        ),
        (task("aws-sdk:kms:encrypt", {"KeyId": "alias/x"}), "KeyId is an alias (alias/x)"),
        (
            task("aws-sdk:kinesis:putRecord", {"StreamName.$": "$.s"}),
            "StreamName is only known at run time ($.s)",
        ),
        (
            task("aws-sdk:sfn:createStateMachine", {"Name": "n", "RoleArn.$": "$.r"}),
            "RoleArn.$ is only known at run time ($.r)",
        ),
        (
            task("sqs:newAction"),
            "arn:aws-test:states:::sqs:newAction is an integration that is not known here",
        ),
        (task("arn:aws:nothing"), "arn:aws:nothing is an integration that is not known here"),
        (
            task("lambda:invoke", {}, Credentials={"RoleArn.$": "$.r"}),
            "RoleArn is only known at run time ($.r)",
        ),
        (
            {**wait.sqs("{% $states.input.q %}", timeout_seconds=60, query_language="JSONata")},
            "QueueUrl is only known at run time ({% $states.input.q %})",
        ),
    ],
)
def test_what_no_argument_names_is_an_error_that_says_what_to_do(state: dict[str, Any], reason: str) -> None:
    message = missing(state)
    assert message.startswith(f"State 0: {reason}: add an extra statement that allows ")
    assert message.endswith(("/)", ".html)"))


def test_all_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(UnresolvedPermission) as raised:
        derived(
            task("sqs:sendMessage", {"QueueUrl.$": "$.queue"}),
            task("sns:publish", {"TopicArn": TOPIC}),
            task("ecs:runTask", {"TaskDefinition": "t"}),
        )
    assert str(raised.value).count("\n") == 1
    assert raised.value.actions == ("iam:PassRole", "sqs:SendMessage")


@pytest.mark.parametrize(
    "action", ["sqs:SendMessage", "sqs:*", "SQS:sendmessage", ["sns:Publish", "sqs:Send*"], "*"]
)
def test_what_is_allowed_by_hand_is_accepted_and_not_repeated(action: Any) -> None:
    extra = [{"Sid": "Mine", "Effect": "Allow", "Action": action, "Resource": "arn:x"}]
    assert derived(task("sqs:sendMessage", {"QueueUrl.$": "$.queue"}), extra_statements=extra) == []


@pytest.mark.parametrize(
    "statement",
    [{"Effect": "Deny", "Action": "sqs:*"}, {"Action": "sqs:ReceiveMessage"}, {"NotAction": "sns:*"}, {}],
)
def test_what_is_not_allowed_by_hand_is_still_missing(statement: dict[str, Any]) -> None:
    assert missing(task("sqs:sendMessage", {"QueueUrl.$": "$.queue"}), extra_statements=[statement])


def test_a_resource_that_is_known_is_derived_although_its_action_is_allowed_by_hand() -> None:
    extra = [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:x"}]
    assert derived(wait.sqs(QUEUE, timeout_seconds=60), extra_statements=extra)[0]["Resource"] == [QUEUE_ARN]

"""Every component with every argument, for whoever plans or deploys it: what is brought from outside is made
here, so that none of it is known at a first preview."""

import json
import sys
from pathlib import Path

import pulumi
import pulumi_aws as aws

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

import components  # noqa: E402
from tests.support.every_argument import Brought, every_argument, instances  # noqa: E402


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def beside(known: aws.sns.Topic, service: str, resource: str) -> pulumi.Output[str]:
    """The ARN of what there would be in the same account."""
    return known.arn.apply(
        lambda arn: ":".join([*arn.split(":")[:2], service, *arn.split(":")[3:5], resource])
    )


key = aws.kms.Key("brought", deletion_window_in_days=7)
topic = aws.sns.Topic("brought", kms_master_key_id=key.arn)
alarms = aws.sns.Topic("alarms")
queue = aws.sqs.Queue("brought", visibility_timeout_seconds=361)
subscribed = aws.sqs.Queue("subscribed")
log = aws.cloudwatch.LogGroup("brought", retention_in_days=7)
role = aws.iam.Role("brought", assume_role_policy=trust("lambda.amazonaws.com"))
everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
boundary = aws.iam.Policy(
    "brought",
    policy=json.dumps({"Version": "2012-10-17", "Statement": [everything]}, separators=(",", ":")),
)
function = components.CallbackFunction("brought", {"worker": str(ROOT / "lambda_src" / "integration_echo")})

brought = Brought(
    kms_key_arn=key.arn,
    topic_arn=topic.arn,
    alarm_topic_arn=alarms.arn,
    queue_arn=queue.arn,
    queue_url=queue.url,
    log_group_arn=log.arn,
    permissions_boundary_arn=boundary.arn,
    certificate_arn=beside(topic, "acm", "certificate/brought"),
    function_arn=function.function_arn,
    table_arn=beside(topic, "dynamodb", "table/brought"),
    machine_arn=beside(topic, "states", "stateMachine:brought"),
    subscribed_queue_arn=subscribed.arn,
    role_name=role.name,
    layer_arn=beside(topic, "lambda", "layer:brought:1"),
    subnet_id=topic.arn.apply(lambda _: "subnet-0123456789abcdef0"),
    security_group_id=topic.arn.apply(lambda _: "sg-0123456789abcdef0"),
)
urls = pulumi.Config().require_bool("httpsUrls")
for kind, name, arguments in instances(every_argument(brought)):
    left_out = set() if urls else {"https_urls", "https_urls_by_name"}
    getattr(components, kind)(name, {key: arguments[key] for key in arguments.keys() - left_out})
pulumi.export("queueUrl", queue.url)

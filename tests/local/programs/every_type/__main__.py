"""One of every resource type that exists locally, with every input that is translated."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

TAGS = {"for": "tests"}
pulumi.export("partition", aws.get_partition_output().partition)


def policy(action: str, resource: pulumi.Input[str], principal: str | None = None) -> pulumi.Output[str]:
    statement: dict[str, Any] = {"Sid": "Test", "Effect": "Allow", "Action": action, "Resource": resource}
    if principal:
        statement["Principal"] = {"Service": principal}
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def redrive(most: int) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": most})


def permission(name: str, principal: str, source_arn: pulumi.Input[str]) -> aws.lambda_.Permission:
    return aws.lambda_.Permission(
        name,
        function=function.name,
        action="lambda:InvokeFunction",
        principal=principal,
        source_arn=source_arn,
    )


key = aws.kms.Key(
    "mac", description="d", key_usage="GENERATE_VERIFY_MAC", customer_master_key_spec="HMAC_256", tags=TAGS
)
secret_key = aws.kms.Key("secret", deletion_window_in_days=7)

dead = aws.sqs.Queue("dead", message_retention_seconds=1_209_600, sqs_managed_sse_enabled=True, tags=TAGS)
queue = aws.sqs.Queue(
    "work", visibility_timeout_seconds=60, receive_wait_time_seconds=1, redrive_policy=redrive(3)
)
aws.sqs.Queue("ordered", fifo_queue=True, content_based_deduplication=True)
plain = aws.sqs.Queue("plain")
aws.sqs.RedrivePolicy("plain", queue_url=plain.url, redrive_policy=redrive(2))
sources = pulumi.Output.json_dumps({"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]})
aws.sqs.RedriveAllowPolicy("dead", queue_url=dead.url, redrive_allow_policy=sources)
may_send = policy("sqs:SendMessage", queue.arn, "sns.amazonaws.com")
aws.sqs.QueuePolicy("work", queue_url=queue.url, policy=may_send)

topic = aws.sns.Topic("news", display_name="News", kms_master_key_id="alias/aws/sns", tags=TAGS)
aws.sns.TopicSubscription(
    "work",
    topic=topic.arn,
    protocol="sqs",
    endpoint=queue.arn,
    raw_message_delivery=True,
    filter_policy=json.dumps({"to": ["work"]}),
    filter_policy_scope="MessageAttributes",
)

role = aws.iam.Role("worker", assume_role_policy=trust("lambda.amazonaws.com"), description="d", tags=TAGS)
aws.iam.RolePolicy("worker", role=role.id, policy=policy("sqs:ReceiveMessage", queue.arn))
shared = aws.iam.Policy("shared", description="d", policy=policy("sqs:DeleteMessage", queue.arn), tags=TAGS)
aws.iam.PolicyAttachment("shared", policy_arn=shared.arn, roles=[role.name])

group = aws.cloudwatch.LogGroup("worker", name_prefix="/test/worker-", retention_in_days=7, tags=TAGS)
function = aws.lambda_.Function(
    "worker",
    runtime="python3.13",
    handler="index.handler",
    role=role.arn,
    timeout=20,
    memory_size=256,
    architectures=["arm64"],
    description="d",
    reserved_concurrent_executions=5,
    code=pulumi.FileArchive("function"),
    environment={"variables": {"NAME": "value"}},
    logging_config={"log_format": "JSON", "log_group": group.name, "application_log_level": "INFO"},
    tracing_config={"mode": "Active"},
    dead_letter_config={"target_arn": dead.arn},
    tags=TAGS,
)
aws.lambda_.EventSourceMapping(
    "work",
    event_source_arn=queue.arn,
    function_name=function.name,
    batch_size=10,
    maximum_batching_window_in_seconds=0,
    function_response_types=["ReportBatchItemFailures"],
    scaling_config={"maximum_concurrency": 5},
    filter_criteria={"filters": [{"pattern": json.dumps({"body": {"TaskToken": [{"exists": True}]}})}]},
    tags=TAGS,
)
permission("topic", "sns.amazonaws.com", topic.arn)

aws.cloudwatch.MetricAlarm(
    "dead",
    namespace="AWS/SQS",
    metric_name="ApproximateNumberOfMessagesVisible",
    dimensions={"QueueName": dead.name},
    statistic="Maximum",
    period=60,
    evaluation_periods=1,
    threshold=0,
    comparison_operator="GreaterThanThreshold",
    treat_missing_data="notBreaching",
    alarm_description="d",
    alarm_actions=[topic.arn],
    ok_actions=[topic.arn],
    tags=TAGS,
)
aws.cloudwatch.LogMetricFilter(
    "counted",
    log_group_name=group.name,
    pattern='{ $.rings = "*" }',
    metric_transformation={
        "namespace": "Test/of",
        "name": "Rang",
        "value": "1",
        "dimensions": {"rings": "$.rings"},
    },
)
aws.cloudwatch.Dashboard("page", dashboard_name="page-1234567", dashboard_body=json.dumps({"widgets": []}))
metric: Any = {"namespace": "Test", "metric_name": "M", "period": 60, "stat": "Sum", "dimensions": {"A": "B"}}
aws.cloudwatch.MetricAlarm(
    "sum",
    evaluation_periods=1,
    threshold=0,
    comparison_operator="GreaterThanThreshold",
    metric_queries=[
        {"id": "total", "expression": "m1 + m1", "label": "l", "return_data": True},
        {"id": "m1", "metric": metric},
    ],
)

machine = aws.sfn.StateMachine(
    "flow",
    role_arn=role.arn,
    type="STANDARD",
    definition=json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}),
    logging_configuration={
        "level": "ERROR",
        "include_execution_data": False,
        "log_destination": group.arn.apply(lambda arn: f"{arn}:*"),
    },
    tracing_configuration={"enabled": True},
    tags=TAGS,
)
aws.cloudwatch.EventBus("shop", description="d", tags=TAGS)
rule = aws.cloudwatch.EventRule(
    "ended",
    description="d",
    event_pattern=pulumi.Output.json_dumps({"detail": {"stateMachineArn": [machine.arn]}}),
    tags=TAGS,
)
aws.cloudwatch.EventTarget(
    "ended",
    rule=rule.name,
    arn=queue.arn,
    dead_letter_config={"arn": dead.arn},
    retry_policy={"maximum_retry_attempts": 2, "maximum_event_age_in_seconds": 600},
    input_transformer={"input_paths": {"a": "$.detail.executionArn"}, "input_template": '{"execution": <a>}'},
)
aws.scheduler.Schedule(
    "daily",
    description="d",
    schedule_expression="cron(0 9 * * ? *)",
    schedule_expression_timezone="Asia/Seoul",
    state="ENABLED",
    flexible_time_window={"mode": "OFF"},
    target={
        "arn": machine.arn,
        "role_arn": role.arn,
        "input": json.dumps({"kept": {"asIs": True}}),
        "retry_policy": {"maximum_retry_attempts": 3},
        "dead_letter_config": {"arn": dead.arn},
    },
)

projection: Any = {"projection_type": "INCLUDE", "non_key_attributes": ["a"]}
index: Any = {"name": "by-due", "hash_key": "sk", "range_key": "due", **projection}
table = aws.dynamodb.Table(
    "requests",
    billing_mode="PAY_PER_REQUEST",
    hash_key="pk",
    range_key="sk",
    attributes=[{"name": name, "type": kind} for name, kind in (("pk", "S"), ("sk", "S"), ("due", "N"))],
    global_secondary_indexes=[index],
    ttl={"enabled": True, "attribute_name": "expires"},
    point_in_time_recovery={"enabled": True},
    server_side_encryption={"enabled": True, "kms_key_arn": secret_key.arn},
    stream_enabled=True,
    stream_view_type="NEW_AND_OLD_IMAGES",
    deletion_protection_enabled=False,
    tags=TAGS,
)

api = aws.apigatewayv2.Api("page", protocol_type="HTTP", description="d", tags=TAGS)
integration = aws.apigatewayv2.Integration(
    "page",
    api_id=api.id,
    integration_type="AWS_PROXY",
    integration_uri=function.invoke_arn,
    payload_format_version="2.0",
    timeout_milliseconds=10_000,
)
aws.apigatewayv2.Route(
    "page", api_id=api.id, route_key="GET /r/{id}", target=integration.id.apply(lambda i: f"integrations/{i}")
)
permission("page", "apigateway.amazonaws.com", api.execution_arn.apply(lambda arn: f"{arn}/*/*"))
stage = aws.apigatewayv2.Stage(
    "page",
    api_id=api.id,
    name="$default",
    auto_deploy=True,
    default_route_settings={"throttling_burst_limit": 50, "throttling_rate_limit": 20},
    access_log_settings={"destination_arn": group.arn, "format": json.dumps({"route": "$context.routeKey"})},
    tags=TAGS,
)

bucket = aws.s3.Bucket("tokens", force_destroy=True, tags=TAGS)
aws.s3.BucketPublicAccessBlock(
    "tokens",
    bucket=bucket.bucket,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)
encryption: Any = {"sse_algorithm": "aws:kms", "kms_master_key_id": secret_key.arn}
aws.s3.BucketServerSideEncryptionConfiguration(
    "tokens",
    bucket=bucket.bucket,
    rules=[{"apply_server_side_encryption_by_default": encryption, "bucket_key_enabled": True}],
)
aws.s3.BucketOwnershipControls(
    "tokens", bucket=bucket.bucket, rule={"object_ownership": "BucketOwnerEnforced"}
)
aws.s3.BucketPolicy(
    "tokens", bucket=bucket.bucket, policy=policy("s3:GetObject", bucket.arn, "lambda.amazonaws.com")
)
aws.s3.BucketLifecycleConfiguration(
    "tokens",
    bucket=bucket.bucket,
    rules=[{"id": "old", "status": "Enabled", "filter": {"prefix": "t/"}, "expiration": {"days": 7}}],
)
allowed = permission("bucket", "s3.amazonaws.com", bucket.arn)
ends = {"filter_prefix": "t/", "filter_suffix": ".json"}
notified: Any = {"lambda_function_arn": function.arn, "events": ["s3:ObjectCreated:*"], **ends}
aws.s3.BucketNotification(
    "tokens",
    bucket=bucket.bucket,
    lambda_functions=[notified],
    opts=pulumi.ResourceOptions(depends_on=[allowed]),
)
pulumi.export("url", stage.invoke_url)
pulumi.export("apiEndpoint", api.api_endpoint)

"""Notifier: a topic with its subscribers, of whom a message may address some or all."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired

import pulumi
import pulumi_aws as aws

from countersign_contract.approvals.addresses import addressed, compared
from countersign_contract.metrics import NAMESPACE

from . import asl, queues
from .common import policies, waits
from .common.alarms import Metric, alarm
from .common.arguments import Common, CommonArgs, existing
from .common.checks import ArgumentError, explained, must, standard_topic
from .common.component import Component
from .common.documents import json_text
from .common.program import MadeTopic, hand_out, this_program
from .common.templates import check_said, filled_in, is_template, literal, subject_filled_in
from .subscribers import subscribers

PROTOCOLS = (
    ("email", "email", "emails", r"[^@\s]+@[^@\s]+\.[^@\s]+", "a mail address"),
    ("https", "https", "https_urls", r"https://\S+", "an https:// URL"),
    ("sqs", "queue", "queue_arns", r"arn:[^:]+:sqs:.+(?<!\.fifo)", "the ARN of a standard queue"),
    ("lambda", "function", "function_arns", r"arn:[^:]+:lambda:.+", "a Lambda function ARN"),
)
"""SNS's protocol → what its subscriptions are called, the argument, and what an address must look like."""

PUBLISH_RETRY = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 1,
    "BackoffRate": 2,
    "MaxAttempts": 3,
    "JitterStrategy": "FULL",
}
MESSAGE_BYTES = 262_144
"""https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""

MOST_SUBSCRIBERS = 200
"""Each has a filter, of which a topic has so many:
https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html"""

UNDELIVERED_METRIC = "NotificationsFailed"
EVERYONE = {"event": {"DataType": "String", "StringValue": "notification"}}
"""SNS matches `exists: false` only on messages that carry some attribute, so every message carries one.
https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html"""


class NotifierArgs(CommonArgs):
    """Arguments of a Notifier. None is required."""

    topic_arn: NotRequired[pulumi.Input[str] | None]
    """Topic to use. Its encryption is its owner's, and `kms_key_arn` is not for it. Its other subscribers
    hear everything, also links of approvals. Default: one is made. Another topic has other subscriptions,
    which people confirm again."""
    emails: NotRequired[Sequence[pulumi.Input[str]] | None]
    """Mail addresses. Each gets a mail to confirm, which is valid for 48 hours."""
    emails_by_name: NotRequired[Mapping[str, pulumi.Input[str]] | None]
    """Mail addresses, each under a name that its subscription has from then on."""
    queue_arns: NotRequired[Sequence[pulumi.Input[str]] | None]
    """SQS queues, whose own policies must let this topic send to them; the policy of a KMS key they are under
    must let sns.amazonaws.com do `kms:Decrypt` and `kms:GenerateDataKey`. A CallbackQueue with `topic_arn` is
    subscribed already, and does not belong here."""
    queue_arns_by_name: NotRequired[Mapping[str, pulumi.Input[str]] | None]
    """SQS queues, each under a name that its subscription has from then on."""
    function_arns: NotRequired[Sequence[pulumi.Input[str]] | None]
    """Lambda functions. The Notifier gives the topic leave to call them."""
    function_arns_by_name: NotRequired[Mapping[str, pulumi.Input[str]] | None]
    """Lambda functions, each under a name that its subscription has from then on."""
    https_urls: NotRequired[Sequence[pulumi.Input[str]] | None]
    """HTTPS endpoints, which must confirm their subscription."""
    https_urls_by_name: NotRequired[Mapping[str, pulumi.Input[str]] | None]
    """HTTPS endpoints, each under a name that its subscription has from then on. Pass one that holds a
    credential here, as a secret: in `https_urls` it would be part of the subscription's name."""
    test_queue: NotRequired[bool | None]
    """Subscribe a queue of the Notifier's own, to look at what was sent. Default false."""
    alarm_topic_arn: NotRequired[pulumi.Input[str] | None]
    """Topic, another one, that hears of undelivered notifications. Default: the alarm tells nobody."""


class Notifier(Component):
    """An encrypted topic and its subscribers.

    A message with the attribute `to` (a String.Array of addresses: mail addresses in small letters, ARNs or
    URLs as subscribed) reaches only those. One without it reaches everyone, provided that it carries some
    other attribute, as what `publish` builds does: SNS cannot tell that an attribute is missing on a message
    that has none.

    A subscription lasts as long as its name. In a list a text is its own name, with a hyphen for whatever is
    not a letter, a digit or one of `_.@+-`, and the one Output that a list may hold is called `1`. In a
    mapping (`emails_by_name` and the like) an address has the name that you give it, and stays subscribed
    whatever else changes: the order, other addresses, a text that becomes an Output. So use a mapping for
    Outputs, and when you move an address there from a list, give it the name that it has.
    Never rename one in a mapping, nor give its name to an address that is subscribed already: SNS has one
    subscription for each address, and the old name's deletion would end it.

    `kms_key_arn` is the key of the topic, while it has a message; not of the test queue, nor of what
    subscribers get. Default: AWS's own key for SNS.

    Raises ValueError for an address or a name that is malformed or there twice, before anything is
    registered.
    """

    topic_arn: pulumi.Output[str]
    """ARN of the topic."""
    test_queue_url: pulumi.Output[str]
    """URL of the test queue; empty without `test_queue`."""

    @explained
    def __init__(
        self, name: str, args: NotifierArgs | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(NotifierArgs, name, args, opts)
        options, common = self._options, self._common
        several = [
            (
                protocol,
                f"{name}-{prefix}",
                subscribers(argument, options, pattern, what, compared if protocol == "email" else str),
            )
            for protocol, prefix, argument, pattern, what in PROTOCOLS
        ]
        this_program().mailed += [[*them.values()] for protocol, _, them in several if protocol == "email"]
        subscribed = sum(len(them) for *_, them in several) + bool(options.get("test_queue"))
        if subscribed > MOST_SUBSCRIBERS:
            raise ArgumentError(
                f"a Notifier must have at most {MOST_SUBSCRIBERS} subscribers, got {subscribed}"
            )
        brought = existing(options, "topic_arn", instead_of=("kms_key_arn",))
        if brought and args and args["topic_arn"] == args.get("alarm_topic_arn"):
            raise ArgumentError("alarm_topic_arn must be another topic than topic_arn, got the same")
        for queue in (*options.get("queue_arns", ()), *options.get("queue_arns_by_name", {}).values()):
            queues.check_subscribed(self, queue, options.get("topic_arn"))
        if brought:
            topic_arn = pulumi.Output.from_input(standard_topic(options, "topic_arn"))
        else:
            topic_arn = aws.sns.Topic(
                f"{name}-notices",
                kms_master_key_id=common.kms_key_arn or "alias/aws/sns",
                tags=common.tags,
                opts=common.child(),
            ).arn
        for protocol, prefix, them in several:
            for their_name, address in them.items():
                called = f"{prefix}-{their_name}"
                allowed: list[pulumi.Resource] = []
                if protocol == "lambda":
                    allowed += [
                        aws.lambda_.Permission(
                            called,
                            function=address,
                            # Pulumi's own id for it would hold the function's whole ARN, and ids end at 100
                            # characters: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
                            statement_id_prefix=f"{name}-",
                            action="lambda:InvokeFunction",
                            principal="sns.amazonaws.com",
                            source_arn=topic_arn,
                            opts=common.child(),
                        )
                    ]
                to = pulumi.Output.from_input(address)
                if protocol == "email":
                    to = to.apply(addressed)
                _subscribe(called, topic_arn, protocol, address, to, common.child(*allowed))
        self.topic_arn = topic_arn
        if not brought:
            hand_out(MadeTopic(common.kms_key_arn), topic_arn)
        self.test_queue_url = pulumi.Output.from_input("")
        if options.get("test_queue"):
            self.test_queue_url = _test_queue(f"{name}-test", topic_arn, common)
        topic_name = {"TopicName": topic_arn.apply(policies.last_part)}
        alarm(
            f"{name}-undelivered",
            common,
            [
                Metric(NAMESPACE, UNDELIVERED_METRIC, topic_name),
                Metric("AWS/SNS", "NumberOfNotificationsFailed", topic_name),
            ],
            description="A notification was not published, or not delivered to a subscriber: see the topic's "
            "subscriptions and its key.",
        )
        self._register()

    @explained
    def publish(self, *, subject: Any, message: Any, query_language: str = "JSONPath") -> dict[str, Any]:
        """A Task state that tells every subscriber; SNS's errors are retried for some seconds.

        - `subject`: one line of 1 to 99 characters: a text, a path (`"$.subject"`), or a text with paths:
          `"Order {$.order} is paid"`.
        - `message`: the same without that limit, or an object, in which `.$` keys are paths.

        In JSONata both are texts or expressions, and what is in an object too. What SNS refuses of what is
        looked up fails the state: the subject of an order with a long name, for one. So add a Catch that
        leads to `report_undelivered`, Next or End, and ResultPath.
        """
        said = {"Subject": _subject(subject, query_language), "Message": _message(message, query_language)}
        if query_language == asl.JSONPATH:
            said = {f"{key}.$" if asl.is_path(value) else key: value for key, value in said.items()}
        arguments = {"TopicArn": self.topic_arn, **said, "MessageAttributes": EVERYONE}
        return {**_task("sns:publish", arguments, query_language), "Retry": [PUBLISH_RETRY]}

    @explained
    def report_undelivered(self, *, query_language: str = "JSONPath") -> dict[str, Any]:
        """A Task state that raises the Notifier's alarm: a notification could not be published at all.

        It must not undo what the workflow did: add a Catch, and go on either way.
        """
        datum = {
            "MetricName": UNDELIVERED_METRIC,
            "Dimensions": [{"Name": "TopicName", "Value": self.topic_arn.apply(policies.last_part)}],
            "Value": 1,
            "Unit": "Count",
        }
        arguments = {"Namespace": NAMESPACE, "MetricData": [datum]}
        return _task("aws-sdk:cloudwatch:putMetricData", arguments, query_language)

    @explained
    def wait(
        self,
        to: pulumi.Input[str],
        request: Any = None,
        *,
        timeout_seconds: int | str,
        heartbeat_seconds: int | str | None = None,
        query_language: str = "JSONPath",
        attributes: Mapping[str, pulumi.Input[str]] | None = None,
    ) -> dict[str, Any]:
        """A Task state that publishes `request` and the task token to one subscriber and waits for the
        answer.

        `to` is that subscriber's address, such as the ARN of a CallbackFunction, or of a CallbackQueue with
        this `topic_arn`; nobody else gets the token.
        Other arguments as in `CallbackQueue.wait`.
        """
        return waits.topic(
            self.topic_arn,
            to,
            request,
            timeout_seconds=timeout_seconds,
            heartbeat_seconds=heartbeat_seconds,
            query_language=query_language,
            attributes=attributes,
        )


def _subscribe(
    name: str,
    topic_arn: pulumi.Input[str],
    protocol: str,
    address: pulumi.Input[str],
    to: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Subscribe an address to messages for `to`, and to those for everybody."""
    # No filter_policy_scope: MessageAttributes is SNS's default, and the provider refuses a scope beside a
    # filter that is not known yet.
    aws.sns.TopicSubscription(
        name,
        topic=topic_arn,
        protocol=protocol,
        endpoint=address,
        filter_policy=json_text({"$or": [{"to": [to]}, {"to": [{"exists": False}]}]}),
        opts=opts,
    )


def _test_queue(name: str, topic_arn: pulumi.Output[str], common: Common) -> pulumi.Output[str]:
    """Subscribe a queue of its own; its URL."""
    queue = aws.sqs.Queue(
        name,
        sqs_managed_sse_enabled=True,
        message_retention_seconds=86_400,
        tags=common.tags,
        opts=common.child(),
    )
    queues.queue_policy(name, queue, [queues.sent_by("ReceiveNotices", "sns", topic_arn, queue.arn)], common)
    _subscribe(name, topic_arn, "sqs", queue.arn, queue.arn, common.child())
    return queue.url


def _task(integration: str, arguments: dict[str, Any], query_language: str) -> dict[str, Any]:
    """A Task state in either language."""
    state = {"Type": "Task", "Resource": f"arn:${{AWS::Partition}}:states:::{integration}"}
    match query_language:
        case asl.JSONPATH:
            return {**state, "Parameters": arguments}
        case asl.JSONATA:
            return {**state, "QueryLanguage": asl.JSONATA, "Arguments": arguments}
    raise ArgumentError(f"query_language must be JSONPath or JSONata, got {query_language!r}")


def _subject(subject: Any, query_language: str) -> Any:
    """A subject as a state says it. What is filled in is known only when the state runs."""
    by_path = query_language == asl.JSONPATH
    check_said("subject", subject, query_language)
    if asl.is_path(subject) if by_path else asl.is_expression(subject):
        return subject
    rule = f"subject must be a text of {asl.subjects.RULE}"
    if by_path and is_template(subject):
        if not asl.subjects.is_subject(f"{literal(subject)}?"):  # at least a character is filled in
            raise ArgumentError(f"{rule}, got {subject!r}")
        return subject_filled_in(subject)
    must(rule, subject, lambda given: isinstance(given, str) and asl.subjects.is_subject(given))
    return subject_filled_in(subject) if by_path else subject


def _message(message: Any, query_language: str) -> Any:
    """A message as a state says it."""
    rule = f"message must be a text of 1 to {MESSAGE_BYTES} bytes or an object"

    def fits(given: Any) -> bool:
        if isinstance(given, str):
            return 1 <= len(given.encode(errors="surrogatepass")) <= MESSAGE_BYTES
        return isinstance(given, Mapping | list | tuple)

    check_said("message", message, query_language)
    value = must(rule, message, fits)
    return filled_in(value) if query_language == asl.JSONPATH else value

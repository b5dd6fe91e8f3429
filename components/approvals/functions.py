"""The functions of an ApprovalApi: what each is told, what each may do, and what each leaves out."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from countersign_contract.approvals import table as keys
from countersign_contract.approvals import variables
from countersign_contract.variables import METRICS

from ..common import policies
from ..common.arguments import Common
from ..common.code.archive import APPROVALS_PACKAGE, FUNCTIONS, archive
from ..common.documents import json_text
from ..common.hosting import Hosting
from ..common.running import Function, python_function
from . import http_api
from .asking import Asking

_OF_WORKERS = "countersign_runtime/processing"
LEFT_OUT = {
    "approval_page": ("approvals/asking", _OF_WORKERS),
    "approval_follow_up": ("approvals/page", _OF_WORKERS),
    "approval_operator": ("approvals/page", _OF_WORKERS),
}
"""Function → the folders that it never imports: less to load when somebody waits for the page."""

KEY_ACTIONS = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html"""
TOPIC_KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")
"""https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"""


class Functions:
    """Makes the functions of one instance, all of which know its requests."""

    def __init__(
        self,
        name: str,
        common: Common,
        asking: Asking,
        *,
        table: aws.dynamodb.Table,
        links: aws.kms.Key,
        seals: aws.kms.Key,
        topic_arn: pulumi.Input[str],
        topic_key_arn: pulumi.Input[str] | None,
        base_url: pulumi.Input[str],
        shown: Mapping[str, pulumi.Input[str]],
        counts: bool,
    ) -> None:
        """`shown`: what each is told of how it shows itself to people."""
        self._name = name
        self._common = common
        self._asking = asking
        self._table = table
        looks = asking.check_subscriptions
        # What each may do with this instance's requests.
        self._requests = [
            policies.allow(
                "ReadAndWriteRequests",
                ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
                [table.arn],
            ),
            policies.allow("SealRequests", ["kms:GenerateMac"], [seals.arn]),
            *policies.use_key("UseTheKey", common.kms_key_arn, KEY_ACTIONS),
        ]
        # What those may do besides that want to know who can be mailed.
        look = policies.allow("SeeWhoIsSubscribed", ["sns:ListSubscriptionsByTopic"], [topic_arn])
        self._looking = [look] if looks else []
        # And those that send: the intake and the follow-up. The page makes no links.
        default_bus = table.arn.apply(lambda arn: policies.Place.of(arn).arn("events", "event-bus/default"))
        self._sending = [
            policies.allow("MakeLinks", ["kms:GenerateMac"], [links.arn]),
            policies.allow("MailApprovers", ["sns:Publish"], [topic_arn]),
            *policies.use_key("UseTopicKey", topic_key_arn, TOPIC_KEY_ACTIONS),
            *self._looking,
            policies.allow("AnnounceChanges", ["events:PutEvents"], [default_bus]),
        ]
        self._found = {variables.TABLE_NAME: table.name, variables.SEAL_KEY_ID: seals.arn, **shown}
        self._subscribed = {variables.TOPIC_ARN: topic_arn, variables.CHECK_SUBSCRIPTIONS: json_text(looks)}
        self._counting = {METRICS: "true"} if counts else {}
        self._links = {variables.LINK_KEY_ID: links.arn, variables.LINK_BASE_URL: base_url}

    def asks(self) -> tuple[Sequence[policies.Statement], Mapping[str, pulumi.Input[str]]]:
        """What the worker of the intake's queue may do, and what it is told."""
        told = {**self._found, **self._links, **self._subscribed, **self._asking.environment}
        return [*self._requests, *self._sending], told

    def follow_up(self) -> Function:
        """Comes back to requests, sends mails and events."""
        return self._made(
            "follow-up",
            [
                self._query("FindWhatIsDue", keys.DUE),
                policies.allow("TakeOutForgeries", ["dynamodb:DeleteItem"], [self._table.arn]),
                *self._sending,
            ],
            {**self._links, **self._subscribed},
            # Half a processor: it mails a thousand people a minute.
            Hosting(timeout_seconds=120, memory_mb=1024),
        )

    def operator(self, follow_up: Function) -> Function:
        """Does what operators ask for."""
        return self._made(
            "operator",
            [*self._looking, _call(follow_up)],
            {**self._subscribed, variables.FOLLOW_UP_FUNCTION: follow_up.name},
            Hosting(timeout_seconds=http_api.TIMEOUT_MILLISECONDS // 1000, memory_mb=256),
        )

    def page(self, follow_up: Function, reserved_concurrency: pulumi.Input[int] | None) -> Function:
        """Shows requests to approvers, and takes their decisions."""
        comment = json_text(self._asking.comment_on_reject)
        return self._made(
            "page",
            # All that waits for one approver.
            [self._query("ListWhatWaits", keys.WAITING), _call(follow_up)],
            {variables.FOLLOW_UP_FUNCTION: follow_up.name, variables.REQUIRE_COMMENT_ON_REJECT: comment},
            Hosting(
                timeout_seconds=http_api.TIMEOUT_MILLISECONDS // 1000,
                memory_mb=512,  # a person waits for it
                reserved_concurrency=reserved_concurrency,
            ),
        )

    def _query(self, sid: str, index: str) -> policies.Statement:
        arn = self._table.arn.apply(lambda text: f"{text}/index/{index}")
        return policies.allow(sid, ["dynamodb:Query"], [arn])

    def _made(
        self,
        role: str,
        statements: Sequence[policies.Statement],
        environment: Mapping[str, pulumi.Input[str]],
        hosting: Hosting,
    ) -> Function:
        folder = f"approval_{role.replace('-', '_')}"
        return python_function(
            f"{self._name}-{role}",
            self._common,
            code=archive(FUNCTIONS / folder, [APPROVALS_PACKAGE], LEFT_OUT[folder]),
            statements=[*self._requests, *statements],
            environment={**self._found, **self._counting, **environment},
            hosting=hosting,
        )


def _call(follow_up: Function) -> policies.Statement:
    """For those that have something to send."""
    return policies.allow("CallTheFollowUp", ["lambda:InvokeFunction"], [follow_up.arn])

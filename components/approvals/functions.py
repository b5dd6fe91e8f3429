"""The functions of an ApprovalApi: what each is told, what each may do, and what each leaves out."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

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
from .resources import about_requests, may_call, may_follow_up, may_list, may_look, may_send

_OF_WORKERS = "countersign_runtime/processing"
LEFT_OUT = {
    "approval_page": ("approvals/asking", _OF_WORKERS),
    "approval_follow_up": ("approvals/page", _OF_WORKERS),
    "approval_operator": ("approvals/page", _OF_WORKERS),
}
"""Function → the folders that it never imports: less to load when somebody waits for the page."""


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
        self._topic_arn = topic_arn
        looks = asking.check_subscriptions
        self._requests = about_requests(table, seals, common.kms_key_arn)
        self._sending = may_send(table, links, topic_arn, topic_key_arn, looks)
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
            [*may_follow_up(self._table), *self._sending],
            {**self._links, **self._subscribed},
            # Half a processor: it mails a thousand people a minute.
            Hosting(timeout_seconds=120, memory_mb=1024),
        )

    def operator(self, follow_up: Function) -> Function:
        """Does what operators ask for."""
        return self._made(
            "operator",
            [*may_look(self._topic_arn, self._asking.check_subscriptions), may_call(follow_up)],
            {**self._subscribed, variables.FOLLOW_UP_FUNCTION: follow_up.name},
            Hosting(timeout_seconds=http_api.TIMEOUT_MILLISECONDS // 1000, memory_mb=256),
        )

    def page(self, follow_up: Function, reserved_concurrency: pulumi.Input[int] | None) -> Function:
        """Shows requests to approvers, and takes their decisions."""
        comment = json_text(self._asking.comment_on_reject)
        return self._made(
            "page",
            [*may_list(self._table), may_call(follow_up)],
            {variables.FOLLOW_UP_FUNCTION: follow_up.name, variables.REQUIRE_COMMENT_ON_REJECT: comment},
            Hosting(
                timeout_seconds=http_api.TIMEOUT_MILLISECONDS // 1000,
                memory_mb=512,  # a person waits for it
                reserved_concurrency=reserved_concurrency,
            ),
        )

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

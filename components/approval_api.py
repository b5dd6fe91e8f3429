"""ApprovalApi: people approve. Requests come in on a queue, mails go out with links, decisions go back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, cast

import pulumi

from countersign_contract.approvals import variables
from countersign_contract.approvals.addresses import compared, is_address

from . import http_api
from .approval_request import approval_request
from .approval_resources import (
    EXECUTION_ENDED,
    NOT_FOR_THE_FOLLOW_UP,
    NOT_FOR_THE_PAGE,
    Statements,
    call_when,
    failures_alarms,
    links_key,
    requests_table,
)
from .asl import wait
from .callback_queue import CallbackQueue, CallbackQueueArgs
from .checks import ArgumentError, arn, checked, explained, given, late, whole_number
from .common import RunningArgs, existing, running
from .documents import json_text
from .function import APPROVALS_PACKAGE, FUNCTIONS, python_function
from .names import check_name

MAX_APPROVERS = 50
MAX_ADDRESSES_BYTES = 3_000
"""Of all addresses together. A function's environment has 4 KB, the rest of it included:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

LONGEST_SECONDS = 31_536_000
ROUTES = (http_api.Route("links", "ANY /r/{link}", 1), http_api.Route("others", "$default", 2))


class ApprovalApiArgs(RunningArgs):
    """Arguments of an ApprovalApi. Only `approvers` and `topic_arn` are required."""

    approvers: Sequence[pulumi.Input[str]]
    """Mail addresses of those who are asked, 1 to 50, as they are subscribed to the topic."""
    topic_arn: pulumi.Input[str]
    """Topic of a Notifier, to which every approver is subscribed. `kms_key_arn` is its key too, if it has one
    of yours."""
    quorum: NotRequired[pulumi.Input[int] | None]
    """How many must approve. One rejection rejects. 1 to the number of approvers, default 1; a wait may say
    otherwise."""
    remind_after_seconds: NotRequired[pulumi.Input[int] | None]
    """Remind those who have not decided whenever so many seconds have passed. At least 60. Default: never."""
    escalate_after_seconds: NotRequired[pulumi.Input[int] | None]
    """Ask `escalation_approvers` too when nothing is decided after so many seconds. At least 60. Default:
    never."""
    escalation_approvers: NotRequired[Sequence[pulumi.Input[str]] | None]
    """Mail addresses of those who are asked later, as they are subscribed to the topic. Default: none."""
    require_comment_on_reject: NotRequired[pulumi.Input[bool] | None]
    """Whether a rejection must say why. Default true."""
    retention_days: NotRequired[pulumi.Input[int] | None]
    """Days to keep requests, decisions and audit behind their deadline. 7 to 3650, default 365."""
    deletion_protection: NotRequired[bool | None]
    """Refuse to delete the table of requests and the key of their links. Default false."""
    requests_per_second: NotRequired[pulumi.Input[int] | None]
    """Requests that the page answers per second. 1 to 10000, default 50, with bursts of twice as many."""
    domain_name: NotRequired[pulumi.Input[str] | None]
    """Domain of the links, with `certificate_arn`; point its DNS record to `domain_target`. Default: API
    Gateway's own. Links that were mailed name the domain of then: another one ends them, and so does the
    first one."""
    certificate_arn: NotRequired[pulumi.Input[str] | None]
    """ACM certificate of `domain_name`, in the same region."""
    alarm_topic_arn: NotRequired[pulumi.Input[str] | None]
    """Topic that hears of failures of the page, of the follow-up and of the intake. Default: alarms tell
    nobody."""


class ApprovalApi(pulumi.ComponentResource):
    """Asks people and returns their answer.

    Approved: the task succeeds with `{"requestId", "outcome", "fields", "decisions"}`. Rejected: it fails
    with `ApprovalRejected`, whose cause is the same as JSON. A request that cannot be asked fails with
    `InvalidApprovalRequest`.

    The table, the key and the API keep their identity over every change of arguments, so that links that were
    mailed go on working, unless their `domain_name` changes. Raises ValueError for an argument out of range,
    before any child is registered.
    """

    queue_url: pulumi.Output[str]
    """URL of the intake queue."""
    queue_arn: pulumi.Output[str]
    """ARN of the intake queue."""
    dead_letter_queue_url: pulumi.Output[str]
    """URL of the intake's dead-letter queue."""
    url: pulumi.Output[str]
    """Where the page answers."""
    domain_target: pulumi.Output[str]
    """What the DNS record of `domain_name` points to; empty without one."""
    table_name: pulumi.Output[str]
    """Name of the table of requests, decisions and audit."""
    callback_role_names: Sequence[pulumi.Output[str]]
    """Roles that return tokens: give them to the CallbackWorkflow whose tokens these are."""
    history_role_names: Sequence[pulumi.Output[str]]
    """Roles that look in the history of an execution whether an answer arrived: give them to the
    CallbackWorkflow too."""

    @explained
    def __init__(self, name: str, args: ApprovalApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("countersign:index:ApprovalApi", name, {}, opts)
        options = given(ApprovalApiArgs, args)
        check_name("ApprovalApi", name)
        approvers = _addresses("approvers", options["approvers"])
        later = _addresses("escalation_approvers", options.get("escalation_approvers", ()))
        if not approvers:
            raise ArgumentError(f"approvers must name at least one, got {approvers!r}")
        if len(approvers) + len(later) > MAX_APPROVERS:
            raise ArgumentError(
                f"approvers and escalation_approvers must be at most {MAX_APPROVERS} together, "
                f"got {len(approvers) + len(later)}"
            )
        size = len(json.dumps([value for value in (*approvers, *later) if isinstance(value, str)]))
        if size > MAX_ADDRESSES_BYTES:
            raise ArgumentError(
                f"approvers and escalation_approvers must have at most {MAX_ADDRESSES_BYTES} bytes "
                f"as JSON together, got {size}"
            )
        existing(options, "escalate_after_seconds", "escalation_approvers")
        existing(options, "domain_name", "certificate_arn")
        topic = arn("topic_arn", options["topic_arn"], "sns", "a topic")
        quorum = whole_number("quorum", options.get("quorum", 1), 1, len(approvers))
        self._approvers, self._escalation, self._quorum = approvers, later, quorum
        remind = _seconds("remind_after_seconds", options)
        escalate = _seconds("escalate_after_seconds", options)
        retention = whole_number("retention_days", options.get("retention_days", 365), 7, 3650)
        rate = whole_number("requests_per_second", options.get("requests_per_second", 50), 1, 10_000)
        comment = checked(options.get("require_comment_on_reject", True), _true_or_false)
        protected = bool(options.get("deletion_protection"))
        common = running(options)
        tags = common["tags"]
        own = pulumi.ResourceOptions(parent=self)
        kept = pulumi.ResourceOptions(parent=self, protect=True if protected else None)

        table = requests_table(f"{name}-requests", common["kms_key_arn"], protected, tags, kept)
        key = links_key(f"{name}-links", tags, kept)
        http = http_api.endpoint(
            f"{name}-page",
            domain_name=options.get("domain_name"),
            certificate_arn=options.get("certificate_arn"),
            tags=tags,
            opts=own,
        )
        may = Statements(table, key, topic, common["kms_key_arn"])
        sending = {
            variables.TABLE_NAME: table.name,
            variables.LINK_KEY_ID: key.arn,
            variables.LINK_BASE_URL: http.url,
            variables.TOPIC_ARN: topic,
        }
        asking = {
            **sending,
            variables.APPROVERS: json_text(approvers),
            variables.ESCALATION_APPROVERS: json_text(later),
            variables.QUORUM: _text(quorum),
            variables.REMIND_AFTER_SECONDS: _text(remind),
            variables.ESCALATE_AFTER_SECONDS: _text(escalate),
            variables.RETENTION_DAYS: _text(retention),
        }
        intake: dict[str, Any] = {
            "worker": str(FUNCTIONS / "approval_intake"),
            "worker_packages": [str(APPROVALS_PACKAGE)],
            "worker_environment": asking,
            "worker_statements": may.ask(),
            "alarm_topic_arn": options.get("alarm_topic_arn"),
            **{argument: options.get(argument) for argument in RunningArgs.__annotations__},
        }
        self._intake = CallbackQueue(f"{name}-intake", cast("CallbackQueueArgs", intake), own)
        follow_up = python_function(
            f"{name}-follow-up",
            parent=self,
            folder=FUNCTIONS / "approval_follow_up",
            packages=[APPROVALS_PACKAGE],
            leaving_out=NOT_FOR_THE_FOLLOW_UP,
            handler="handler.handler",
            statements=may.follow_up(),
            environment=sending,
            **common,
        )
        page = python_function(
            f"{name}-page",
            parent=self,
            folder=FUNCTIONS / "approval_page",
            packages=[APPROVALS_PACKAGE],
            leaving_out=NOT_FOR_THE_PAGE,
            handler="handler.handler",
            statements=may.show(follow_up),
            environment={
                variables.TABLE_NAME: table.name,
                variables.LINK_KEY_ID: key.arn,
                variables.FOLLOW_UP_FUNCTION: follow_up.function.name,
                variables.REQUIRE_COMMENT_ON_REJECT: _text(comment),
            },
            timeout_seconds=http_api.TIMEOUT_MILLISECONDS // 1000,
            memory_mb=512,  # a person waits for it
            **common,
        )
        http_api.serve(
            f"{name}-page",
            http,
            page,
            ROUTES,
            requests_per_second=rate,
            burst=pulumi.Output.from_input(rate).apply(lambda number: 2 * number),
            common=common,
            parent=self,
        )
        call_when(f"{name}-follow-up", follow_up, tags, self, schedule_expression="rate(1 minute)")
        call_when(f"{name}-executions", follow_up, tags, self, event_pattern=json_text(EXECUTION_ENDED))
        failures_alarms(name, http.api.id, follow_up, options.get("alarm_topic_arn"), tags, own)

        self.queue_url = self._intake.queue_url
        self.queue_arn = self._intake.queue_arn
        self.dead_letter_queue_url = self._intake.dead_letter_queue_url
        self.url = http.url
        self.domain_target = http.domain_target
        self.table_name = table.name
        self.history_role_names = [page.role_name, follow_up.role_name]
        self.callback_role_names = [*self._intake.callback_role_names, *self.history_role_names]
        self.register_outputs(
            {
                "queue_url": self.queue_url,
                "queue_arn": self.queue_arn,
                "dead_letter_queue_url": self.dead_letter_queue_url,
                "url": self.url,
                "domain_target": self.domain_target,
                "table_name": self.table_name,
                "callback_role_names": self.callback_role_names,
                "history_role_names": self.history_role_names,
            }
        )

    @explained
    def wait(
        self,
        subject: Any,
        *,
        timeout_seconds: int | str,
        details: Any = None,
        fields: Sequence[Mapping[str, Any]] | str = (),
        approvers: Sequence[Any] | str | None = None,
        quorum: int | str | None = None,
        requester: Any = None,
        query_language: str = "JSONPath",
    ) -> dict[str, Any]:
        """A Task state that asks the approvers and waits for their answer.

        - `subject`: one line that says what is asked: a text, a path, or a text with paths:
          `"Release {$.version}"`.
        - `details`: what they need to know: a path (`"$.change"`) or an object, in which `.$` keys are paths.
        - `fields`: what to fill in when approving: dicts with `name`, `label`, `type` (`text`, `number`,
          `choice`, `boolean`), `help`, `required`, `default`, and `maxLength`, `minimum`, `maximum`, `whole`
          or `options`.
        - `approvers`: whom of this instance's to ask. Default: its `approvers`.
        - `quorum`: how many must approve. Default: the instance's.
        - `requester`: who asks, by mail address; may not approve. Every approver whose address stands in it
          is left out, alone or as in `Ann <ann@example.com>`, `mailto:` or an ARN that ends with it. What may
          be an approver's address but cannot be read as one (`ann @ example.com`) fails the task with
          `InvalidApprovalRequest`; text without an address leaves nobody out.
        - `timeout_seconds`: how long they have, a number or a path.

        Everything but `fields` of literal dicts can be a path. Catch `ApprovalRejected` and `States.Timeout`.
        Branches of a Map that ask exactly the same can only be told apart if `details` says which is which.
        """
        request = approval_request(
            {
                "subject": subject,
                "details": details,
                "fields": fields or None,
                "approvers": approvers,
                "quorum": quorum,
                "requester": requester,
            },
            approvers=self._approvers,
            escalation=self._escalation,
            quorum=self._quorum,
            query_language=query_language,
        )
        return wait.sqs(
            self.queue_url, request, timeout_seconds=timeout_seconds, query_language=query_language
        )


def _addresses(argument: str, values: Sequence[pulumi.Input[str]]) -> list[pulumi.Input[str]]:
    """Mail addresses of different people; those not known yet are compared when all of them are."""

    def check(value: Any) -> str:
        if not is_address(value):
            raise ArgumentError(f"{argument} must each be a mail address, got {value!r}")
        return str(value)

    def once(known: Sequence[str]) -> Sequence[str]:
        read = [compared(value) for value in known]
        if repeated := sorted({value for value in read if read.count(value) > 1}):
            raise ArgumentError(f"{argument} must each be there once, got {repeated[0]!r} twice")
        return known

    found = [checked(value, check) for value in values]
    once([value for value in found if isinstance(value, str)])
    if all(isinstance(value, str) for value in found):
        return found
    every = pulumi.Output.all(*found).apply(late()(once))
    return [value if isinstance(value, str) else every[at] for at, value in enumerate(found)]


def _seconds(argument: str, options: Mapping[str, Any]) -> pulumi.Input[int]:
    """Seconds, or 0 for never."""
    return whole_number(argument, options[argument], 60, LONGEST_SECONDS) if argument in options else 0


def _true_or_false(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ArgumentError(f"require_comment_on_reject must be true or false, got {value!r}")
    return value


def _text(value: pulumi.Input[Any]) -> pulumi.Output[str]:
    """A number or a truth as an environment variable."""
    return pulumi.Output.from_input(value).apply(lambda known: str(known).lower())

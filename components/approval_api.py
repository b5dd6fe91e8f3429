"""ApprovalApi: people approve. Requests come in on a queue, mails go out with links, decisions go back."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, cast

import pulumi

from countersign_contract.approvals import operating

from .approvals import alarms, http_api
from .approvals.appearance import appearance
from .approvals.asking import Asking
from .approvals.functions import Functions
from .approvals.request import approval_request
from .approvals.resources import EXECUTION_ENDED, call_when, mac_key, requests_table
from .approvals.subscribed import warn_of_unsubscribed
from .asl import wait
from .callback_queue import CallbackQueue, CallbackQueueArgs
from .common.arguments import RunningArgs
from .common.checks import arn, explained, standard_topic, whole_number
from .common.code.archive import APPROVALS_PACKAGE, FUNCTIONS
from .common.component import Component
from .common.documents import json_text
from .common.program import thing_of


class ApprovalApiArgs(RunningArgs):
    """Arguments of an ApprovalApi. Only `approvers` and `topic_arn` are required."""

    approvers: Sequence[pulumi.Input[str]]
    """Mail addresses of those who are asked, 1 to 50, as they are subscribed to the topic."""
    topic_arn: pulumi.Input[str]
    """Topic of a Notifier, to which every approver is subscribed."""
    topic_kms_key_arn: NotRequired[pulumi.Input[str] | None]
    """KMS key of the topic, if it has one of yours. Default: that of a Notifier of the same program, in
    Python; else `kms_key_arn`, if that is given."""
    check_subscriptions: NotRequired[bool | None]
    """Whether the topic's mail subscriptions are looked at before anybody is asked, so that who cannot be
    mailed is known. False if something else reads the topic and hands the mails on. Default true."""
    quorum: NotRequired[pulumi.Input[int] | None]
    """How many must approve. One rejection rejects. 1 to the number of approvers, default 1; a wait may say
    otherwise."""
    remind_after_seconds: NotRequired[pulumi.Input[int] | None]
    """Remind those who have not decided whenever so many seconds have passed. At least 60. Default: never."""
    escalate_after_seconds: NotRequired[pulumi.Input[int] | None]
    """Ask `escalation_approvers` too when nothing is decided after so many seconds, and the wait still lasts.
    At least 60. Default: never."""
    escalation_approvers: NotRequired[Sequence[pulumi.Input[str]] | None]
    """Mail addresses of those who are asked later, none of them among `approvers`, as they are subscribed to
    the topic. Default: none."""
    require_comment_on_reject: NotRequired[pulumi.Input[bool] | None]
    """Whether a rejection must say why. Default true."""
    organization: NotRequired[pulumi.Input[str] | None]
    """Name of the organization that asks, for the page and the mails: one line of 1 to 60 characters.
    Default: none."""
    organization_color: NotRequired[pulumi.Input[str] | None]
    """Color of the page's head, as in `#0b3d91`; what is written on it is black or white, whichever is read
    more easily. Default: a dark blue."""
    time_zone: NotRequired[pulumi.Input[str] | None]
    """Time zone in which the page tells times, by IANA's name, as in `Asia/Seoul`. Default: UTC."""
    language: NotRequired[pulumi.Input[str] | None]
    """Language of the mails, `en` or `ko`. The page speaks the one the browser asks for. Default `en`."""
    retention_days: NotRequired[pulumi.Input[int] | None]
    """Days to keep requests, decisions and audit behind their deadline. 7 to 3650, default 365."""
    deletion_protection: NotRequired[bool | None]
    """Refuse to delete the table of requests and the keys of their links and seals. Default false."""
    requests_per_second: NotRequired[pulumi.Input[int] | None]
    """Requests that the page answers per second. 1 to 10000, default 50, with bursts of twice as many."""
    page_reserved_concurrency: NotRequired[pulumi.Input[int] | None]
    """Runs of the page at the same time that are kept for it, and are the most it gets. 1 to 10000, of what
    the account's other functions share, of which Lambda keeps 100. Default: it shares with them."""
    domain_name: NotRequired[pulumi.Input[str] | None]
    """Domain of the links, with `certificate_arn`; point its DNS record to `domain_target`. Default: API
    Gateway's own. Links that were mailed name the domain of then: another one ends them, and so does the
    first one."""
    certificate_arn: NotRequired[pulumi.Input[str] | None]
    """ACM certificate of `domain_name`, in the same region."""
    metrics: NotRequired[bool | None]
    """Whether the functions count what becomes of requests, as CloudWatch metrics that a Dashboard shows.
    Each of them that they ever write is paid for. Default false."""
    alarm_topic_arn: NotRequired[pulumi.Input[str] | None]
    """Topic that hears of failures of the page, of the follow-up and of the intake, of approvers who cannot
    be reached, and of decisions that are forged or did not arrive. Default: alarms tell nobody."""


class ApprovalApi(Component):
    """Asks people and returns their answer.

    Approved: the task succeeds with `{"requestId", "outcome", "fields", "decisions"}`. Rejected: it fails
    with `ApprovalRejected`, whose cause is the same as JSON. A request that cannot be asked fails with
    `InvalidApprovalRequest`. If fewer people than the quorum can be mailed, those included who are asked
    later, it fails with `ApproversUnreachable`, whose cause says who is not subscribed to the topic, and who
    has not confirmed that.

    `kms_key_arn` is the key of the queues, of the table, of the logs and of the functions' environments; not
    of links and seals, which have keys of their own, and not of mails.

    The table, the keys and the API keep their identity over every change of arguments, so that links that
    were mailed go on working, unless their `domain_name` changes. Raises ValueError for an argument out of
    range, before any child is registered.
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
    table_arn: pulumi.Output[str]
    """ARN of that table."""
    function_names: Mapping[str, pulumi.Output[str]]
    """What its functions are called in AWS: `intake`, `page`, `follow-up` and `operator`."""
    log_group_names: Mapping[str, pulumi.Output[str]]
    """What the log groups of these functions are called in AWS."""
    queue_names: Mapping[str, pulumi.Output[str]]
    """What its queues are called in AWS: `intake` and `intake-dead-letters`."""
    operator_arn: pulumi.Output[str]
    """What operators call to mail again and cancel: whoever may `execute-api:Invoke` it, may do that."""
    callback_role_names: Sequence[pulumi.Output[str]]
    """Roles that return tokens: give them to the CallbackWorkflow whose tokens these are."""
    history_role_names: Sequence[pulumi.Output[str]]
    """Roles that look in the history of an execution whether an answer arrived: give them to the
    CallbackWorkflow too."""

    @explained
    def __init__(self, name: str, args: ApprovalApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(ApprovalApiArgs, name, args, opts)
        options, common = self._options, self._common
        self._asking, shown = Asking(options), appearance(options)
        domain = http_api.Domain.of(options)
        topic_arn = standard_topic(options, "topic_arn")
        topic_key_arn = _topic_key(options)
        rate = whole_number(options, "requests_per_second", 50, 1, 10_000)
        concurrency = whole_number(options, "page_reserved_concurrency", None, 1, 10_000)
        protected = bool(options.get("deletion_protection"))
        warn_of_unsubscribed(self, self._asking)

        table = requests_table(f"{name}-requests", common, protected)
        links = mac_key(f"{name}-links", "Authenticates the links of approvers", common, protected)
        seals = mac_key(f"{name}-seals", "Authenticates requests and decisions", common, protected)
        http = http_api.endpoint(f"{name}-page", common, domain)
        functions = Functions(
            name,
            common,
            self._asking,
            table=table,
            links=links,
            seals=seals,
            topic_arn=topic_arn,
            topic_key_arn=topic_key_arn,
            base_url=http.url,
            shown=shown,
            counts=bool(options.get("metrics")),
        )
        intake = self._intake(f"{name}-intake", *functions.asks())
        follow_up = functions.follow_up()
        operator = functions.operator(follow_up)
        page = functions.page(follow_up, concurrency)
        http_api.serve(name, http, page, operator, common, rate=rate)
        schedule = call_when(f"{name}-follow-up", follow_up, common, schedule_expression="rate(1 minute)")
        call_when(f"{name}-executions", follow_up, common, event_pattern=json_text(EXECUTION_ENDED))
        alarms.page_alarm(name, common, http.api.id)
        alarms.follow_up_alarms(name, common, follow_up, schedule)
        alarms.intake_alarm(name, common, intake.queue_names["callbacks"])
        made = {"follow-up": follow_up, "page": page, "operator": operator}
        self.function_names = {
            "intake": intake.function_names["worker"],
            **{role: function.name for role, function in made.items()},
        }
        self.log_group_names = {
            "intake": intake.log_group_names["worker"],
            **{role: function.log_group_name for role, function in made.items()},
        }
        alarms.ringing_alarms(name, common, table, self.log_group_names)

        self.queue_url = intake.queue_url
        self.queue_arn = intake.queue_arn
        self.dead_letter_queue_url = intake.dead_letter_queue_url
        self.url = http.url
        self.domain_target = http.domain_target
        self.table_name = table.name
        self.table_arn = table.arn
        self.queue_names = {
            "intake": intake.queue_names["callbacks"],
            "intake-dead-letters": intake.queue_names["dead-letters"],
        }
        self.operator_arn = http.api.execution_arn.apply(
            lambda arn: f"{arn}/$default/{operating.METHOD}{operating.PATH}"
        )
        self.history_role_names = [page.role_name, follow_up.role_name]
        self.callback_role_names = [
            *intake.callback_role_names,
            *self.history_role_names,
            operator.role_name,
        ]
        self._register()

    def _intake(
        self, name: str, statements: Sequence[Any], environment: Mapping[str, pulumi.Input[str]]
    ) -> CallbackQueue:
        """The queue of requests, and the function that asks them."""
        passed_on = ("alarm_topic_arn", "metrics", *RunningArgs.__annotations__)
        arguments: dict[str, Any] = {
            "worker": str(FUNCTIONS / "approval_intake"),
            "worker_packages": [str(APPROVALS_PACKAGE)],
            "worker_environment": environment,
            "worker_statements": statements,
            **{argument: self._options.get(argument) for argument in passed_on},
        }
        return CallbackQueue(name, cast("CallbackQueueArgs", arguments), self._common.child())

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

        Everything but `fields` of literal dicts can be a path. Catch `ApprovalRejected`, `States.Timeout` and
        `ApproversUnreachable`.
        Branches of a Map that ask exactly the same can only be told apart if `details` says which is which.
        """
        asked = {
            "subject": subject,
            "details": details,
            "fields": fields or None,
            "approvers": approvers,
            "quorum": quorum,
            "requester": requester,
        }
        return wait.sqs(
            self.queue_url,
            approval_request(asked, self._asking, query_language),
            timeout_seconds=timeout_seconds,
            query_language=query_language,
        )


def _topic_key(options: Mapping[str, Any]) -> Any:
    """The key of the topic, if whoever sends to it needs another one than `kms_key_arn`."""
    if "topic_kms_key_arn" in options:
        return arn(options, "topic_kms_key_arn", "kms", "a KMS key", "key/.+")
    topic = thing_of(options["topic_arn"])
    return topic.key_arn if topic and topic.key_arn != options.get("kms_key_arn") else None

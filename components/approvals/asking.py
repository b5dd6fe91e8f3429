"""Whom an ApprovalApi asks, and when: its arguments, checked, as the intake reads them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from countersign_contract.approvals import variables
from countersign_contract.approvals.addresses import compared, is_address

from ..asl import wait
from ..common.arguments import existing
from ..common.checks import ArgumentError, each_once, must, whole_number
from ..common.documents import json_text

MAX_APPROVERS = 50
MAX_ADDRESSES_BYTES = 3_000
"""Of all addresses together. A function's environment has 4 KB, the rest of it included:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


class Asking:
    """Approvers, those who are asked later, how many must approve, and how long everything takes."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.approvers = _addresses("approvers", options["approvers"])
        self.later = _addresses("escalation_approvers", options.get("escalation_approvers", ()))
        everybody = [*self.approvers, *self.later]
        named = [each for each in ("approvers", "escalation_approvers") if options.get(each)]
        each_once(" and ".join(named), everybody, compared)
        if not self.approvers:
            raise ArgumentError(f"approvers must name at least one, got {self.approvers!r}")
        if len(everybody) > MAX_APPROVERS:
            raise ArgumentError(
                f"approvers and escalation_approvers must be at most {MAX_APPROVERS} together, "
                f"got {len(everybody)}"
            )
        size = len(json.dumps([value for value in everybody if isinstance(value, str)]))
        if size > MAX_ADDRESSES_BYTES:
            raise ArgumentError(
                f"approvers and escalation_approvers must have at most {MAX_ADDRESSES_BYTES} bytes "
                f"as JSON together, got {size}"
            )
        existing(options, "escalate_after_seconds", "escalation_approvers")
        self.quorum = whole_number(options, "quorum", 1, 1, len(self.approvers))
        self.comment_on_reject = must(
            "require_comment_on_reject must be true or false",
            options.get("require_comment_on_reject", True),
            lambda given: isinstance(given, bool),
        )
        self.check_subscriptions = bool(options.get("check_subscriptions", True))
        longest = wait.MAXIMUM_SECONDS
        told = {
            variables.APPROVERS: self.approvers,
            variables.ESCALATION_APPROVERS: self.later,
            variables.QUORUM: self.quorum,
            variables.REMIND_AFTER_SECONDS: whole_number(options, "remind_after_seconds", 0, 60, longest),
            variables.ESCALATE_AFTER_SECONDS: whole_number(options, "escalate_after_seconds", 0, 60, longest),
            variables.RETENTION_DAYS: whole_number(options, "retention_days", 365, 7, 3650),
        }
        self.environment = {variable: json_text(value) for variable, value in told.items()}
        """What the intake reads of it."""


def _addresses(argument: str, values: Sequence[pulumi.Input[str]]) -> list[pulumi.Input[str]]:
    return [must(f"{argument} must each be a mail address", value, is_address) for value in values]

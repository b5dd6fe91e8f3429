"""The stack's configuration as one typed, checked, frozen dataclass. Keys are described in Pulumi.yaml."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pulumi

from components.checks import LOG_RETENTION_DAYS

T = TypeVar("T")

WORKFLOWS = ("order_payment", "scheduled_approval", "callback_chain", "stored_tokens")
STORES = ("table", "bucket")


class SettingsError(ValueError):
    """One line for each wrong key: the key, the rule and the value."""


@dataclass(frozen=True)
class Settings:
    """What a stack may choose. Durations are in the unit of their name."""

    workflows: tuple[str, ...]
    stored_tokens_through: tuple[str, ...]
    notification_emails: tuple[str, ...]
    notification_test_queue: bool
    callback_timeout_seconds: int
    max_receive_count: int
    approvers: tuple[str, ...]
    quorum: int
    approval_timeout_seconds: int
    approval_schedule: str | None
    remind_after_seconds: int | None
    escalate_after_seconds: int | None
    escalation_approvers: tuple[str, ...]
    deletion_protection: bool
    log_retention_days: int
    alarm_topic_arn: str | None

    @classmethod
    def load(cls, config: pulumi.Config) -> "Settings":
        """Read and check every key of the project's configuration.

        Raises SettingsError with all that is wrong, so that one run tells it all.
        """
        reader = _Reader(config)
        settings = cls(
            workflows=reader.list_of("workflows", _one_of(WORKFLOWS)),
            stored_tokens_through=reader.list_of("storedTokensThrough", _one_of(STORES), least=1),
            notification_emails=reader.list_of("notificationEmails", _mail_address),
            notification_test_queue=reader.boolean("notificationTestQueue"),
            callback_timeout_seconds=reader.integer("callbackTimeoutSeconds", _between(1, 31_536_000)),
            max_receive_count=reader.integer("maxReceiveCount", _between(1, 1_000)),
            approvers=reader.list_of("approvers", _mail_address),
            quorum=reader.integer("quorum", _between(1, 50)),
            approval_timeout_seconds=reader.integer("approvalTimeoutSeconds", _between(1, 31_536_000)),
            approval_schedule=reader.text("approvalSchedule", _schedule) or None,
            remind_after_seconds=reader.integer("remindAfterSeconds", _never_or(60, 31_536_000)) or None,
            escalate_after_seconds=reader.integer("escalateAfterSeconds", _never_or(60, 31_536_000)) or None,
            escalation_approvers=reader.list_of("escalationApprovers", _mail_address),
            deletion_protection=reader.boolean("deletionProtection"),
            log_retention_days=reader.integer("logRetentionDays", _one_of(LOG_RETENTION_DAYS)),
            alarm_topic_arn=reader.text("alarmTopicArn", _topic_arn) or None,
        )
        if "scheduled_approval" in settings.workflows:
            reader.demand(
                "quorum",
                settings.quorum <= len(settings.approvers),
                f"must be at most the number of approvers, {len(settings.approvers)}, got {settings.quorum}",
            )
            reader.demand(
                "escalationApprovers",
                bool(settings.escalation_approvers) == bool(settings.escalate_after_seconds),
                "must be given together with escalateAfterSeconds, or neither",
            )
        reader.finish()
        return settings


Rule = Callable[[Any], str | None]
"""What a value must be, when it is not; None when all is well."""


class _Reader:
    """Reads keys one by one and remembers what is wrong with them."""

    def __init__(self, config: pulumi.Config) -> None:
        self._config = config
        self._errors: list[str] = []

    def finish(self) -> None:
        if self._errors:
            raise SettingsError("\n".join(["The stack's configuration is wrong:", *self._errors]))

    def demand(self, key: str, met: bool, complaint: str) -> None:
        """A rule about more than one key, looked at once each of them is right."""
        if not met and not self._errors:
            self._errors.append(f"{self._config.full_key(key)} {complaint}")

    def integer(self, key: str, rule: Rule) -> int:
        return self._read(key, self._config.get_int, 0, rule)

    def boolean(self, key: str) -> bool:
        return self._read(key, self._config.get_bool, False, lambda _: None)

    def text(self, key: str, rule: Rule) -> str:
        return self._read(key, self._config.get, "", rule)

    def list_of(self, key: str, rule: Rule, least: int = 0) -> tuple[str, ...]:
        def every(values: Any) -> str | None:
            if not isinstance(values, list):
                return "must be a list"
            if len(values) < least:
                return f"must name at least {least}"
            if len(set(map(str, values))) < len(values):
                return "must not name anything twice"
            return next((complaint for value in values if (complaint := rule(value))), None)

        return tuple(self._read(key, self._config.get_object, [], every))

    def _read(self, key: str, get: Callable[[str], T | None], instead: T, rule: Rule) -> T:
        name = self._config.full_key(key)
        try:
            value = get(key)
        except (pulumi.ConfigTypeError, ValueError):
            self._errors.append(f"{name} must be of the type Pulumi.yaml says, got {self._config.get(key)!r}")
            return instead
        if value is None:
            self._errors.append(f"{name} must be set: Pulumi.yaml describes it")
            return instead
        if complaint := rule(value):
            self._errors.append(f"{name} {complaint}, got {value!r}")
            return instead
        return value


def _between(low: int, high: int) -> Rule:
    return lambda value: None if low <= value <= high else f"must be between {low} and {high}"


def _never_or(low: int, high: int) -> Rule:
    return lambda value: (
        None if value == 0 or low <= value <= high else f"must be 0 (never) or between {low} and {high}"
    )


def _one_of(allowed: tuple[Any, ...]) -> Rule:
    names = ", ".join(map(str, allowed))
    return lambda value: None if value in allowed else f"must be one of {names}"


def _mail_address(value: Any) -> str | None:
    matches = isinstance(value, str) and re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value)
    return None if matches else "must be mail addresses"


def _schedule(value: Any) -> str | None:
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"""
    matches = not value or re.fullmatch(r"(rate|cron|at)\([^()]+\)", value)
    return None if matches else "must be rate(...), cron(...), at(...) or empty"


def _topic_arn(value: Any) -> str | None:
    return (
        None
        if not value or re.fullmatch(r"arn:[^:]+:sns:[^:]+:\d{12}:.+", value)
        else "must be an SNS topic's ARN"
    )

"""The stack's configuration as one typed, checked, frozen dataclass. Keys are described in Pulumi.yaml."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import pulumi
from pulumi.runtime.config import CONFIG

from components.approvals.appearance import appearance
from components.asl import wait
from components.common.checks import LOG_RETENTION_DAYS, SCHEDULE, ArgumentError, did_you_mean, standard_topic
from countersign_contract.approvals.addresses import compared
from countersign_contract.approvals.variables import MAIL_LANGUAGES

T = TypeVar("T")

WORKFLOWS = ("order_payment", "scheduled_approval", "callback_chain", "stored_tokens")
STORES = ("table", "bucket")


class SettingsError(ArgumentError):
    """One line for each wrong key: the key, the rule and the value. Pulumi prints it as it is."""


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
    organization: str | None
    organization_color: str | None
    time_zone: str | None
    language: str
    deletion_protection: bool
    log_retention_days: int
    alarm_topic_arn: str | None
    dashboard: bool

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
            callback_timeout_seconds=reader.integer("callbackTimeoutSeconds", _wait_seconds),
            max_receive_count=reader.integer("maxReceiveCount", _between(1, 1_000)),
            approvers=reader.list_of("approvers", _mail_address),
            quorum=reader.integer("quorum", _between(1, 50)),
            approval_timeout_seconds=reader.integer("approvalTimeoutSeconds", _wait_seconds),
            approval_schedule=reader.text("approvalSchedule", _schedule) or None,
            remind_after_seconds=reader.integer("remindAfterSeconds", _never_or(60)) or None,
            escalate_after_seconds=reader.integer("escalateAfterSeconds", _never_or(60)) or None,
            escalation_approvers=reader.list_of("escalationApprovers", _mail_address),
            organization=reader.argument("organization", appearance),
            organization_color=reader.argument("organization_color", appearance),
            time_zone=reader.argument("time_zone", appearance),
            language=reader.text("language", _one_of(MAIL_LANGUAGES)),
            deletion_protection=reader.boolean("deletionProtection"),
            log_retention_days=reader.integer("logRetentionDays", _one_of(LOG_RETENTION_DAYS)),
            alarm_topic_arn=reader.argument("alarm_topic_arn", _alarm_topic),
            dashboard=reader.boolean("dashboard"),
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
            asked = [compared(address) for address in settings.approvers]
            both = [each for each in settings.escalation_approvers if compared(each) in asked]
            reader.demand(
                "escalationApprovers",
                not both,
                f"must be others than approvers, got {', '.join(both)} in both",
            )
        reader.finish()
        return settings

    def doubts(self) -> Iterator[str]:
        """What may be meant so, but not for people who wait for it: one line each."""
        people = list(self.notification_emails)
        if "scheduled_approval" in self.workflows:
            people = [*self.approvers, *self.escalation_approvers, *people]
        if examples := [address for address in people if _EXAMPLE.search(address)]:
            yield f"nobody reads {', '.join(examples)}: name real mail addresses"
        if self.deletion_protection and self.alarm_topic_arn is None:
            yield "deletionProtection is on, but alarmTopicArn is empty: nobody hears of alarms"


Rule = Callable[[Any], str | None]
"""What a value must be, when it is not; None when all is well."""


class _Reader:
    """Reads keys one by one and remembers what is wrong with them."""

    def __init__(self, config: pulumi.Config) -> None:
        self._config = config
        self._keys: list[str] = []
        self._errors: list[str] = []

    def finish(self) -> None:
        """Raise SettingsError if anything is wrong, keys included that nothing reads."""
        given = [key.partition(":") for key in sorted(CONFIG.get())]
        for strange in sorted({space for space, _, _ in given} - {self._config.name}):
            # One such key may be another package's own, unless it is called nearly as this one.
            shared = [key for space, _, key in given if space == strange and key in self._keys]
            if len(shared) > 1 or (shared and did_you_mean(strange, [self._config.name])):
                raise SettingsError(self._of_another_project(strange, shared))
        for space, _, key in given:
            if space == self._config.name and key not in self._keys:
                close = did_you_mean(key, self._keys) or ": Pulumi.yaml describes those there are"
                self._errors.append(f"{self._config.full_key(key)} is no setting of this project{close}")
        if len(self._errors) > 1:
            header = f"{len(self._errors)} settings of the stack {pulumi.get_stack()} are wrong:"
            self._errors.insert(0, header)
        if self._errors:
            raise SettingsError("\n".join(self._errors))

    def _of_another_project(self, space: str, keys: list[str]) -> str:
        name, file = self._config.name, f"Pulumi.{pulumi.get_stack()}.yaml"
        worst = "deletionProtection" if "deletionProtection" in keys else keys[0]
        return (
            f"{file} has keys of the project {space}, but this one is called {name} and would ignore them, "
            f"{worst} among them: let them begin with {name}: instead of {space}:"
        )

    def demand(self, key: str, met: bool, complaint: str) -> None:
        """A rule about more than one key, looked at once each of them is right."""
        if not met and not self._errors:
            self._errors.append(f"{self._config.full_key(key)} {complaint}")

    def integer(self, key: str, rule: Rule) -> int:
        return self._read(key, self._config.get_int, "a whole number", 0, rule)

    def boolean(self, key: str) -> bool:
        return self._read(key, self._config.get_bool, "true or false", False, lambda _: None)

    def text(self, key: str, rule: Rule) -> str:
        return self._read(key, self._config.get, "a text", "", rule)

    def argument(self, argument: str, check: Callable[[Mapping[str, str]], object]) -> str | None:
        """What a component takes under this name, and `check` looks at; None for an empty text."""

        def rule(value: str) -> str | None:
            try:
                check({argument: value} if value else {})
            except ArgumentError as problem:
                return str(problem).removeprefix(f"{argument} ").replace(", got ", ", or empty, got ", 1)
            return None

        key = re.sub("_([a-z])", lambda found: found[1].upper(), argument)
        return self.text(key, rule) or None

    def list_of(self, key: str, rule: Rule, least: int = 0) -> tuple[str, ...]:
        """A list without repetitions; of a wrong one the first wrong item is told."""
        nothing: list[Any] = []
        values = self._read(key, self._config.get_object, "a list", nothing, _list(least))
        for value in values:
            if complaint := rule(value):
                each = complaint.replace("must be", "must each be", 1)
                self._errors.append(f"{self._config.full_key(key)} {each}")
                return ()
        if repeated := [value for value in values if values.count(value) > 1]:
            name = self._config.full_key(key)
            self._errors.append(f"{name} must not name anything twice, got {repeated[0]!r} twice")
        return tuple(values)

    def _read(self, key: str, get: Callable[[str], T | None], kind: str, instead: T, rule: Rule) -> T:
        self._keys.append(key)
        name = self._config.full_key(key)
        try:
            value = get(key)
        except (pulumi.ConfigTypeError, ValueError):
            self._errors.append(f"{name} must be {kind}, got {self._config.get(key)!r}")
            return instead
        if value is None:
            self._errors.append(f"{name} must be set: Pulumi.yaml describes it")
            return instead
        if complaint := rule(value):
            self._errors.append(f"{name} {complaint}")
            return instead
        return value


def _list(least: int) -> Rule:
    def rule(values: Any) -> str | None:
        if not isinstance(values, list):
            return f"must be a list, got {values!r}"
        return None if len(values) >= least else f"must name at least {least}, got {values!r}"

    return rule


def _between(low: int, high: int) -> Rule:
    return lambda value: None if low <= value <= high else f"must be between {low} and {high}, got {value!r}"


_wait_seconds = _between(1, wait.MAXIMUM_SECONDS)


def _never_or(low: int) -> Rule:
    rule = f"must be 0 (never) or between {low} and {wait.MAXIMUM_SECONDS}"
    return lambda value: (
        None if value == 0 or low <= value <= wait.MAXIMUM_SECONDS else f"{rule}, got {value!r}"
    )


def _one_of(allowed: tuple[Any, ...]) -> Rule:
    names = [str(name) for name in allowed]

    def rule(value: Any) -> str | None:
        close = did_you_mean(value, names) if isinstance(value, str) else ""
        return None if value in allowed else f"must be one of {', '.join(names)}, got {value!r}{close}"

    return rule


_EXAMPLE = re.compile(r"[@.](example(\.(com|net|org))?|invalid|test|localhost)$", re.IGNORECASE)
"""Domains that nobody has: https://www.rfc-editor.org/rfc/rfc2606"""


def _text(what: str, pattern: str) -> Rule:
    def rule(value: Any) -> str | None:
        matches = isinstance(value, str) and re.fullmatch(pattern, value)
        return None if matches else f"must be {what}, got {value!r}"

    return rule


_mail_address = _text("a mail address", r"[^@\s]+@[^@\s]+\.[^@\s]+")
_schedule = _text(
    "rate(...), at(...), cron(...) with six fields, the third or fifth a ?, or empty", f"({SCHEDULE})?"
)


def _alarm_topic(options: Mapping[str, str]) -> None:
    standard_topic(options, "alarm_topic_arn")

"""What the component tells its functions, by environment variables: read and checked once."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

from countersign_contract.approvals import variables


class WrongSetting(Exception):
    """An environment variable that is missing or wrong. The text names it, the rule and the value."""


@dataclass(frozen=True)
class AskSettings:
    """Whom to ask and when to come back."""

    approvers: tuple[str, ...]
    escalation_approvers: tuple[str, ...]
    quorum: int
    remind_after_seconds: int
    escalate_after_seconds: int
    retention_days: int

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> "AskSettings":
        """From APPROVERS, ESCALATION_APPROVERS, QUORUM, ..."""
        return cls(
            approvers=_addresses(environment, variables.APPROVERS),
            escalation_approvers=_addresses(environment, variables.ESCALATION_APPROVERS, "[]"),
            quorum=whole(environment, variables.QUORUM, "1"),
            remind_after_seconds=whole(environment, variables.REMIND_AFTER_SECONDS, "0"),
            escalate_after_seconds=whole(environment, variables.ESCALATE_AFTER_SECONDS, "0"),
            retention_days=whole(environment, variables.RETENTION_DAYS, "365"),
        )


def text(environment: Mapping[str, str], name: str) -> str:
    """A text that must be there."""
    value = environment.get(name, "")
    if not value:
        raise WrongSetting(f"{name} must be set, got nothing")
    return value


def whole(environment: Mapping[str, str], name: str, default: str) -> int:
    """A whole number that is not negative."""
    value = environment.get(name, default)
    if not value.isdecimal():
        raise WrongSetting(f"{name} must be a whole number, got {value!r}")
    return int(value)


def flag(environment: Mapping[str, str], name: str, default: str) -> bool:
    """`true` or `false`."""
    value = environment.get(name, default)
    if value not in ("true", "false"):
        raise WrongSetting(f"{name} must be true or false, got {value!r}")
    return value == "true"


def _addresses(environment: Mapping[str, str], name: str, default: str = "") -> tuple[str, ...]:
    value = environment.get(name, default)
    try:
        addresses = json.loads(value)
    except ValueError:
        addresses = None
    if not isinstance(addresses, list) or not all(isinstance(each, str) for each in addresses):
        raise WrongSetting(f"{name} must be a JSON list of mail addresses, got {value!r}")
    return tuple(addresses)

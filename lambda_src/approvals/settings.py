"""What the component tells its functions, by environment variables: read and checked once."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from logging import getLogger
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from countersign_contract.approvals import variables

logger = getLogger("countersign")


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
    def read(cls, environment: Mapping[str, str]) -> "AskSettings":
        """From APPROVERS, ESCALATION_APPROVERS, QUORUM, ..., all of which must be there."""
        return cls(
            approvers=_addresses(environment, variables.APPROVERS),
            escalation_approvers=_addresses(environment, variables.ESCALATION_APPROVERS),
            quorum=_whole(environment, variables.QUORUM),
            remind_after_seconds=_whole(environment, variables.REMIND_AFTER_SECONDS),
            escalate_after_seconds=_whole(environment, variables.ESCALATE_AFTER_SECONDS),
            retention_days=_whole(environment, variables.RETENTION_DAYS),
        )


@dataclass(frozen=True)
class Appearance:
    """How the instance shows itself to people, on the page and in mails."""

    organization: str = ""
    """Who asks; empty when nobody chose a name."""
    color: str = ""
    """`#rrggbb`; empty when nobody chose one."""
    time_zone: tzinfo = UTC
    """In which times are told."""
    language: str = variables.MAIL_LANGUAGES[0]
    """Of the mails. The page speaks the one that a browser asks for."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Appearance":
        """From ORGANIZATION, ORGANIZATION_COLOR, TIME_ZONE and MAIL_LANGUAGE, if they are there."""
        color = environment.get(variables.ORGANIZATION_COLOR, "")
        if not re.fullmatch("(#[0-9a-fA-F]{6})?", color):
            raise WrongSetting(f"{variables.ORGANIZATION_COLOR} must be a color as in #0b3d91, got {color!r}")
        language = environment.get(variables.MAIL_LANGUAGE, variables.MAIL_LANGUAGES[0])
        if language not in variables.MAIL_LANGUAGES:
            known = " or ".join(variables.MAIL_LANGUAGES)
            raise WrongSetting(f"{variables.MAIL_LANGUAGE} must be {known}, got {language!r}")
        return cls(
            environment.get(variables.ORGANIZATION, ""),
            color,
            _zone(environment.get(variables.TIME_ZONE, "")),
            language,
        )


PLAIN: Final = Appearance()
"""That of an instance for which nobody chose anything."""


def text(environment: Mapping[str, str], name: str) -> str:
    """A text that must be there."""
    value = environment.get(name, "")
    if not value:
        raise WrongSetting(f"{name} must be set, got nothing")
    return value


def flag(environment: Mapping[str, str], name: str) -> bool:
    """`true` or `false`, which must be there."""
    return bool(_json(environment, name, "true or false", lambda found: isinstance(found, bool)))


def _whole(environment: Mapping[str, str], name: str) -> int:
    return int(_json(environment, name, "a whole number", lambda found: type(found) is int and found >= 0))


def _addresses(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    def holds(found: Any) -> bool:
        return isinstance(found, list) and all(isinstance(each, str) for each in found)

    return tuple(_json(environment, name, "a JSON list of mail addresses", holds))


def _json(environment: Mapping[str, str], name: str, rule: str, holds: Callable[[Any], bool]) -> Any:
    """A value that must be there, as the component writes it."""
    value = environment.get(name, "")
    try:
        found = json.loads(value)
    except ValueError:
        found = None
    if not holds(found):
        raise WrongSetting(f"{name} must be {rule}, got {value!r}")
    return found


def _zone(name: str) -> tzinfo:
    """The time zone of that name; UTC, which the page and the mails then say, where its rules are not known.

    Lambda's Python is on Amazon Linux 2023, which has them, as of some month:
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
    """
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        logger.error("no such time zone here: %s", name, extra={"error": type(problem).__name__})
        return UTC

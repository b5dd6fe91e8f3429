"""Who can be mailed: the topic's mail subscriptions, looked at before anybody is asked, and remembered.

Of whom nothing is known (SNS does not answer, or may not be asked) nobody says that they cannot be reached.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from logging import ERROR, WARNING, getLogger
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from countersign_runtime.clients import client, code_of, status_of

from approvals.request.model import NOT_CONFIRMED, NOT_SUBSCRIBED
from approvals.settings import flag, text
from countersign_contract.approvals import rings, variables
from countersign_contract.approvals.addresses import addressed

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient

logger = getLogger("countersign")

REMEMBERED_SECONDS: Final = 300
AGAIN_SECONDS: Final = 60
"""Before SNS is asked again when somebody is missing, who may have confirmed a moment ago, or when it did not
say. All that ask get 30 answers a second:
https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html"""

LOOK_SECONDS: Final = 5
"""For all pages together. A message waits, and so does whoever has others to ask."""

_MAIL: Final = ("email", "email-json")
_FORBIDDEN: Final = 403


class Subscriptions:
    """The mail subscriptions of one topic."""

    def __init__(self, sns: "SNSClient", topic_arn: str, clock: Callable[[], float] = time.time) -> None:
        self._sns = sns
        self._topic_arn = topic_arn
        self._clock = clock
        self._lock = Lock()
        self._confirmed: Mapping[str, bool] | None = None
        self._looked_at = float("-inf")

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Subscriptions | None":
        """As the component configures it; None if subscriptions are not looked at."""
        if not flag(environment, variables.CHECK_SUBSCRIPTIONS):
            return None
        return cls(client("sns", 2), text(environment, variables.TOPIC_ARN))

    def missing(self, addresses: Sequence[str]) -> dict[int, str] | None:
        """Who of these cannot be mailed: place → `not subscribed` or `not confirmed`. None if nobody can
        tell."""
        with self._lock:  # So that threads ask once.
            missing = self._missing(addresses)
            now = self._clock()
            if now - self._looked_at >= (REMEMBERED_SECONDS if missing == {} else AGAIN_SECONDS):
                self._confirmed = self._look(now + LOOK_SECONDS)
                self._looked_at = self._clock()
                missing = self._missing(addresses)
            return missing

    def _missing(self, addresses: Sequence[str]) -> dict[int, str] | None:
        if (known := self._confirmed) is None:
            return None
        return {
            place: NOT_CONFIRMED if addressed(each) in known else NOT_SUBSCRIBED
            for place, each in enumerate(addresses)
            if not known.get(addressed(each))
        }

    def _look(self, until: float) -> dict[str, bool] | None:
        """Address → whether its subscription is confirmed; None if SNS does not say all of it in time."""
        found: dict[str, bool] = {}
        more: dict[str, Any] = {}
        problem, level = "too many to read in time", WARNING
        try:
            while self._clock() < until:
                page = self._sns.list_subscriptions_by_topic(TopicArn=self._topic_arn, **more)
                for each in page["Subscriptions"]:
                    # An ARN, or `PendingConfirmation`, or `Deleted`.
                    arn, address = each["SubscriptionArn"], addressed(each["Endpoint"])
                    if each["Protocol"] in _MAIL and arn != "Deleted":
                        found[address] = found.get(address, False) or arn.startswith("arn:")
                if not page.get("NextToken"):
                    return found
                more = {"NextToken": page["NextToken"]}
        except (ClientError, BotoCoreError) as refusal:
            problem = code_of(refusal)
            if status_of(refusal) == _FORBIDDEN:
                level = ERROR  # which somebody has to put right
        logger.log(level, "subscriptions cannot be looked at, so everybody is asked: %s", problem)
        return None


def named(people: Sequence[str], missing: Mapping[int, str]) -> str:
    """Who is missing, and why: `ann@example.com (not subscribed), bob@example.com (not confirmed)`."""
    return ", ".join(f"{people[number]} ({why})" for number, why in sorted(missing.items()))


def ring(request_id: str, missing: Mapping[int, str]) -> None:
    """Tell an operator that approvers, by number, cannot be reached."""
    extra = {rings.FIELD: rings.UNREACHABLE, "task_id": request_id, "approvers": {**missing}}
    logger.error("approvers cannot be reached", extra=extra)

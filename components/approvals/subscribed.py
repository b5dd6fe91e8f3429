"""Warns of approvers whom no Notifier of the program subscribes, in whatever order these are made."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import pulumi

from countersign_contract.approvals.addresses import addressed

from ..common.program import this_program
from .asking import Asking


def warn_of_unsubscribed(approval_api: pulumi.Resource, asking: Asking) -> None:
    """Warn of approvers, if subscriptions matter, the program has Notifiers, and none subscribes them.

    An approver who is secret, or not known yet, is not spoken of; nor is anybody while it is not known whom a
    Notifier subscribes.
    """
    if not asking.check_subscriptions:
        return
    program = this_program()

    def when_all_are_made(told: Sequence[str | None]) -> pulumi.Output[None] | None:
        if not program.mailed:
            return None

        def compare(known: Sequence[str]) -> None:
            mailed = {addressed(each) for each in known}
            if missing := [each for each in told if each is not None and addressed(each) not in mailed]:
                pulumi.log.warn(
                    "approvers must be subscribed to the topic, or no mail reaches them, and no Notifier of "
                    f"this program subscribes {', '.join(missing)}",
                    approval_api,
                )

        return pulumi.Output.all(*chain.from_iterable(program.mailed)).apply(compare)

    # A program runs to its end before an `apply` does.
    pulumi.Output.all(*map(_told, [*asking.approvers, *asking.later])).apply(when_all_are_made)


def _told(address: pulumi.Input[str]) -> pulumi.Input[str | None]:
    """An address that may be told; None otherwise."""
    if not isinstance(address, pulumi.Output):
        return address

    def open_and_known(found: Any) -> str | None:
        # Pulumi gives one Unknown for all of it where a part is not known.
        return found[0] if isinstance(found, list) and isinstance(found[0], str) and not found[1] else None

    return pulumi.Output.all(address, address.is_secret()).apply(open_and_known, run_with_unknowns=True)

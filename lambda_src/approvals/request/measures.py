"""What a step of a request's life counts, as a pure function of what it was before and is after."""

from countersign_contract import metrics

from .model import Outcome, Request, Status

_OUTCOMES = {Outcome.APPROVED: metrics.APPROVED, Outcome.REJECTED: metrics.REJECTED}
_ENDS = {
    Status.EXPIRED: metrics.EXPIRED,
    Status.CANCELLED: metrics.CANCELLED,
    Status.TOO_LATE: metrics.UNDELIVERED,
    Status.UNCONFIRMED: metrics.UNDELIVERED,
}
"""Ends that are counted. A superseded request goes on in another one, and a delivered one was counted when it
was decided."""


def measured(before: Request | None, after: Request, now: float) -> dict[str, float]:
    """Metric → by how much. Without `before` it is asked now."""
    values: dict[str, float] = {}
    if before is None:
        values[metrics.REQUESTED] = 1
    if missing := len(after.unreachable.keys() - (before.unreachable.keys() if before else set())):
        values[metrics.UNREACHABLE] = missing
    if before is None:
        return values
    if before.status is Status.OPEN and after.outcome is not None and after.closed_at is not None:
        values[_OUTCOMES[after.outcome]] = 1
        values[metrics.DECIDED_SECONDS] = after.closed_at - after.asked_at
    if after.status is not before.status and (end := _ENDS.get(after.status)):
        values[end] = 1
    if after.status is Status.OPEN and after.look_at != before.look_at:
        values[metrics.OPEN_SECONDS] = now - after.asked_at
    return values

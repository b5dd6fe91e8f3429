"""How long a state may take, beside how long its execution may."""

from typing import Any

from . import check_values as values
from .check_scope import Place
from .findings import show

YEAR_SECONDS = 31_536_000
EXPRESS_SECONDS = 300
"""https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (maximum execution time)"""

_SECONDS = values.number(0, 99_999_999)


def wait_seconds(place: Place, field: str, value: Any) -> None:
    """The Seconds of a Wait, which its execution must outlast."""
    _SECONDS(place, field, value)
    if type(value) is not int:
        return
    most = place.scope.timeout
    if most is not None and value >= most:
        message = f"{show(value)} is not below the machine's TimeoutSeconds, {show(most)}"
        place.add("timeout-order", field, message, "lower it, or raise the machine's")
    elif place.scope.express and value >= EXPRESS_SECONDS:
        message = f"{show(value)} is as long as an Express workflow may run, {EXPRESS_SECONDS}"
        place.add("timeout-order", field, message, "lower it, or use a Standard one")
    elif value > YEAR_SECONDS:
        _longer_than_a_year(place, field, value)


def timeouts(place: Place) -> None:
    """Check how the timeouts of a Task go together."""
    state = place.state
    timeout, heartbeat = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
    if type(timeout) is not int or timeout < 1:
        return
    if type(heartbeat) is int and heartbeat >= timeout:
        place.add(
            "heartbeat",
            "HeartbeatSeconds",
            f"must be below TimeoutSeconds, {show(timeout)}, got {show(heartbeat)}",
            "lower it; a missed heartbeat is noticed before the timeout or not at all",
        )
    most = place.scope.timeout
    if most is not None and timeout >= most:
        place.add(
            "timeout-order",
            "TimeoutSeconds",
            f"{show(timeout)} is not below the machine's TimeoutSeconds, {show(most)}",
            "lower it, or raise the machine's",
        )
    elif timeout > YEAR_SECONDS:
        _longer_than_a_year(place, "TimeoutSeconds", timeout)


def _longer_than_a_year(place: Place, field: str, seconds: int) -> None:
    message = f"{show(seconds)} is longer than an execution may run, {YEAR_SECONDS}"
    place.add("timeout-order", field, message, "use at most a year")

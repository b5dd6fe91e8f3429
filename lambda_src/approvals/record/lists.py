"""Requests that are looked for by something else than their id: when they are due, and their execution."""

from dataclasses import dataclass

from approvals.request.due import Due
from approvals.request.model import Status
from countersign_contract.approvals import table

from . import rows
from .attributes import from_item
from .dynamodb import Table


@dataclass(frozen=True)
class Asked:
    """A request that is not closed, as its execution's list has it."""

    id: str
    retry_count: int
    deadline: float


def due(requests: Table, now: float, ahead: float = 0) -> tuple[dict[Due, list[str]], int]:
    """Ids of the requests that are due, by why, the longest overdue first; and how many are open of all that
    are due within `ahead` seconds: every open one is within `LOOK_SECONDS`."""
    by_why: dict[Due, list[str]] = {why: [] for why in Due}
    opened = 0
    condition = f"{table.DUE} = :due AND {table.DUE_AT} <= :now"
    for stored in requests.items(condition, {":due": table.DUE, ":now": now + ahead}, table.DUE):
        item = from_item(stored)
        opened += item.get(table.STATUS) == Status.OPEN
        if item[table.DUE_AT] <= now:
            by_why[rows.why_due(item, now)].append(item["pk"].removeprefix("R#"))
    return by_why, opened


def of_execution(requests: Table, execution_arn: str, digest: str = "") -> list[Asked]:
    """Requests of an execution that are not closed; with `digest`, those that ask the same in one state."""
    condition, values = "pk = :pk", {":pk": f"E#{execution_arn}"}
    if digest:
        condition, values = f"{condition} AND begins_with(sk, :sk)", values | {":sk": digest}
    return [
        Asked(item["sk"].rpartition("#")[2], item["retry_count"], item["deadline"])
        for item in map(from_item, requests.items(condition, values))
        if not item["closed"]
    ]

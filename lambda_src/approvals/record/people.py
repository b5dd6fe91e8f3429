"""What waits for a person, and what they decided: rows of their own, so that nobody has to search for them.

    P#<person>   <request>             a request that asks this person, now or later; written with the request
    P#<person>   D#<time>#<request>    a decision of theirs; written with the decision

While a request waits for a person, their row is in the index `waiting`, by deadline. Rows hold neither token
nor link, and what they say is sealed; that one waits is not. So a list of them is a hint: whoever acts on it
looks at the request. Requests of a version that wrote no rows are in no list.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from approvals.request import life
from approvals.request.model import Decision, Request, Status
from countersign_contract.approvals import table
from countersign_contract.approvals.addresses import compared

from .attributes import from_item
from .dynamodb import Item, Table
from .seals import Seals, Unfamiliar

if TYPE_CHECKING:
    from countersign_contract.approvals.request import Ask

MOST_WAITING: Final = 200
"""So many are read, and are counted at most."""
MOST_DECIDED: Final = 10
MOST_PEOPLE: Final = 90
"""So many rows fit into one transaction beside the rest of it; an ApprovalApi asks at most 50."""

_ASKED: Final = ("request_id", "subject", "requester", "deadline")
_DECIDED: Final = ("request_id", "subject", "outcome", "at")


@dataclass(frozen=True)
class Mine:
    """What waits for a person, the nearest deadline first, and what they decided, the latest first: each row
    as `_ASKED` and `_DECIDED` name it."""

    waiting: Sequence[Mapping[str, Any]]
    decided: Sequence[Mapping[str, Any]]
    is_cut: bool = False
    """Whether more waits than was read."""


def partition(address: str) -> str:
    """Of somebody's rows, in whatever spelling their address is. A key has 2,048 bytes, an address may have
    more."""
    return f"P#{sha256(compared(address).encode()).hexdigest()[:32]}"


def asked_rows(seals: Seals, request: Request, ask: "Ask") -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """Keys and values of the rows of a new request, also of those who are asked later: theirs are in no list
    until then."""
    said = {
        "request_id": request.id,
        "subject": ask.subject,
        "requester": request.requester,
        "deadline": request.deadline,
    }
    for number, person in enumerate(request.people):
        key = _asked_key(request, person)
        yield key, {**said, **_waits_for(request, number), "seal": seals.seal("row", key, said)}


def waiting_now(before: Request, after: Request) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """Of the rows of those for whom it waits now, or waits no longer: keys, and what changes."""
    for number, person in enumerate(after.people):
        if _waits(before, number) != _waits(after, number):
            yield _asked_key(after, person), _waits_for(after, number)


def set_aside(
    stored: Mapping[str, Any], request_id: str, expires: Mapping[str, int]
) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """Of the rows of a request of which nothing is believed, as far as it names people: nobody is told that
    it waits for them."""
    named = [stored.get(name) for name in ("approvers", "escalation")]
    people = [each for part in named if isinstance(part, list) for each in part if isinstance(each, str)]
    for person in sorted({partition(each) for each in people[:MOST_PEOPLE]}):
        key = {table.PARTITION_KEY: person, table.SORT_KEY: request_id}
        yield key, {table.WAITING: None, **expires}


def decided_row(
    seals: Seals, request: Request, subject: str, decision: Decision
) -> tuple[dict[str, str], dict[str, Any]]:
    """Key and values of the row of a decision."""
    said = {
        "request_id": request.id,
        "subject": subject,
        "outcome": decision.outcome,
        "at": decision.at,
    }
    sort = f"D#{int(decision.at * 1000):015}#{request.id}"
    key = {table.PARTITION_KEY: partition(request.people[decision.approver]), table.SORT_KEY: sort}
    return key, {**said, "seal": seals.seal("row", key, said)}


def of_person(requests: Table, seals: Seals, address: str, now: float) -> Mine:
    """What waits for somebody at this moment, and what they decided: two reads, however much it is."""
    person = partition(address)
    waits = f"{table.WAITING} = :person AND {table.DEADLINE} > :now"
    waiting, is_cut = requests.first(
        waits, {":person": person, ":now": now}, MOST_WAITING, index=table.WAITING
    )
    decides = f"{table.PARTITION_KEY} = :person AND begins_with({table.SORT_KEY}, :decided)"
    decided, _ = requests.first(
        decides, {":person": person, ":decided": "D#"}, MOST_DECIDED, newest_first=True
    )
    return Mine(
        tuple(_sealed(seals, waiting, _ASKED)), tuple(_sealed(seals, decided, _DECIDED)), is_cut=is_cut
    )


def _waits(request: Request, number: int) -> bool:
    return request.status is Status.OPEN and number in life.undecided(request)


def _waits_for(request: Request, number: int) -> dict[str, Any]:
    person = partition(request.people[number])
    return {
        table.WAITING: person if _waits(request, number) else None,
        table.EXPIRES_AT: request.expires_at,
    }


def _asked_key(request: Request, person: str) -> dict[str, str]:
    return {table.PARTITION_KEY: partition(person), table.SORT_KEY: request.id}


def _sealed(seals: Seals, stored: Iterable[Item], names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What the rows say that our functions wrote."""
    for item in stored:
        row = from_item(item)
        key = {name: row[name] for name in (table.PARTITION_KEY, table.SORT_KEY)}
        said = {name: row.get(name) for name in names}
        with suppress(Unfamiliar):
            if seals.holds(row.get("seal"), "row", key, said):
                yield said

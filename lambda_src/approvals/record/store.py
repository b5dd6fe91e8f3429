"""Requests, decisions and audit in one DynamoDB table.

    pk               sk                   what
    R#<request>      ASK                  what was asked; never changed
    R#<request>      REQUEST              where it stands, and the token until it is closed
    R#<request>      D#<approver>         one decision; written once
    R#<request>      A#<version>          audit: one for every change that means something; written once
    E#<execution>    <digest>#<request>   what lists say of it: which requests an execution made, what waits
    P#<person>       ...                  what waits for somebody, and what they decided (people.py)

REQUEST carries a version. Every change reads it, takes a step (life.py) and writes the outcome in one
transaction on condition that the version is still the same, with the decision and audit item that go with it,
and with what the lists say of it.
The index `due` holds the requests somebody has to look at again, by time: some 5,000 in one read. The index
`waiting` holds the lists of what is not closed, and of what waits for each person, by deadline. Neither holds
a token, a link or a link's hash.
What somebody else puts into the table is not believed (trust.py). While a stack is updated, two versions of
the functions use it: each keeps attributes that it does not know, and leaves alone what it cannot judge.
"""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import starmap
from logging import getLogger
from typing import TYPE_CHECKING, Any, Final

from countersign_runtime.clients import client
from countersign_runtime.metrics import Counts

from approvals.request import life
from approvals.request.due import Due
from approvals.request.life import Step
from approvals.request.measures import measured
from approvals.request.model import Change, Record, Request
from approvals.settings import text
from countersign_contract import metrics
from countersign_contract.approvals import rings, table, variables

from . import lists, people, rows, trust
from .attributes import from_item
from .dynamodb import IS_NEW, MOST_WRITES, REFUSED, Item, Table
from .lists import Asked
from .people import Mine
from .seals import Seals

if TYPE_CHECKING:
    from countersign_contract.approvals.request import Ask

logger = getLogger("countersign")

TRIES: Final = 30
MAX_SAID: Final = 20_000
"""So many characters of what somebody else wrote are kept."""
MAX_NAMED: Final = 10
"""So many items of somebody else's are named in the log; a key has up to 1,024 bytes."""
KEPT_SECONDS: Final = 365 * 86_400
"""How long it is kept that a request was forged; nobody can tell when it would have been removed."""


class Busy(Exception):
    """Too many changes of one request at the same time. Trying again later helps."""


@dataclass
class Store:
    """The table. `pause` waits between tries, `who` is put on record as what made a change, `clock` says what
    has expired, and `counts`, if given, is told what each change counts."""

    requests: Table
    seals: Seals
    who: str
    counts: Counts | None = None
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time

    @classmethod
    def read(cls, environment: Mapping[str, str], who: str, hurried_attempts: int = 0) -> "Store":
        """The store, as the component configures it; in a hurry, where a person waits."""
        name = text(environment, variables.TABLE_NAME)
        seals = Seals(client("kms", hurried_attempts), text(environment, variables.SEAL_KEY_ID))
        counts = Counts.read(environment, metrics.OF_TABLE, variables.TABLE_NAME)
        return cls(Table(client("dynamodb", hurried_attempts), name), seals, who, counts)

    def sealed(self, request: Request, ask: "Ask") -> Request:
        """A new request with its seal. Raises what KMS raises."""
        return replace(request, seal=trust.request_seal(self.seals, request, rows.ask_row(ask)))

    def seal_of(self, request: Request, kind: str, said: object) -> str:
        """The seal of what the page tells the follow-up function of a request: `again` and an approver's
        number, or `fate` and what became of its answer."""
        return self.seals.seal(kind, request.seal, said)

    def create(self, request: Request, ask: "Ask") -> bool:
        """Put a new request (`sealed`) on record, all of it or nothing. False when it is there already."""
        audit = self._audit(Change(request, "requested"), request.asked_at)
        new = [("ASK", rows.ask_row(ask)), ("REQUEST", rows.state(request)), (f"A#{1:09}", audit)]
        writes = [self._put(request, sort, values) for sort, values in new]
        writes.append(
            self.requests.put(rows.listed_key(vars(request), request.id), rows.listed(request, ask))
        )
        writes += starmap(self.requests.put, people.asked_rows(self.seals, request, ask))
        for attempt in range(TRIES):
            conflicts = self.requests.write(writes)
            if not conflicts:
                self._count(None, request, request.asked_at)
            if not conflicts or REFUSED in conflicts:
                return not conflicts
            # Two deliveries of one message at once. By now one of them is there.
            self.pause(_backoff(attempt))
        raise Busy("a request is made too often at once")

    def load(self, request_id: str) -> Record | None:
        """A request with what was asked and decided; None if there is none, or its time is over. What is not
        believed of it is in `forged`; if that is all, `Forged` is raised, and `Unfamiliar` for what this
        version cannot judge.

        Reads the same whether there is one or not.
        """
        self.seals.ready()
        before: Any = None
        for attempt in range(TRIES):
            items = {item["sk"]["S"]: item for item in self._read(request_id)}
            stored = items.get("REQUEST")
            # Items expire one by one: what is left of a request is none.
            if stored is None or rows.has_expired(stored, self.clock()):
                return None
            if self._is_aside(stored, request_id):
                raise trust.Forged
            record = None
            with suppress(trust.Forged):
                record = trust.believed(request_id, items, self.seals)
            if record and not record.forged:
                return record
            # A query is no snapshot: it can see one half of a transaction, but not of the same one again.
            if before == (before := stored.get("version")):
                # Not all of it: a record that is too long for the log is cut there, and rings nothing.
                what = ", ".join([*record.forged][:MAX_NAMED]) if record else "REQUEST"
                extra = {rings.FIELD: rings.FORGED, "task_id": request_id}
                logger.error("somebody else wrote into request %s: %s", request_id, what, extra=extra)
                if record is None:
                    raise trust.Forged
                return record
            self.pause(_backoff(attempt))
        raise Busy("a request changes faster than it can be read")

    def cleaned(self, request_id: str) -> Record | None:
        """As `load`, once what is forged is taken out, and on record. A request of which nothing is believed
        is set aside: None, and nobody looks at it again. For the follow-up function, which may delete."""
        for _ in range(TRIES):
            try:
                record = self.load(request_id)
            except trust.Forged:
                self._set_aside(request_id)
                return None
            if record is None or not record.forged:
                return record
            before = record.request
            change = Change(replace(before, version=before.version + 1), "forged")
            self._write(change, before, self.clock(), forged=record.forged)
        raise Busy("a request is forged faster than it can be cleaned")

    def change(
        self, request_id: str, step: Step, now: float, known: Request | None = None, subject: str = ""
    ) -> tuple[Request | None, bool]:
        """Take a step from the newest version; the request as it is then, and whether this changed it.

        `known` is a version read before, to save a read. `subject` is what it asks, for the list of who
        decides. What the step raises comes through.
        """
        for attempt in range(TRIES):
            request, known = known, None
            if request is None:
                record = self.load(request_id)
                if record is None:
                    return None, False
                request = record.request
            change = step(request)
            if change is None:
                return request, False
            after = replace(change.request, version=request.version + 1)
            if self._write(replace(change, request=after), request, now, subject):
                self._count(request, after, now)
                return after, True
            self.pause(_backoff(attempt))
        raise Busy("a request changes faster than it can be written")

    def due(self, now: float) -> dict[Due, list[str]]:
        """The requests that are due, by why, the longest overdue first. Where what happens is counted, so is
        how many are open."""
        by_why, opened = lists.due(self.requests, now, ahead=life.LOOK_SECONDS if self.counts else 0)
        if self.counts:
            self.counts.say({metrics.OPEN: opened})
        return by_why

    def of_person(self, address: str) -> Mine:
        """What waits for somebody, and what they decided: a hint, which says what our functions wrote."""
        self.seals.ready()
        return people.of_person(self.requests, self.seals, address, self.clock())

    def of_execution(self, execution_arn: str, digest: str = "") -> list[Asked]:
        """Requests of an execution that are not closed; with `digest`, those that ask the same in the same
        state."""
        return lists.of_execution(self.requests, execution_arn, digest)

    def _count(self, before: Request | None, after: Request, now: float) -> None:
        """Count what a write has changed. One that got no answer counts nothing."""
        if self.counts is not None:
            self.counts.say(measured(before, after, now))

    def _read(self, request_id: str) -> Iterator[Item]:
        # The audit sorts before ASK, and is not needed here.
        return self.requests.items("pk = :pk AND sk >= :sk", {":pk": f"R#{request_id}", ":sk": "ASK"})

    def _write(
        self,
        change: Change,
        before: Request,
        now: float,
        subject: str = "",
        forged: Mapping[str, Any] | None = None,
    ) -> bool:
        """Write a change onto the version it was made from, and take out what is forged; False if that is no
        longer the newest."""
        request, decision = change.request, change.decision
        if request.status in life.UNDECIDED_ENDS:
            request = replace(request, end_seal=trust.end_seal(self.seals, request))
        state, key = rows.state(request), rows.key(request.id, "REQUEST")
        writes = [self.requests.next_version(key, state, request.extra, before.version)]
        writes += starmap(self.requests.update, people.waiting_now(before, request))
        if decision is not None:
            seal = trust.decision_seal(self.seals, request, decision)
            sort = rows.decision_key(decision.approver)
            writes.append(self._put(request, sort, rows.decision_row(decision) | {"seal": seal}))
            mine, said = people.decided_row(self.seals, request, subject, decision)
            writes.append(self.requests.put(mine, said | {table.EXPIRES_AT: request.expires_at}))
        if change.what:
            audit = self._audit(change, now) | ({"said": _said(forged)} if forged else {})
            writes.append(self._put(request, f"A#{request.version:09}", audit))
            # Not the whole item: the list may say more of it than this version knows.
            listed = rows.listed_key(vars(request), request.id)
            writes.append(self.requests.update(listed, rows.listed_now(request)))
        rest = MOST_WRITES - len(writes)
        keys = [rows.key(request.id, sort) for sort in forged or () if sort.startswith("D#")]
        return not self.requests.write([*writes, *map(self.requests.delete, keys[:rest])])

    def _put(self, request: Request, sort: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """The write of an item of a request that is written once."""
        values = {**values, table.EXPIRES_AT: request.expires_at}
        return self.requests.put(rows.key(request.id, sort), values, condition=IS_NEW)

    def _is_aside(self, stored: Item, request_id: str) -> bool:
        """Whether this is what `_set_aside` left of a request."""
        return self.seals.holds(from_item(stored).get("seal"), "forged", request_id)

    def _set_aside(self, request_id: str) -> None:
        """Leave nothing of REQUEST but that it is forged; what it said is in the audit, but for its token and
        its links."""
        items = {item["sk"]["S"]: item for item in self._read(request_id)}
        if "REQUEST" not in items or self._is_aside(items["REQUEST"], request_id):
            return
        stored, now = from_item(items["REQUEST"]), self.clock()
        said = {name: value for name, value in stored.items() if name not in ("token", "links", "seal")}
        audit = {"what": "forged", "at": rows.precise_time(now), "by": self.who, "said": _said(said)}
        expires = {table.EXPIRES_AT: int(now) + KEPT_SECONDS}
        left = {table.STATUS: "forged", "seal": self.seals.seal("forged", request_id)}
        closed = {"closed": True, table.WAITING: None}
        key, version = rows.key(request_id, "REQUEST"), stored.get("version")
        aside = self.requests.put(key, left | expires)
        if isinstance(version, int | str):  # What has changed since is looked at anew.
            aside = self.requests.next_version(key, left | expires, {}, version)
        self.requests.write(
            [
                self.requests.put(rows.key(request_id, f"A#{rows.precise_time(now)}"), audit | expires),
                aside,
                self.requests.update(rows.listed_key(stored, request_id), closed | expires),
                *starmap(self.requests.update, people.set_aside(stored, request_id, expires)),
            ]
        )
        logger.error("request %s is set aside", request_id, extra={"task_id": request_id})

    def _audit(self, change: Change, now: float) -> dict[str, Any]:
        request, decision = change.request, change.decision
        entry: dict[str, Any] = {
            "what": change.what,
            "at": rows.precise_time(now),
            "by": self.who,
            "status": request.status,
            "outcome": request.outcome,
            "reason": change.reason or None,
        }
        if decision is not None:
            entry |= {
                "approver": request.people[decision.approver],
                "decision": decision.outcome,
                "source_address": decision.source_address,
                "user_agent": decision.user_agent,
            }
        return entry


def _said(content: Mapping[str, Any]) -> str:
    """What somebody else wrote, for the audit."""
    return json.dumps(content, default=str)[:MAX_SAID]


def _backoff(attempt: int) -> float:
    return random.uniform(0.2, 1) * min(0.4, 0.005 * 2.0**attempt)  # noqa: S311 (spreads tries, decides nothing)

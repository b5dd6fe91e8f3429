"""What goes wrong between the functions and the services: outages, single faults, replies that are lost."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from approvals.request import life
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from tests.approvals.processes import Process
from tests.approvals.world import World
from tests.support.step_functions import client_error

HANG_SECONDS = 5.0
LAG_SECONDS = life.UNSURE_SECONDS - 30
ENDPOINT = "https://service.test"
SERVICES = ("States", "DynamoDB", "Sns", "Events", "Kms")


class Fault(StrEnum):
    """What becomes of a call."""

    THROTTLED = "throttled"
    SERVER_ERROR = "server error"
    CUT = "cut"
    """The connection breaks before the service has read the call."""
    HANGS = "hangs"
    """There is no answer, and nothing was done."""
    REPLY_LOST = "reply lost"
    """There is no answer, and it was done."""


_THROTTLING = {
    "DynamoDB": "ProvisionedThroughputExceededException",
    "Sns": "Throttled",
}


@dataclass
class Run:
    """What one run of a function went through."""

    began: float
    last: float
    troubled: bool = False


@dataclass(frozen=True)
class Mailed:
    """A mail that SNS took, and the run that sent it."""

    process: Process
    at: float
    to: str
    subject: str
    body: str = field(repr=False)


class Trouble:
    """The way of calls to services."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._out: dict[str, Fault] = {}
        self._next: dict[str, deque[Fault]] = {}
        self._runs: dict[Process, Run] = {}
        self._lags_until = 0.0
        self.mailed: list[Mailed] = []
        self.histories_failed = False
        """Whether the history of an execution could not be read at some time."""

    # What a history arranges.

    def outage(self, service: str, fault: Fault) -> None:
        """Every call to a service goes wrong like this, until all is calm."""
        self._out[service] = fault

    def inject(self, service: str, fault: Fault) -> None:
        """The next call to a service goes wrong like this."""
        self._next.setdefault(service, deque()).append(fault)

    def calm(self) -> None:
        """All services are well."""
        self._out.clear()
        self._next.clear()
        self._world.sns.refuses.clear()
        self._catch_up()

    def lag(self) -> None:
        """What can be seen late is, for less than what the functions give it."""
        self._lags_until = self._world.now() + LAG_SECONDS
        self._world.states.lags = True
        self._world.dynamodb.lag()

    def _catch_up(self) -> None:
        self._world.states.lags = False
        self._world.dynamodb.lag(behind=False)

    def excuse(self, process: Process) -> None:
        """A run may send twice what another one sends."""
        self._runs[process] = Run(self._world.now(), self._world.now(), troubled=True)

    # What is asked afterwards.

    def was_sure(self, process: Process) -> bool:
        """Whether a run knew all it had done, and did it while its outbox was lent to it: it has no excuse
        for what is done twice."""
        run = self._runs[process]
        return not (process.died or run.troubled or run.last - run.began >= life.LEASE_SECONDS)

    # The way itself.

    def way(self, process: Process, method: Callable[..., Any], parameters: dict[str, Any]) -> Any:
        """One call of a process."""
        world = self._world
        if world.states.lags and world.now() >= self._lags_until:
            self._catch_up()
        run = self._runs.setdefault(process, Run(world.now(), world.now()))
        service, mails = type(method.__self__).__name__, len(world.sns.mails)  # type: ignore[attr-defined]
        waiting = self._next.get(service)
        fault = waiting.popleft() if waiting else self._out.get(service)
        try:
            if fault is None:
                return method(**parameters)
            run.troubled = True
            self.histories_failed |= method.__name__ == "get_execution_history"
            return self._fail(fault, service, method, parameters)
        finally:
            run.last = world.now()
            self.mailed += [Mailed(process, world.now(), **mail) for mail in world.sns.mails[mails:]]

    def _fail(
        self, fault: Fault, service: str, method: Callable[..., Any], parameters: dict[str, Any]
    ) -> None:
        operation = method.__name__.title().replace("_", "")
        about = f"{operation} with {parameters.get('taskToken', 'no token')}"
        if fault is Fault.THROTTLED:
            raise client_error(
                operation, _THROTTLING.get(service, "ThrottlingException"), f"too much: {about}"
            )
        if fault is Fault.SERVER_ERROR:
            raise client_error(operation, "InternalServerError", f"broken: {about}", 500)
        if fault is Fault.CUT:
            raise ConnectionClosedError(endpoint_url=ENDPOINT)
        if fault is Fault.REPLY_LOST:
            method(**parameters)
        self._world.advance(HANG_SECONDS)
        raise ReadTimeoutError(endpoint_url=ENDPOINT)

"""What an approval costs: calls to AWS and processor time of its three functions, with real boto3 clients.

Run by `bench/approvals.py` in a process of its own, whose environment is that of the deployed functions. The
functions run here as Lambda runs them, warm, on the table, the key and the topic of an embedded AWS; Step
Functions is the strict fake in a process of its own. A call is any call to AWS by any function, until the
last mail, event and mark is out. Processor time is of this process: signing, sending, parsing, our own code.
"""

import io
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

import boto3
from botocore.awsrequest import AWSResponse

from bench.runtime import step_functions_server
from tests.support.functions import load_function

ROUNDS = 15
DETAILS = {"text": "x" * 1_900}
"""With the rest of what is asked, at most 2 KB."""
HOUR = 3_600
TARGETS: dict[str, dict[int, int]] = {
    "ask": {1: 9, 3: 9, 20: 12},
    "remind": {1: 8, 3: 8, 20: 11},
    "show": {1: 2, 3: 2, 20: 2},
    "decide": {1: 9, 3: 9, 20: 9},
}
"""Calls at most, by what is done and the number of approvers."""
UNTIL_ANSWERED = 6
DUE = 200
DUE_A_MINUTE = 1_000
WHOLE_PROCESSOR_MB = 1_769
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""
LATENCY_SECONDS = 0.01
THREADS = 8
MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:bench"


class Clock:
    """Time, which can be put forward."""

    def __init__(self) -> None:
        self._now = time.time
        self.ahead = 0.0

    def __call__(self) -> float:
        return self._now() + self.ahead


class Calls:
    """Every call that this process makes, and what is in some of them."""

    def __init__(self) -> None:
        self.made = 0
        self.answered_after = 0
        self.links: list[str] = []
        self.nudges: list[dict[str, Any]] = []
        boto3.setup_default_session()
        events = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
        events.register("before-call.*.*", self._count)
        events.register("provide-client-params.sns.PublishBatch", self._mails)
        events.register("before-send.lambda.Invoke", self._nudge)  # type: ignore[arg-type]

    def _count(self, model: Any, **_: Any) -> None:
        self.made += 1
        if model.name in ("SendTaskSuccess", "SendTaskFailure"):
            self.answered_after = self.made

    def _mails(self, params: dict[str, Any], **_: Any) -> None:
        for entry in params["PublishBatchRequestEntries"]:
            self.links += re.findall(r"/r/(\S+)", entry["Message"])

    def _nudge(self, request: Any, **_: Any) -> AWSResponse:
        """The follow-up function is not the deployed one: it is called here."""
        self.nudges.append(json.loads(request.body))
        return AWSResponse(request.url, 202, {}, io.BytesIO())  # type: ignore[arg-type]


class Context:
    """What Lambda hands over besides the event."""

    def get_remaining_time_in_millis(self) -> int:
        return 3_600_000


class Functions:
    """The three functions, for so many approvers."""

    def __init__(self, clock: Clock, calls: Calls, issue: Callable[[], str], approvers: int) -> None:
        people = [f"approver{number}@example.com" for number in range(approvers)]
        os.environ |= {"APPROVERS": json.dumps(people), "QUORUM": "1", "REMIND_AFTER_SECONDS": str(HOUR)}
        for person in people:
            boto3.client("sns").subscribe(TopicArn=os.environ["TOPIC_ARN"], Protocol="email", Endpoint=person)
        self.clock, self.calls, self._issue = clock, calls, issue
        self._intake = load_function("approval_intake", "worker")
        self._page = load_function("approval_page", "handler")
        self._follow_up = load_function("approval_follow_up", "handler")

    def ask(self) -> str:
        """The first approver's link."""
        from countersign_runtime.message import parse

        token = self._issue()
        message = {
            "TaskToken": token,
            "ExecutionArn": f"{MACHINE.replace('stateMachine', 'execution')}:{token[:12]}",
            "StateMachineArn": MACHINE,
            "StateName": "Ask",
            "EnteredTime": datetime.fromtimestamp(self.clock(), UTC).isoformat(),
            "RetryCount": 0,
            "TimeoutSeconds": 30 * 86_400,
            "Request": {"subject": "Release 1.4", "details": DETAILS},
        }
        task, request = parse(message)
        self.calls.links.clear()
        self._intake.handle(request, task)
        return self.calls.links[0]

    def sweep(self) -> None:
        self._follow_up.handler({}, Context())

    def show(self, link: str) -> None:
        assert self._visit(link, "GET", "") == 200

    def decide(self, link: str) -> None:
        assert self._visit(link, "POST", urlencode({"outcome": "approved"})) == 303
        while self.calls.nudges:
            self._follow_up.handler(self.calls.nudges.pop(), Context())

    def _visit(self, link: str, method: str, body: str) -> int:
        event = {
            "pathParameters": {"link": link},
            "headers": {"host": "bench", "content-type": "application/x-www-form-urlencoded"},
            "requestContext": {"http": {"method": method, "sourceIp": "192.0.2.1"}},
            "body": body,
        }
        return int(self._page.handler(event, Context())["statusCode"])


def each_cost(functions: Functions, approvers: int) -> Iterator[dict[str, object]]:
    """One request after another: asked, shown, reminded of by a sweep of its own, decided."""
    spent: dict[str, list[tuple[float, int, int]]] = {}

    def measured(what: str, job: Callable[[], Any]) -> Any:
        calls = functions.calls
        before, began, calls.answered_after = calls.made, time.process_time(), 0
        result = job()
        used = (time.process_time() - began) * 1_000
        answered = calls.answered_after and calls.answered_after - before
        spent.setdefault(what, []).append((used, calls.made - before, answered))
        return result

    for number in range(ROUNDS + 1):
        link = measured("ask", functions.ask)
        measured("show", partial(functions.show, link))
        functions.clock.ahead += HOUR + 1
        measured("remind", functions.sweep)
        measured("decide", partial(functions.decide, link))
        if not number:  # It made the clients and their connections.
            spent.clear()
    for what, costs in spent.items():
        line: dict[str, object] = {
            "what": f"calls to {what}",
            "approvers": approvers,
            "calls": max(calls for _, calls, _ in costs),
            "cpu_ms": round(statistics.median(used for used, _, _ in costs), 1),
        }
        line["target_calls"] = TARGETS[what][approvers]
        if what == "decide":
            line["calls_until_answered"] = max(answered for _, _, answered in costs)
            line["target_calls_until_answered"] = UNTIL_ANSWERED
        yield line


def due_a_minute(functions: Functions, memory_mb: int) -> dict[str, object]:
    """Reminders of so many requests that are due at once, in one sweep.

    On a function with that memory a request takes its processor time divided by the memory's share of a
    processor, and its calls' latency, of which as many pass at once as there are threads.
    """
    for _ in range(DUE):
        functions.ask()
    functions.clock.ahead += HOUR + 1
    before, began = functions.calls.made, time.process_time()
    functions.sweep()
    processor = (time.process_time() - began) / DUE
    calls = (functions.calls.made - before) / DUE
    share = memory_mb / WHOLE_PROCESSOR_MB
    seconds = processor / share + calls * LATENCY_SECONDS / THREADS
    return {
        "what": "due requests a minute",
        "approvers": 3,
        "memory_mb": memory_mb,
        "processor_share": round(share, 2),
        "calls": round(calls, 2),
        "cpu_ms": round(processor * 1_000, 1),
        "assumed_latency_ms": LATENCY_SECONDS * 1_000,
        "threads": THREADS,
        "requests": round(60 / seconds),
        "target_requests": DUE_A_MINUTE,
    }


def main() -> None:
    clock = Clock()
    time.time = clock
    with step_functions_server(0) as (endpoint, issue):
        os.environ["AWS_ENDPOINT_URL_SFN"] = endpoint
        calls = Calls()
        for approvers in TARGETS["ask"]:
            for line in each_cost(Functions(clock, calls, issue, approvers), approvers):
                print(json.dumps(line), flush=True)
        line = due_a_minute(Functions(clock, calls, issue, 3), int(sys.argv[1]))
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()

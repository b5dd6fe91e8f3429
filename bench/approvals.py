"""Approvals: from the click to the next state on the embedded AWS; sizes of the page and of the archives."""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from bench import _approval_crowds
from bench.runtime import archive
from components.approvals.functions import LEFT_OUT
from components.common.code.archive import APPROVALS_PACKAGE
from local.aws import Aws
from local.emulator import ACCESS_KEY, SECRET_KEY
from local.inbox import Inbox
from local.observe import history, start
from local.observe.patience import PATIENCE_SECONDS
from local.stack import running

PROGRAM = Path(__file__).resolve().parents[1] / "tests" / "approvals" / "program"
CLICKS = 30
PAGES = 200


class _Stay(HTTPRedirectHandler):
    """Following the redirect would be measured too."""

    def redirect_request(self, *_: object) -> None:
        return None


def run() -> Iterator[dict[str, object]]:
    for function in ("approval_page", "approval_follow_up", "approval_intake"):
        target = {"target_bytes": 61_440} if function == "approval_page" else {}
        yield {"what": f"archive of {function}", "bytes": archive_bytes(function), **target}
    with running(PROGRAM) as stack, Inbox(stack.aws, stack.deployment.resources) as inbox:
        machine = stack.outputs["workflows"]["ask"]["stateMachineArn"]
        clicks: list[float] = []
        replies: list[float] = []
        for number in range(CLICKS):
            asked = {"version": f"b{number}", "details": {"n": number}, "fields": [], "requester": ""}
            execution = start(stack.aws, machine, asked)
            link = _link(inbox, f"Release b{number}")
            clicked = time.time()
            replies.append(_post(link))
            clicks.append(_next_state(stack.aws, execution) - clicked)
        pages = [_get(link) for _ in range(PAGES)]
        wrong = _wrong_links_ms(link)
        yield from calls(stack.aws)
    yield from _approval_crowds.run()
    yield {
        "what": "from the click to the next state",
        "clicks": CLICKS,
        "p50_ms": round(statistics.median(clicks) * 1000),
        "max_ms": round(max(clicks) * 1000),
        "target_p50_ms": 300,
    }
    yield {"what": "reply to the click", "p50_ms": round(statistics.median(replies) * 1000)}
    yield {
        "what": "page",
        "p50_ms": round(statistics.median(seconds for seconds, _ in pages) * 1000, 1),
        "bytes": max(size for _, size in pages),
        "target_bytes": 20_480,
    }
    yield {
        "what": "wrong links",
        "p50_ms": wrong,
        "spread_ms": round(max(wrong.values()) - min(wrong.values()), 2),
    }


def calls(aws: Aws) -> Iterator[dict[str, object]]:
    """What `_approval_calls.py` measures, with the environment of the deployed functions of one instance."""
    found = [
        each
        for page in aws.functions.get_paginator("list_functions").paginate()
        for each in page["Functions"]
        if re.match(r"one-(intake|page|follow-up)-", each["FunctionName"])
    ]
    environment = {
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_DEFAULT_REGION": aws.region,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    }
    for each in found:
        environment |= each["Environment"]["Variables"]
    (memory,) = (each["MemorySize"] for each in found if "follow-up" in each["FunctionName"])
    command = [sys.executable, "-m", "bench._approval_calls", str(memory)]
    with subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout or ():
            yield json.loads(line)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")


def archive_bytes(function: str) -> int:
    """The size of a function's archive, with the files that the component packs."""
    return len(archive(function, (APPROVALS_PACKAGE,), LEFT_OUT.get(function, ())))


def _link(inbox: Inbox, subject: str) -> str:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        for mail in inbox.mails("ann@example.com"):
            if mail.links and mail.subject.endswith(subject):
                return mail.links[0]
        time.sleep(0.01)
    raise RuntimeError(f"no mail about {subject}")


def _post(link: str) -> float:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    began = time.perf_counter()
    try:
        build_opener(_Stay).open(
            Request(link, data=b"outcome=approved", headers=headers), timeout=PATIENCE_SECONDS
        )
    except HTTPError as answer:
        if answer.code != 303:
            raise
    return time.perf_counter() - began


def _wrong_links_ms(link: str) -> dict[str, float]:
    """How long the answer to each kind of wrong link takes; taken in turns, so that all meet the same
    load."""
    base, _, segment = link.rpartition("/")
    request_id, approver, mac = segment.split(".")
    flipped = "A" if mac[0] != "A" else "B"
    kinds = {
        "nonsense": "nonsense",
        "truncated": segment[:-1],
        "flipped": f"{request_id}.{approver}.{flipped}{mac[1:]}",
        "unknown": f"{'0' * 32}.{approver}.{mac}",
        "other_approver": f"{request_id}.1.{mac}",
    }
    seconds: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(PAGES):
        for kind, wrong in kinds.items():
            began = time.perf_counter()
            try:
                build_opener().open(f"{base}/{wrong}", timeout=PATIENCE_SECONDS)
            except HTTPError as answer:
                answer.read()
            seconds[kind].append(time.perf_counter() - began)
    return {kind: round(statistics.median(taken) * 1000, 2) for kind, taken in seconds.items()}


def _get(link: str) -> tuple[float, int]:
    began = time.perf_counter()
    with build_opener().open(link, timeout=PATIENCE_SECONDS) as answer:
        body = answer.read()
    return time.perf_counter() - began, len(body)


def _next_state(aws: Aws, execution: str) -> float:
    """When the execution left the state that waited."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        events: list[Any] = list(history(aws, execution))
        for event in events:
            if event["type"] == "TaskStateExited":
                return float(event["timestamp"].timestamp())
            if event["type"] in ("ExecutionFailed", "TaskTimedOut"):
                raise RuntimeError(json.dumps(event, default=str))
        time.sleep(0.005)
    raise RuntimeError("the execution did not go on")

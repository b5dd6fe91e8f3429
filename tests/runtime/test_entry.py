"""The Lambda entry: what is wrong with a worker or its configuration is said clearly, and dead letters need
neither."""

import gc
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from countersign_runtime import clients

from countersign_contract.batches import MAX_BATCH_SIZE
from tests.runtime.events import QUEUE_ARN, Context, batch, failed, record, wait_message
from tests.support.functions import FUNCTIONS, entry, load_entry
from tests.support.step_functions import StepFunctions


def folder(tmp_path: Path, source: str) -> Path:
    (tmp_path / "worker.py").write_text(textwrap.dedent(source))
    return tmp_path


@pytest.mark.parametrize("dead_letters_of", [None, f"{QUEUE_ARN}-dead-letters"])
def test_it_hands_events_to_the_workers_handle(
    steps: StepFunctions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dead_letters_of: str | None
) -> None:
    if dead_letters_of is not None:
        monkeypatch.setenv("DEAD_LETTER_QUEUE_ARN", dead_letters_of)
    function = load_entry(folder(tmp_path, "def handle(request, task): return request * 2"))
    token = steps.issue()
    assert failed(function.handler(batch(record("m", wait_message(token, 21))), Context())) == []
    assert steps.answers(token)[0].output == 42


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("import json", r"worker.py must define handle\(request, task\)"),
        ("handle = 7", r"worker.py must define handle\(request, task\)"),
        ("def handle(request): ...", r"handle must take \(request, task\), got handle\(request\)"),
        ("def handle(request, task, *, extra): ...", r"handle must take \(request, task\), got handle"),
        ("async def handle(request, task): ...", "handle must be a plain function, got async def"),
        ("def handle(request, task): yield 1", r"must be a plain function, got a generator \(yield\)"),
        ("import no_such_thing", "worker.py cannot be imported: No module named 'no_such_thing'"),
        ("raise KeyError('TABLE')", "worker.py cannot be imported: KeyError: 'TABLE'"),
        ("def handle(:", "worker.py cannot be imported: SyntaxError"),
        (None, r"the function's folder has no worker\.py"),
    ],
)
def test_a_wrong_worker_is_said_clearly(
    steps: StepFunctions, tmp_path: Path, source: str | None, says: str
) -> None:
    with pytest.raises(ImportError, match=says):
        load_entry(tmp_path if source is None else folder(tmp_path, source))


def test_a_worker_that_cannot_be_imported_fails_its_tasks_with_the_reason(
    steps: StepFunctions, token: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MAX_RECEIVE_COUNT", "2")
    message = wait_message(token)
    with entry(folder(tmp_path, "import no_such_thing")) as function:
        assert failed(function.handler(batch(record("m", message, 1)), Context())) == ["m"]
        assert steps.answers(token) == []
        assert failed(function.handler(batch(record("m", message, 2)), Context())) == ["m"]
    (answer,) = steps.answers(token)
    assert answer.error == "CallbackQueue.DeadLettered"
    assert answer.cause == "ImportError: worker.py cannot be imported: No module named 'no_such_thing'"


@pytest.mark.parametrize("source", ["raise SystemExit", "import no_such_thing", None])
def test_dead_letters_are_taken_care_of_without_the_worker(
    steps: StepFunctions, token: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str | None
) -> None:
    monkeypatch.setenv("DEAD_LETTER_QUEUE_ARN", QUEUE_ARN)
    if source is not None:
        folder(tmp_path, source)
    with entry(tmp_path) as function:
        assert failed(function.handler(batch(record("m", wait_message(token), 3)), Context())) == []
    assert [answer.error for answer in steps.answers(token)] == ["CallbackQueue.DeadLettered"]


@pytest.mark.parametrize(
    "source",
    [
        "def handle(request, task, *more, **options): ...",
        "class Work:\n    def handle(self, request, task): ...\nhandle = Work().handle",
        "handle = lambda request, task: None",
    ],
)
def test_anything_that_takes_a_request_and_a_task_will_do(
    steps: StepFunctions, tmp_path: Path, source: str
) -> None:
    load_entry(folder(tmp_path, source))


@pytest.mark.parametrize("value", ["", "0", "-1", "ten", "1.5", " 5", "1001", "٣"])
def test_a_wrong_number_is_an_error_at_init(
    steps: StepFunctions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("MAX_RECEIVE_COUNT", value)
    with pytest.raises(
        ValueError, match=f"MAX_RECEIVE_COUNT must be a whole number between 1 and 1000, got '{value}'"
    ):
        load_entry(folder(tmp_path, "def handle(request, task): ..."))


def test_a_client_is_made_once_with_short_timeouts_retries_and_a_connection_for_every_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setattr(clients, "_made", {})
    config: Any = clients.sqs().meta.config
    assert clients.sqs() is clients.sqs()
    assert (config.connect_timeout, config.read_timeout) == (2, 5)
    assert config.max_pool_connections == MAX_BATCH_SIZE
    assert (config.retries["mode"], config.retries["total_max_attempts"]) == ("standard", 3)


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(enabled: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with clients.uncollected():
            assert not gc.isenabled()
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()


def test_init_makes_one_client_and_imports_nothing_of_weight() -> None:
    code = f"""
        import os, sys
        os.environ.update(AWS_DEFAULT_REGION="eu-west-1", AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x")
        import boto3
        from botocore.config import Config
        boto3.client("stepfunctions", config=Config(retries={{"mode": "standard"}}))
        before = set(sys.modules)
        sys.path[:0] = [{str(FUNCTIONS)!r}, {str(FUNCTIONS / "order_payment")!r}]
        import countersign_runtime.processing.worker as entry
        from countersign_runtime import clients
        assert list(clients._made) == ["stepfunctions"], clients._made
        print(" ".join(sorted(name for name in set(sys.modules) - before if "countersign" not in name)))
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    assert set(result.stdout.split()) <= {"worker", "gc", "concurrent.futures", "concurrent.futures.thread"}

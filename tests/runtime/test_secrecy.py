"""A token appears in no log record, no reply and no exception's text, whatever a worker or a library does."""

import contextlib
import io
import json
import logging
import traceback
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from countersign_runtime import PENDING, Task, TaskFailed, redact
from countersign_runtime.processing.events import read
from countersign_runtime.redact import MASK, TokenFilter, contains, guard_logging, live, scrub

from tests.runtime.events import Context, batch, dead_letters, notification, record, wait_message
from tests.runtime.sources import Calls, Source, deliver
from tests.support.functions import load_entry
from tests.support.step_functions import Fault, StepFunctions

AWS_LIBRARY = ("botocore", "boto3", "urllib3")


class Everything(logging.Formatter):
    """Renders all of a record, like Lambda's JSON format: message, extra fields, exception."""

    def format(self, entry: logging.LogRecord) -> str:
        text = super().format(entry)
        if entry.exc_info and entry.exc_info[1]:
            text += f" {entry.exc_info[1]!r} {entry.exc_info[1].args}"
        return text + json.dumps({key: str(value) for key, value in vars(entry).items()})


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the root logger's one handler writes, at DEBUG, guarded as in a function."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(Everything())
    root = logging.getLogger()
    loggers = [root, *map(logging.getLogger, AWS_LIBRARY)]
    before = [logger.level for logger in loggers]
    root.addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    guard_logging([handler])
    yield text
    root.removeHandler(handler)
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


def leak(request: Any, task: Task) -> Any:
    """A worker that does with the token everything it must not."""
    logger = logging.getLogger("careless")
    token = task.token
    logger.info("token %s", token)
    logger.info("url https://x.test/?token=%s", quote(token))
    logger.info("fields", extra={"task_token": token, "nested": {"deep": [token]}, "task": task})
    logger.info({"TaskToken": token})
    logger.info("%d", token)
    try:
        raise RuntimeError(f"inner {token}")
    except RuntimeError as problem:
        logger.exception("caught")
        if request == "fail":
            raise TaskFailed(f"Failed{token}", f"because {quote_plus(token)}") from problem
        if request == "fault":
            raise ValueError(f"outer {token}") from problem
        if request == "return":
            return {"token": token}
        if request == "unprintable":
            return {token: {token}}
    return PENDING


@pytest.mark.parametrize("request_", ["fail", "fault", "return", "unprintable", "pending"])
@pytest.mark.parametrize("deliveries", [1, 3])
def test_a_careless_worker_shows_no_token(
    steps: StepFunctions,
    source: Source,
    log: io.StringIO,
    capsys: pytest.CaptureFixture[str],
    request_: str,
    deliveries: int,
) -> None:
    token = steps.issue()
    source.is_done(leak, source.event(wait_message(token, request_), deliveries))
    raised = source.result if isinstance(source.result, Exception) else None
    assert (raised is not None) is (source.name == "direct" and request_ == "fault")
    reply = (
        "".join(traceback.format_exception(raised)) + repr(raised) if raised else json.dumps(source.result)
    )
    told = str([(answer.error, answer.cause, answer.output) for answer in steps.accepted])
    for text in (log.getvalue(), reply, told, *capsys.readouterr()):
        assert not contains(text, token)
        assert token[:200] not in text
    assert log.getvalue().count(MASK) > 5


@pytest.mark.parametrize("fault", list(Fault))
def test_no_trouble_with_the_service_shows_a_token(
    steps: StepFunctions, token: str, log: io.StringIO, fault: Fault
) -> None:
    consumer = dead_letters()
    for deliveries in (1, 2, 3):
        steps.inject(*[fault] * 3)
        message = record("m", wait_message(token), deliveries)
        deliver(lambda request, task: task.heartbeat(), message)
        consumer(batch(message), Context())
    assert not contains(log.getvalue(), token)
    assert log.getvalue()


def test_items_and_events_do_not_show_their_bodies() -> None:
    message = wait_message("t" * 700)
    for event in (batch(record("m", message)), notification(message), message):
        assert message["TaskToken"] not in repr(read(event))


TOKEN = "AQ+/" * 200 + "=="


def filtered(**fields: Any) -> logging.LogRecord:
    entry = logging.LogRecord("x", logging.INFO, "f.py", 1, fields.pop("msg", "hello"), (), None)
    for name, value in fields.items():
        setattr(entry, name, value)
    TokenFilter().filter(entry)
    return entry


def test_a_token_is_masked_from_the_first_to_the_last_of_its_handlers_also_when_one_breaks() -> None:
    assert filtered(msg=TOKEN).getMessage() == TOKEN
    with live(TOKEN):
        with contextlib.suppress(RuntimeError), live(TOKEN):
            raise RuntimeError
        assert filtered(msg=TOKEN).getMessage() == MASK
    assert filtered(msg=TOKEN).getMessage() == TOKEN
    assert not redact._live


def test_records_without_a_token_are_left_as_they_are_and_what_cannot_be_printed_harms_nobody() -> None:
    class Unprintable:
        def __repr__(self) -> str:
            raise ValueError("no")

    value = {"a": [1, 2]}
    with live(TOKEN):
        entry = filtered(msg="all %s", args=("well",), extra_field=value, other=Unprintable())
    assert (entry.msg, entry.args) == ("all %s", ("well",))
    assert vars(entry)["extra_field"] is value


def test_the_forms_of_a_token_are_made_once_and_not_for_every_record(monkeypatch: pytest.MonkeyPatch) -> None:
    with live(TOKEN):
        monkeypatch.setattr(redact, "quote", None)
        assert filtered(msg="hello").getMessage() == "hello"


@pytest.mark.parametrize("form", [str, quote, quote_plus, lambda token: quote(token, safe="")])
def test_every_usual_form_of_a_token_is_masked(form: Any) -> None:
    assert scrub(f"before {form(TOKEN)} after", TOKEN) == f"before {MASK} after"
    assert scrub("a cat", "a") == "a cat", "a few characters are no secret"


def test_what_the_aws_library_tells_of_itself_is_silenced(log: io.StringIO) -> None:
    for name in AWS_LIBRARY:
        logger = logging.getLogger(f"{name}.endpoint")
        logger.debug("request with a token")
        logger.info("found credentials")
        logger.warning("kept")
    assert "request with a token" not in log.getvalue()
    assert "found credentials" not in log.getvalue()
    assert log.getvalue().count("kept") >= 3


def test_functions_guard_their_log_when_they_start(steps: StepFunctions) -> None:
    handler = logging.NullHandler()
    logging.getLogger().addHandler(handler)
    try:
        load_entry("order_payment")
        guard_logging()
    finally:
        logging.getLogger().removeHandler(handler)
    assert [type(each) for each in handler.filters] == [TokenFilter], "once"


@pytest.mark.parametrize("name", ["send_task_failure", "send_task_heartbeat"])
def test_a_library_that_logs_calls_shows_no_token(
    steps: StepFunctions, log: io.StringIO, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The question whether a task still waits, its fault, and what the dead-letter consumer says."""
    first, second, send = steps.issue(), steps.issue(), getattr(steps, name)

    def talkative(**parameters: Any) -> Any:
        logging.getLogger("library").warning("calling with %s", parameters)
        return send(**parameters)

    monkeypatch.setattr(steps, name, talkative)
    deliver(Calls(ValueError()), record("m", wait_message(first), 3))
    dead_letters()(batch(record("m", wait_message(second))), Context())
    assert len(steps.accepted) == 2
    assert "calling with" in log.getvalue()
    assert not any(contains(log.getvalue(), token) for token in (first, second))

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
from countersign_runtime.processing.config import Config
from countersign_runtime.processing.engine import Worker
from countersign_runtime.redact import MASK, TokenFilter, contains, guard_logging, live, scrub

from tests.runtime.conftest import Queue
from tests.runtime.events import Context, batch, dead_letters, notification, record, wait_message
from tests.support.functions import load_entry
from tests.support.step_functions import Fault, StepFunctions


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
    guard_logging([handler])
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield text
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


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


REQUESTS = ["fail", "fault", "return", "unprintable", "pending"]


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize("deliveries", [1, 3])
def test_a_careless_worker_on_a_queue_shows_no_token(
    steps: StepFunctions,
    queue: Queue,
    log: io.StringIO,
    capsys: pytest.CaptureFixture[str],
    request_: str,
    deliveries: int,
) -> None:
    token = steps.issue()
    event = batch(record("m", wait_message(token, request_), deliveries))
    reply = Worker(leak, Config(3, 10))(event, Context())
    printed = capsys.readouterr()
    told = [(answer.error, answer.cause, answer.output) for answer in steps.accepted]
    for text in (log.getvalue(), json.dumps(reply), str(told), printed.out, printed.err):
        assert not contains(text, token)
        assert token[:200] not in text
    assert log.getvalue().count(MASK) > 5


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize("direct", [True, False])
def test_neither_does_one_that_is_called_directly_or_through_a_topic(
    steps: StepFunctions, log: io.StringIO, request_: str, direct: bool
) -> None:
    token = steps.issue()
    message = wait_message(token, request_)
    raised = ""
    try:
        reply: Any = Worker(leak, Config(None, 10))(message if direct else notification(message), Context())
    except Exception as problem:
        reply, raised = None, "".join(traceback.format_exception(problem)) + repr(problem)
    assert (raised != "") is (direct and request_ == "fault")
    for text in (log.getvalue(), json.dumps(reply), raised, str([a.cause for a in steps.accepted])):
        assert not contains(text, token)


@pytest.mark.parametrize("fault", list(Fault))
def test_no_trouble_with_the_service_shows_a_token(
    steps: StepFunctions, queue: Queue, log: io.StringIO, fault: Fault
) -> None:
    token = steps.issue()
    consumer = dead_letters()
    for deliveries in (1, 2, 3):
        steps.inject(*[fault] * 3)
        event = batch(record("m", wait_message(token), deliveries))
        Worker(lambda request, task: task.heartbeat(), Config(3, 10))(event, Context())
        consumer(event, Context())
    assert not contains(log.getvalue(), token)
    assert log.getvalue()


def test_a_message_that_nobody_can_use_is_not_quoted(
    steps: StepFunctions, queue: Queue, log: io.StringIO
) -> None:
    token = steps.issue()
    body = json.dumps(wait_message(token))[:-1]
    Worker(leak, Config(3, 10))(batch(record("m", body)), Context())
    dead_letters()(batch(record("m", body)), Context())
    assert not contains(log.getvalue(), token)


def test_items_and_events_do_not_show_their_bodies() -> None:
    from countersign_runtime.processing.records import read

    token = "t" * 700
    for event in (
        batch(record("m", wait_message(token))),
        notification(wait_message(token)),
        wait_message(token),
    ):
        assert token not in repr(read(event))


class TestFilter:
    TOKEN = "AQ+/" * 200 + "=="

    def emit(self, **fields: Any) -> logging.LogRecord:
        entry = logging.LogRecord("x", logging.INFO, "f.py", 1, fields.pop("msg", "hello"), (), None)
        for name, value in fields.items():
            setattr(entry, name, value)
        TokenFilter().filter(entry)
        return entry

    def test_only_tokens_of_live_tasks_are_searched(self) -> None:
        assert self.emit(msg=self.TOKEN).getMessage() == self.TOKEN
        with live(self.TOKEN):
            assert self.emit(msg=self.TOKEN).getMessage() == MASK
        assert self.emit(msg=self.TOKEN).getMessage() == self.TOKEN

    def test_a_token_is_live_until_its_last_handler_is_done(self) -> None:
        with live(self.TOKEN):
            with live(self.TOKEN):
                pass
            assert self.emit(msg=self.TOKEN).getMessage() == MASK
        assert not redact._live

    def test_it_stays_live_no_longer_than_the_work_also_when_that_breaks(self) -> None:
        with contextlib.suppress(RuntimeError), live(self.TOKEN):
            raise RuntimeError
        assert not redact._live

    def test_records_without_a_token_are_left_as_they_are(self) -> None:
        with live(self.TOKEN):
            value = {"a": [1, 2]}
            entry = self.emit(msg="all %s", args=("well",), extra_field=value)
        assert (entry.msg, entry.args) == ("all %s", ("well",))
        assert vars(entry)["extra_field"] is value

    def test_a_field_that_cannot_be_printed_harms_nobody(self) -> None:
        class Unprintable:
            def __repr__(self) -> str:
                raise ValueError("no")

        with live(self.TOKEN):
            assert self.emit(field=Unprintable()).getMessage() == "hello"

    @pytest.mark.parametrize("form", [str, quote, quote_plus, lambda token: quote(token, safe="")])
    def test_every_usual_form_of_a_token_is_masked(self, form: Any) -> None:
        assert scrub(f"before {form(self.TOKEN)} after", self.TOKEN) == f"before {MASK} after"

    def test_a_few_characters_are_no_secret(self) -> None:
        assert scrub("a cat", "a") == "a cat"


def test_what_the_aws_library_tells_of_itself_is_silenced(log: io.StringIO) -> None:
    loggers = [logging.getLogger(name) for name in ("botocore", "boto3", "urllib3")]
    before = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.NOTSET)
        guard_logging([])
        for logger in loggers:
            logger.getChild("endpoint").debug("request with a token")
            logger.getChild("endpoint").info("found credentials")
            logger.getChild("endpoint").warning("kept")
        assert "request with a token" not in log.getvalue()
        assert "found credentials" not in log.getvalue()
        assert log.getvalue().count("kept") >= 3
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def test_functions_guard_their_log_when_they_start(steps: StepFunctions) -> None:
    handler = logging.NullHandler()
    logging.getLogger().addHandler(handler)
    try:
        load_entry("order_payment")
    finally:
        logging.getLogger().removeHandler(handler)
    assert [type(each) for each in handler.filters] == [TokenFilter]


def test_a_library_that_logs_the_dead_letter_consumers_calls_shows_no_token(
    steps: StepFunctions, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = steps.send_task_failure

    def talkative(**parameters: Any) -> Any:
        logging.getLogger("library").warning("calling with %s", parameters)
        return send(**parameters)

    monkeypatch.setattr(steps, "send_task_failure", talkative)
    token = steps.issue()
    dead_letters()(batch(record("m", wait_message(token))), Context())
    assert len(steps.answers(token)) == 1
    assert "calling with" in log.getvalue()
    assert not contains(log.getvalue(), token)


def test_guarding_twice_filters_once() -> None:
    handler = logging.NullHandler()
    guard_logging([handler])
    guard_logging([handler])
    assert len(handler.filters) == 1

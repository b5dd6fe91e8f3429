"""The command `countersign`: from its arguments to a verb and an exit code."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from io import TextIOWrapper

from countersign_contract.approvals import operating
from countersign_contract.approvals.operating import Call
from countersign_contract.approvals.text import timestamp

from . import stack
from .arguments import parser
from .aws import Aws
from .problems import Exit, Problem
from .screen import Screen
from .verbs.changing import act, end_waiting
from .verbs.reading import Filters, Operations, Period
from .verbs.redriving import redrive
from .verbs.starting import start_again


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # What its encoding lacks is shown as an escape.
            stream.reconfigure(errors="backslashreplace")
    given = parser(time.time).parse_args(arguments)
    screen = Screen(as_json=given.json, yes=getattr(given, "yes", False))
    try:
        _run(given, screen)
        sys.stdout.flush()
    except Problem as problem:
        screen.problem(str(problem))
        return problem.code
    except KeyboardInterrupt:
        screen.note("ended; what was begun may be done")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Whoever reads has seen enough. What changes something should have gone on.
        _leave_it()
        if hasattr(given, "yes"):
            screen.problem("nobody reads what is done any more: not all of it may be done, do it again")
            return Exit.NOT_SO
    except OSError as problem:
        _leave_it()
        screen.problem(f"what is told cannot be written: {problem.strerror}")
        return Exit.NOT_SO
    return Exit.DONE


def _leave_it() -> None:
    """Have what is left to be written go nowhere: Python would complain again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(given: argparse.Namespace, screen: Screen) -> None:
    call = _checked(given)
    known = stack.Stack.of(stack.outputs(given.outputs, given.stack))
    workflow = getattr(given, "workflow", "")
    machine_arn = known.machine(workflow) if workflow else ""
    operations = Operations(known, Aws(given.profile, given.region), screen, machine_arn)
    match given.verb:
        case "waiting":
            filters = Filters(given.approver, given.older_than, given.only)
            operations.waiting(filters, with_states=given.state)
        case "show":
            operations.show(given.request)
        case "history" if given.request:
            operations.history(given.request)
        case "history":
            operations.history_of(_period(given))
        case "export":
            operations.export(_period(given), given.file)
        case "end-waiting":
            end_waiting(operations, call.reason)
        case "redrive":
            redrive(operations, given.queue, look=given.look)
        case "start-again":
            start_again(operations, given.executions, given.since or 0)
        case _:
            act(operations, call)


def _checked(given: argparse.Namespace) -> Call:
    """What argparse cannot check, before anything is asked; what changes something, as a call."""
    call = Call("", "")
    try:
        if given.verb in operating.ACTIONS:
            return Call.read({**vars(given), "action": given.verb})
        if given.verb == "end-waiting":
            call = Call(given.verb, "", operating.check_reason(given.reason))
        elif getattr(given, "request", ""):
            operating.check_request(given.request)
    except operating.InvalidCall as problem:
        raise Problem(Exit.USAGE, str(problem)) from None
    since, until = getattr(given, "since", None), getattr(given, "until", None)
    if given.verb == "history" and bool(given.request) == (since is not None or until is not None):
        raise Problem(
            Exit.USAGE,
            f"history needs REQUEST, or --since or --until, got {'both' if given.request else 'none'}",
        )
    if since is not None and until is not None and since >= until:
        raise Problem(
            Exit.USAGE, f"--since must be before --until, got {timestamp(since)} and {timestamp(until)}"
        )
    if given.verb == "start-again" and bool(given.executions) == (since is not None):
        got = "both" if given.executions else "none"
        raise Problem(Exit.USAGE, f"start-again needs EXECUTION or --since, got {got}")
    return call


def _period(given: argparse.Namespace) -> Period:
    since, until = given.since, given.until
    return Period(
        since="" if since is None else timestamp(since).removesuffix("Z"),
        until="~" if until is None else timestamp(until).removesuffix("Z"),
    )

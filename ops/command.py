"""The command `countersign`: its arguments, its verbs and its exit codes."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from typing import Final

from countersign_contract.approvals import operating

from . import stack
from .acting import DONE, act
from .aws import Aws
from .looking import ALL, APPROVALS, EXECUTIONS, Filters, Operations
from .problems import Exit, Problem
from .screen import Screen

UNITS: Final = {"m": 60, "h": 3600, "d": 86_400}
_AGE: Final = re.compile(r"([0-9]{1,6})([mhd])")

EXITS: Final = """exit codes:
  0  done
  1  there is no such request, or it is not open any more: nothing was changed
  2  wrong arguments or outputs
  3  AWS, or Pulumi, refused or did not answer
  4  you said no, or could not be asked (say --yes)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit code."""
    given = _parser().parse_args(arguments)
    screen = Screen(as_json=given.json)
    try:
        _run(given, screen)
    except Problem as problem:
        screen.problem(str(problem))
        return problem.code
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Whoever reads has seen enough. Python would complain again when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Exit.DONE


def _run(given: argparse.Namespace, screen: Screen) -> None:
    reason = ""
    try:
        if given.verb in DONE:
            _, _, reason = operating.check(given.verb, given.request, getattr(given, "reason", ""))
        elif "request" in given:
            operating.check_request(given.request)
    except operating.InvalidCall as problem:
        raise Problem(Exit.USAGE, str(problem)) from None
    known = stack.Stack.of(stack.outputs(given.outputs, given.stack))
    aws = Aws(given.profile, given.region)
    operations = Operations(known, aws, screen)
    if given.verb == "waiting":
        machine = known.machine(given.workflow) if given.workflow else ""
        operations.waiting(Filters(machine, given.approver, given.older_than, given.only))
    elif given.verb == "show":
        operations.show(given.request)
    elif given.verb == "history":
        operations.history(given.request)
    else:
        act(operations, aws, screen, given.verb, given.request, reason, yes=given.yes)


def _parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(
        prog="countersign",
        description="What waits, for whom, since when and until when, and what to do about it.",
        epilog=EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    common = argparse.ArgumentParser(add_help=False)
    where = common.add_argument_group("where")
    where.add_argument(
        "--outputs", metavar="FILE", help="outputs of the stack as JSON; - reads them from a pipe"
    )
    where.add_argument("--stack", metavar="NAME", help="stack whose outputs Pulumi is asked for")
    where.add_argument("--profile", help="profile of the AWS credentials")
    where.add_argument("--region", help="region of the stack")
    common.add_argument("--json", action="store_true", help="one JSON object a line")
    asked = argparse.ArgumentParser(add_help=False)
    asked.add_argument("request", metavar="REQUEST", help="the request's id, as `waiting` has it")
    changing = argparse.ArgumentParser(add_help=False)
    changing.add_argument("--yes", action="store_true", help="do not ask")
    verbs = whole.add_subparsers(dest="verb", required=True, metavar="VERB")

    waiting = verbs.add_parser(
        "waiting", parents=[common], help="list what waits, the nearest deadline first"
    )
    waiting.add_argument("--workflow", default="", help="only of this workflow")
    waiting.add_argument("--approver", default="", metavar="ADDRESS", help="only what this person is asked")
    waiting.add_argument(
        "--older-than", type=_age, default=0, metavar="AGE", help="only what has waited so long: 30m, 12h, 7d"
    )
    waiting.add_argument(
        "--only", choices=(APPROVALS, EXECUTIONS), default=ALL, help="requests, or executions without one"
    )
    verbs.add_parser("show", parents=[asked, common], help="show one request")
    verbs.add_parser("history", parents=[asked, common], help="show what happened to one request")
    verbs.add_parser(
        operating.REMIND, parents=[asked, changing, common], help="mail those again who have not decided"
    )
    cancel = verbs.add_parser(
        operating.CANCEL, parents=[asked, changing, common], help="fail the task of a request, with a reason"
    )
    cancel.add_argument("--reason", required=True, help="why, in a line: it goes on record with who you are")
    return whole


def _age(text: str) -> int:
    match = _AGE.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"AGE must be a number with m, h or d, as in 12h, got {text!r}")
    return int(match[1]) * UNITS[match[2]]

"""The arguments of the command, and what they must be."""

import argparse
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from countersign_contract.approvals import operating

from .verbs.reading import ALL, APPROVALS, EXECUTIONS

UNITS: Final = {"m": 60, "h": 3600, "d": 86_400}
_AGE: Final = re.compile(r"([0-9]{1,6})([mhd])")
_NAME: Final = re.compile(
    r"(arn:[^:\s]+:states:[^:\s]+:[0-9]+:execution:[^:\s]+:)?[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/]{1,80}"
)
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""

EXITS: Final = """exit codes:
  0  done
  1  it is not so, or not all of it was done: the text says what
  2  wrong arguments or outputs
  3  AWS, or Pulumi, refused or did not answer
  4  you said no, or could not be asked (say --yes)
"""

Verbs = Any
"""What argparse makes parsers of verbs with."""


def parser(now: Callable[[], float]) -> argparse.ArgumentParser:
    """Of the whole command. `now` is what times before now are told from."""
    whole = argparse.ArgumentParser(
        prog="countersign",
        description="What waits, for whom, since when and until when, and what to do about it.",
        epilog=EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    common = argparse.ArgumentParser(add_help=False)
    where = common.add_argument_group("where")
    where.add_argument("--outputs", metavar="FILE", help="outputs of the stack as JSON; - reads a pipe")
    where.add_argument("--stack", metavar="NAME", help="stack whose outputs Pulumi is asked for")
    where.add_argument("--profile", help="profile of the AWS credentials")
    where.add_argument("--region", help="region of the stack")
    common.add_argument("--json", action="store_true", help="one JSON object a line")
    changing = argparse.ArgumentParser(add_help=False, parents=[common])
    changing.add_argument("--yes", action="store_true", help="do not ask")
    workflow = argparse.ArgumentParser(add_help=False)
    workflow.add_argument("--workflow", default="", help="only of this workflow")
    period = argparse.ArgumentParser(add_help=False)
    for name, said in (("since", "from this time on"), ("until", "before this time")):
        period.add_argument(
            f"--{name}", type=_time(now), metavar="TIME", help=f"{said}: 12h (ago), 2027-01-31"
        )
    verbs = whole.add_subparsers(dest="verb", required=True, metavar="VERB")
    _reading(verbs, common, workflow, period)
    _changing_requests(verbs, changing)
    _changing_more(verbs, changing, workflow, now)
    return whole


def _reading(
    verbs: Verbs,
    common: argparse.ArgumentParser,
    workflow: argparse.ArgumentParser,
    period: argparse.ArgumentParser,
) -> None:
    waiting = verbs.add_parser(
        "waiting", parents=[workflow, common], help="list what waits, the nearest deadline first"
    )
    waiting.add_argument("--approver", default="", metavar="ADDRESS", help="only what this person is asked")
    waiting.add_argument(
        "--older-than", type=_age, default=0, metavar="AGE", help="only what has waited so long: 30m, 12h, 7d"
    )
    waiting.add_argument(
        "--only", choices=(APPROVALS, EXECUTIONS), default=ALL, help="requests, or executions without one"
    )
    waiting.add_argument("--state", action="store_true", help="in which state, too (from logs: slower)")
    show = verbs.add_parser("show", parents=[common], help="show one request")
    _request(show)
    history = verbs.add_parser(
        "history", parents=[period, common], help="show what happened to one request, or in a time"
    )
    _request(history, nargs="?", default="")
    export = verbs.add_parser(
        "export", parents=[period, common], help="write requests, decisions and audit as JSON lines"
    )
    export.add_argument("--file", default="", help="a new file; otherwise they are printed")


def _changing_requests(verbs: Verbs, changing: argparse.ArgumentParser) -> None:
    remind = verbs.add_parser(
        operating.REMIND, parents=[changing], help="mail those again who have not decided"
    )
    resend = verbs.add_parser(operating.RESEND, parents=[changing], help="mail one approver again")
    cancel = verbs.add_parser(
        operating.CANCEL, parents=[changing], help="fail the task of a request, with a reason"
    )
    for each in (remind, resend, cancel):
        _request(each)
    resend.add_argument("approver", metavar="APPROVER", help="address, or number as `show` has it")
    _reason(cancel)


def _changing_more(
    verbs: Verbs,
    changing: argparse.ArgumentParser,
    workflow: argparse.ArgumentParser,
    now: Callable[[], float],
) -> None:
    ending = verbs.add_parser(
        "end-waiting", parents=[workflow, changing], help="end all that waits, as before a stack is destroyed"
    )
    _reason(ending)
    redrive = verbs.add_parser(
        "redrive", parents=[changing], help="show how many dead letters there are, and move them back"
    )
    redrive.add_argument("--queue", default="", metavar="NAME", help="only of this queue")
    redrive.add_argument("--look", action="store_true", help="only show them")
    again = verbs.add_parser(
        "start-again", parents=[workflow, changing], help="start what failed again, with the same input"
    )
    again.add_argument("executions", nargs="*", type=_name, metavar="EXECUTION", help="name or ARN")
    again.add_argument(
        "--since", type=_time(now), metavar="TIME", help="all that failed since: 12h (ago), 2027-01-31"
    )


def _request(verb: argparse.ArgumentParser, **more: Any) -> None:
    verb.add_argument("request", metavar="REQUEST", help="the request's id, as `waiting` has it", **more)


def _reason(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--reason", required=True, help="why, in a line: it goes on record")


def _age(text: str) -> int:
    match = _AGE.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"AGE must be a number with m, h or d, as in 12h, got {text!r}")
    return int(match[1]) * UNITS[match[2]]


def _time(now: Callable[[], float]) -> Callable[[str], float]:
    def time(text: str) -> float:
        if _AGE.fullmatch(text):
            return now() - _age(text)
        try:
            read = datetime.fromisoformat(text)
        except ValueError:
            raise argparse.ArgumentTypeError(
                f"TIME must be an age or a date and time, as in 12h or 2027-01-31T18:00Z, got {text!r}"
            ) from None
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()

    return time


def _name(text: str) -> str:
    if _NAME.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(f"EXECUTION must be the name or ARN of an execution, got {text!r}")
    return text

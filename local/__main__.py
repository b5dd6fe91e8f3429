"""``python -m local up|start|demo``: this stack on an embedded AWS, with no account and no Pulumi CLI."""

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from local import DEFAULT_STACK, PROJECT_FOLDER
from local.errors import LocalError, TooSlow
from local.terminal.interrupts import Interrupted, interruptible

_INTERRUPTED = 130  # What a shell reports for a process that Ctrl-C ended.
_USAGE = 2


def main() -> int:
    """Parse, run, and turn what goes wrong into one message and exit code 1."""
    arguments = _parser().parse_args()
    try:
        with interruptible():
            return _run(arguments)
    except Interrupted:
        return _INTERRUPTED
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr)
        return TooSlow.EXIT_STATUS if isinstance(error, TooSlow) else 1
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("local"):
            raise
        advice = "use .venv/bin/python, which `make demo` makes"
        print(f"error: this Python has no {missing.name}: {advice}", file=sys.stderr)
        return 1


def _run(arguments: argparse.Namespace) -> int:
    """Each imports what it needs: `start` needs little, and answers at once."""
    if arguments.command == "start":
        from local.terminal.start import start

        return start(arguments.arn, arguments.input, arguments.port)
    if arguments.command == "demo":
        from local.demo.play import demo

        return demo(arguments.folder, arguments.stack, auth=arguments.auth)
    from local.terminal.up import up

    return up(
        arguments.folder, arguments.stack, port=arguments.port, auth=arguments.auth, as_json=arguments.json
    )


class _Parser(argparse.ArgumentParser):
    """Tells what is wrong in one line; the usage is a command of its own."""

    def error(self, message: str) -> NoReturn:
        self.exit(_USAGE, f"error: {message} ({self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    shared = _Parser(add_help=False)
    shared.add_argument(
        "--stack", default=DEFAULT_STACK, help="which Pulumi.<stack>.yaml (default: %(default)s)"
    )
    shared.add_argument(
        "--folder",
        type=Path,
        default=PROJECT_FOLDER,
        help="the folder with Pulumi.yaml (default: this project)",
    )
    shared.add_argument(
        "--auth", action="store_true", help="enforce IAM: functions may only do what their role allows"
    )
    staying = commands.add_parser("up", parents=[shared], help="deploy and stay until interrupted")
    staying.add_argument(
        "--port", type=int, help="the embedded AWS's port on 127.0.0.1 (default: a free one)"
    )
    staying.add_argument("--json", action="store_true", help="print one JSON line instead of a table")
    starting = commands.add_parser("start", help="start an execution on what `up` keeps running")
    starting.add_argument(
        "--port", type=int, required=True, help="the port in the endpoint that `up` printed"
    )
    starting.add_argument("arn", metavar="ARN", help="the state machine's ARN")
    starting.add_argument(
        "input", metavar="INPUT", nargs="?", default="{}", help="its input as JSON (default: {})"
    )
    commands.add_parser("demo", parents=[shared], help="run every workflow to its end and show what happened")
    return parser


if __name__ == "__main__":
    sys.exit(main())

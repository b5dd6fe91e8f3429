"""MiniStack, the embedded AWS, as a child process on 127.0.0.1."""

import json
import secrets
import socket
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from local.errors import LocalError, TooSlow
from local.server.processes import GuardedProcess
from local.terminal.progress import Progress

HOST = "127.0.0.1"
ACCOUNT = "000000000000"
# With AUTH=true this key is the account's root user; every other caller needs a role.
ACCESS_KEY = "test"
SECRET_KEY = "test"

# Functions inherit the server's environment, and with it what this folder adds to their Python.
_FUNCTION_SITE = Path(__file__).parent / "server" / "lambda_site"
_SERVER = Path(__file__).parent / "server" / "ministack.py"
_START_SECONDS = 300.0
_ANSWER_SECONDS = 10.0  # Whoever has taken the port meanwhile may never answer.
_POLL_SECONDS = 0.01
_ATTEMPTS = 3


class Emulator:
    """One embedded AWS: ``with Emulator(auth=True) as aws: ...``.

    ``port`` None takes a free one. Its environment is its own: neither credentials nor configuration of the
    caller reach it, and it never talks to Docker.
    """

    process: GuardedProcess
    """The server, from its start on."""

    def __init__(self, *, port: int | None = None, auth: bool = False, region: str = "us-east-1") -> None:
        if port is not None:
            require_port(port)
        self.region = region
        self.auth = auth
        self.port = 0
        """The port it listens on."""
        self._wanted_port = port

    @property
    def endpoint(self) -> str:
        """The address for every AWS client."""
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> "Emulator":
        """Start it and return when it answers."""
        with Progress("starting the embedded AWS"):
            if self._wanted_port is not None:
                _require_free(self._wanted_port)
            for left in reversed(range(_ATTEMPTS)):
                try:
                    self._start(self._wanted_port or _free_port())
                    break
                except LocalError as error:
                    # Somebody may have taken the free port before MiniStack did.
                    if self._wanted_port or isinstance(error, TooSlow) or not left:
                        raise
        return self

    def __exit__(self, *_: object) -> None:
        """Kill it with all its functions, and remove its files."""
        self.process.stop()

    def _start(self, port: int) -> None:
        mark = secrets.token_hex(8)
        self.port = port
        environment = _environment(port, self.region, mark, self.auth)
        self.process = GuardedProcess(str(_SERVER), environment=environment)
        try:
            self._wait_until_ready(mark)
        except BaseException:
            self.__exit__()
            raise

    def _wait_until_ready(self, mark: str) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.process.returncode is not None:
                raise LocalError(f"the embedded AWS ended while starting:\n{_tail(self.process.output())}")
            if _answers(self.endpoint, mark):
                return
            time.sleep(_POLL_SECONDS)
        raise TooSlow(
            f"the embedded AWS runs, and has not answered within {_START_SECONDS:.0f} s: {TooSlow.ADVICE}\n"
            f"{_tail(self.process.output())}"
        )


def _environment(port: int, region: str, mark: str, auth: bool) -> dict[str, str]:
    return {
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,  # Queue URLs and links carry it.
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": region,
        "MINISTACK_EDITION": mark,  # Comes back in the health answer: proof of who answers.
        "AUTH": "true" if auth else "false",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
        "LAMBDA_EXECUTOR": "local",
        # Calls wait for their turn and are not refused, however many they are.
        "LAMBDA_ACCOUNT_CONCURRENCY": "0",
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(_FUNCTION_SITE),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _answers(endpoint: str, mark: str) -> bool:
    """Whether the server with this mark answers there, and no other."""
    with (
        suppress(OSError, ValueError, AttributeError),
        urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=_ANSWER_SECONDS) as answer,  # noqa: S310
    ):
        return bool(json.load(answer).get("edition") == mark)
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def require_port(port: int) -> None:
    """Raise what is to be said of a number that is no port."""
    if not 1 <= port <= 65_535:
        raise LocalError(f"--port must be between 1 and 65535, got {port}")


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            may_not = "may not be used by this user: choose one above 1023"
            taken = "is taken: choose another with --port, or none for a free one"
            reason = may_not if isinstance(error, PermissionError) else taken
            raise LocalError(f"port {port} on {HOST} {reason}") from None


def _tail(text: str, lines: int = 12) -> str:
    return "\n".join(text.strip().splitlines()[-lines:]) or "(no output)"

"""MiniStack, the embedded AWS, as a child process on 127.0.0.1."""

import socket
import urllib.request
from pathlib import Path

from local.errors import LocalError, TooSlow
from local.server.loopback import HOST
from local.server.processes import GuardedProcess

ACCOUNT = "000000000000"
# With AUTH=true this key is the account's root user; every other caller needs a role.
ACCESS_KEY = "test"
SECRET_KEY = "test"

# Functions inherit the server's environment, and with it what this folder adds to their Python.
_FUNCTION_SITE = Path(__file__).parent / "server" / "lambda_site"
_SERVER = Path(__file__).parent / "server" / "ministack.py"
_START_SECONDS = 300.0


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
        self.port = port or 0
        """The port it listens on, once it has started."""

    @property
    def endpoint(self) -> str:
        """The address for every AWS client."""
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> "Emulator":
        """Start it and return when it answers."""
        # The port is ours before the server starts: nobody else can take it, and answer there.
        with _listener(self.port) as listener:
            self.port = listener.getsockname()[1]
            environment = _environment(self.port, self.region, self.auth)
            descriptor = listener.fileno()
            self.process = GuardedProcess(
                _SERVER, [str(descriptor)], environment=environment, descriptors=[descriptor]
            )
            listener.close()
            try:
                self._wait_until_ready()
            except BaseException:
                self.__exit__()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        """Kill it with all its functions, and remove its files."""
        self.process.stop()

    def _wait_until_ready(self) -> None:
        """A call waits on the port until the server takes it, and fails when the server has ended."""
        try:
            urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=_START_SECONDS).close()  # noqa: S310
        except TimeoutError:
            said = (
                f"the embedded AWS runs, and has not answered within {_START_SECONDS:.0f} s: {TooSlow.ADVICE}"
            )
            raise TooSlow(f"{said}\n{_tail(self.process.output())}") from None
        except OSError:
            said = "the embedded AWS ended while starting:"
            raise LocalError(f"{said}\n{_tail(self.process.output())}") from None


def _environment(port: int, region: str, auth: bool) -> dict[str, str]:
    return {
        "MINISTACK_HOST": HOST,  # Queue URLs and links carry it.
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": region,
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


def require_port(port: int) -> None:
    """Raise what is to be said of a number that is no port."""
    if not 1 <= port <= 65_535:
        raise LocalError(f"--port must be between 1 and 65535, got {port}")


def _listener(port: int) -> socket.socket:
    """A socket that listens on this port, or for 0 on a free one."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        may_not = "may not be used by this user: choose one above 1023"
        taken = "is taken: choose another with --port, or none for a free one"
        reason = may_not if isinstance(error, PermissionError) else taken
        raise LocalError(f"port {port} on {HOST} {reason}") from None
    return listener


def _tail(text: str, lines: int = 12) -> str:
    return "\n".join(text.strip().splitlines()[-lines:]) or "(no output)"

"""A Step Functions endpoint that refuses an answer when told to, and passes everything else on."""

import http.client
import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

from local.aws import Aws
from local.emulator import HOST

# What boto3 reads the address of one service from.
ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_SFN"
_ANSWERS = "AWSStepFunctions.SendTask"
_POLL_SECONDS = 0.05
_PATIENCE_SECONDS = 300


class Faults:
    """``with Faults(endpoint) as faults: faults.use(aws, function); faults.refuse_once(request_id)``."""

    def __init__(self, endpoint: str) -> None:
        self.refused: list[str] = []
        self._to_refuse: set[str] = set()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer((HOST, 0), _handler(self, urlsplit(endpoint).netloc))
        self._server.daemon_threads = True

    @property
    def endpoint(self) -> str:
        """The address to use instead of the real one."""
        return f"http://{HOST}:{self._server.server_address[1]}"

    def __enter__(self) -> "Faults":
        threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="faults", daemon=True
        ).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def use(self, aws: Aws, function: str) -> None:
        """Make a function speak to Step Functions through here."""
        found = aws.functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        aws.functions.update_function_configuration(
            FunctionName=function, Environment={"Variables": {**found, ENDPOINT_VARIABLE: self.endpoint}}
        )

    def refuse_once(self, mark: str) -> None:
        """Refuse the next answer whose output or cause contains ``mark``."""
        with self._lock:
            self._to_refuse.add(mark)

    def refuses(self, target: str, body: str) -> bool:
        """Whether this call is to be refused; it is the last time for its mark."""
        if not target.startswith(_ANSWERS):
            return False
        with self._lock:
            found = {mark for mark in self._to_refuse if mark in body}
            self._to_refuse -= found
            self.refused.extend(sorted(found))
        return bool(found)


def _handler(faults: Faults, behind: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if faults.refuses(self.headers.get("X-Amz-Target", ""), body.decode(errors="replace")):
                refusal = {"__type": "AccessDeniedException", "message": "refused by the demo"}
                self._answer(
                    HTTPStatus.BAD_REQUEST, "application/x-amz-json-1.0", json.dumps(refusal).encode()
                )
                return
            # The headers go on as they came, Host too: they are signed.
            connection = http.client.HTTPConnection(behind, timeout=_PATIENCE_SECONDS)
            try:
                connection.request("POST", self.path, body, dict(self.headers.items()))
                answer = connection.getresponse()
                content = answer.read()
                self._answer(answer.status, answer.headers.get("Content-Type", ""), content)
            finally:
                connection.close()

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: bodies hold tokens, and standard error is for people."""

    return Handler

"""A Step Functions endpoint that refuses an answer when told to, and passes everything else on."""

import http.client
import json
import threading
from http import HTTPStatus
from urllib.parse import urlsplit

from local.aws import Aws
from local.server.loopback import Handler, Loopback

# What boto3 reads the address of one service from.
ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_SFN"
_ANSWERS = "AWSStepFunctions.SendTask"
_PATIENCE_SECONDS = 300


class Faults(Loopback):
    """``with Faults(endpoint) as faults: faults.use(aws, function); faults.refuse_once(request_id)``."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(_Passing)
        self.behind = urlsplit(endpoint).netloc
        self.refused: list[str] = []
        self._to_refuse: set[str] = set()
        self._lock = threading.Lock()

    def use(self, aws: Aws, function: str) -> None:
        """Make a function speak to Step Functions through here."""
        found = aws.functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        aws.functions.update_function_configuration(
            FunctionName=function, Environment={"Variables": {**found, ENDPOINT_VARIABLE: self.url}}
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


class _Passing(Handler):
    server: Faults

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.server.refuses(self.headers.get("X-Amz-Target", ""), body.decode(errors="replace")):
            refusal = {"__type": "AccessDeniedException", "message": "refused by the demo"}
            self.answer(HTTPStatus.BAD_REQUEST, "application/x-amz-json-1.0", json.dumps(refusal).encode())
            return
        connection = http.client.HTTPConnection(self.server.behind, timeout=_PATIENCE_SECONDS)
        try:
            # The headers go on as they came, Host too: they are signed.
            connection.request("POST", self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            self.answer(answer.status, answer.headers.get("Content-Type", ""), answer.read())
        finally:
            connection.close()

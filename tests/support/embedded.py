"""The embedded AWS for tests: one fresh instance per test process, the stack deployed once, IAM enforced."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local import DEFAULT_STACK, PROJECT_FOLDER, observe
from local.aws import Aws
from local.observe import Execution, LogLine, Message
from local.stack import Stack, running


class Embedded:
    """A deployed stack with the questions that tests ask."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    @property
    def aws(self) -> Aws:
        """Clients of the account's root user."""
        return self.stack.aws

    @property
    def endpoint(self) -> str:
        """The address of every service."""
        return self.stack.emulator.endpoint

    @property
    def outputs(self) -> Mapping[str, Any]:
        """What the program exported."""
        return self.stack.outputs

    def workflow(self, name: str) -> Mapping[str, str]:
        """``stateMachineArn``, ``queueUrl`` and ``deadLetterQueueUrl`` of a workflow."""
        found: Mapping[str, str] = self.outputs["workflows"][name]
        return found

    def start(self, workflow: str, request: object) -> str:
        """Start an execution of a workflow of the stack, or of the state machine with this ARN."""
        arn = workflow if workflow.startswith("arn:") else self.workflow(workflow)["stateMachineArn"]
        return observe.start(self.aws, arn, request)

    def finish(self, execution_arn: str, timeout_seconds: int = 0) -> Execution:
        """Wait for the end of an execution, at its timeout perhaps."""
        return observe.wait_for_end(self.aws, execution_arn, timeout_seconds)

    def run(self, workflow: str, request: object, timeout_seconds: int = 0) -> Execution:
        """Start an execution and wait for its end."""
        return self.finish(self.start(workflow, request), timeout_seconds)

    def history(self, execution_arn: str) -> list[Mapping[str, Any]]:
        """The events of an execution."""
        return observe.history(self.aws, execution_arn)

    def messages(self, queue_url: str, wait_seconds: int = 0) -> list[Message]:
        """Take all messages that a queue has."""
        return observe.receive(self.aws, queue_url, wait_seconds=wait_seconds)

    def count(self, queue_url: str) -> int:
        """How many messages a queue holds."""
        return observe.count(self.aws, queue_url)

    def logs(self, group: str | None = None) -> list[LogLine]:
        """Log lines of one group, or of all functions."""
        return list(observe.log_lines(self.aws, group))

    @contextmanager
    def paused(self, queue_url: str) -> Iterator[None]:
        """Nobody takes messages from a queue meanwhile, so that a test can look at them and put them back."""
        arn = self.aws.arn("sqs", queue_url.rsplit("/", 1)[-1])
        mappings = self.aws.functions.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
        for mapping in mappings:
            self.aws.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        try:
            yield
        finally:
            for mapping in mappings:
                self.aws.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    def resource(self, kind: str, name: str) -> Mapping[str, Any]:
        """Inputs and outputs of one resource by its type token and logical name."""
        return dict(self.stack.deployment.of_type(kind))[name]


@contextmanager
def embedded(
    folder: Path = PROJECT_FOLDER,
    stack: str = DEFAULT_STACK,
    *,
    auth: bool = True,
    overrides: Mapping[str, object] | None = None,
) -> Iterator[Embedded]:
    """Start an embedded AWS, deploy a program to it, and take everything away again."""
    with running(folder, stack, auth=auth, overrides=overrides) as deployed:
        yield Embedded(deployed)

"""Mistakes in a program that uses the package: its last lines → what is said, after `error: `."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mistakes.told import Told, small, told, told_here

IMPORTS = "import pulumi\nfrom countersign import *\n"
QUEUE = "queue = CallbackQueue('orders', {'worker': 'worker'})\n"
PEOPLE = """\
mails = Notifier('mails', {'emails': ['ann@shop.org']})
approvals = ApprovalApi('approvals', {'approvers': ['ann@shop.org'], 'topic_arn': mails.topic_arn})
"""
FLOW = """\
def flow(ask, **more):
    definition = {'StartAt': 'Ask', 'States': {'Ask': ask}}
    CallbackWorkflow('flow', {'definition': definition, 'callback_role_names': [], **more})

url = 'https://sqs.eu-west-1.amazonaws.com/123456789012/orders'
wait = {'Type': 'Task', 'Resource': 'countersign:wait', 'Parameters': {'QueueUrl': url}, 'TimeoutSeconds': 60}
"""

NO_STATE = FLOW + "flow({**wait, 'Next': 'Ship'})"
NO_TOPIC = "CallbackQueue('orders', {'alarm_topic_arn': pulumi.Output.from_input('alarms')})"
TWICE = QUEUE + QUEUE
"""Said by the engine that a program registers at, so only a real one can tell it."""

AT_ONCE = {
    "Notifier('mails', {'color': 'red'})": (
        "Notifier mails: there is no argument color; it has alarm_topic_arn, emails, emails_by_name, "
        "function_arns, function_arns_by_name, https_urls, https_urls_by_name, kms_key_arn, queue_arns, "
        "queue_arns_by_name, tags, test_queue, topic_arn"
    ),
    "CallbackQueue('orders', worker='worker')": (
        "CallbackQueue orders: arguments must be in a dict: (name, {'worker': ...}), got worker="
    ),
    "CallbackQueue({'worker': 'worker'})": (
        "CallbackQueue takes its name first: CallbackQueue(name, {...}), got {'worker': 'worker'}"
    ),
    "CallbackQueue('')": "name of CallbackQueue must not be empty, got ''",
    "CallbackFunction('orders')": "CallbackFunction orders: args must be given",
    "CallbackQueue('orders', ['worker'])": (
        "CallbackQueue orders: args must be a dict of arguments, got ['worker']"
    ),
    "CallbackQueue('orders', {}, {'protect': True})": (
        "CallbackQueue orders: opts must be pulumi.ResourceOptions, got {'protect': True}"
    ),
    NO_STATE: (
        "CallbackWorkflow flow: the definition has 1 error:\n"
        'Ask: transition-target: there is no state "Ship" in this machine; name one of its states '
        "(States.Ask.Next)"
    ),
}
"""Told before anything is created; more of them, by argument, in tests/components/test_wrong_arguments.py."""

ON_THE_WAY = {
    TWICE: (
        'countersign:index:CallbackQueue "orders": two resources of this type and parent have the same name'
    ),
    QUEUE + "queue.wait('$.order')": (
        "CallbackQueue orders: timeout_seconds must be given: how long to wait, 1 to 31536000 seconds, or a "
        "path to a number of them"
    ),
    QUEUE + "queue.wait('$.order', timeout=60)": (
        "CallbackQueue orders: wait has no argument timeout; did you mean timeout_seconds?"
    ),
    PEOPLE + "approvals.wait(timeout_seconds=60)": "ApprovalApi approvals: subject must be given to wait",
    NO_TOPIC: "CallbackQueue orders: alarm_topic_arn must be the ARN of a standard topic, got 'alarms'",
    FLOW + "flow({'Type': 'Pass', 'Result': pulumi.Output.from_input(None), 'End': True})": (
        "CallbackWorkflow flow: States.Ask.Result must have a value, but its Output resolved to None"
    ),
}
"""Told once other resources are on their way, or once a value is known. In Pulumi that is in the preview."""

IN_A_PROCESS = (NO_STATE, NO_TOPIC, TWICE)
"""One of each kind, to see that `told_here` tells what a person reads: told at once in several lines, once a
value is known, and by the engine."""

MISTAKES = AT_ONCE | ON_THE_WAY


@pytest.mark.parametrize(
    ("mistake", "tell"),
    [
        *((mistake, told_here) for mistake in MISTAKES if mistake != TWICE),
        *((mistake, told) for mistake in IN_A_PROCESS),
    ],
)
def test_a_person_reads_just_that(mistake: str, tell: Callable[[Path], Told], tmp_path: Path) -> None:
    found = tell(small(tmp_path, IMPORTS + mistake + "\n"))
    assert found.said == f"error: {MISTAKES[mistake]}"
    assert not found.made or mistake in ON_THE_WAY


def test_a_fault_of_the_program_keeps_the_way_to_its_place(tmp_path: Path) -> None:
    """That is no mistake of arguments, so the traceback is told, but only the program's own part of it."""
    folder = small(tmp_path, "def share(of):\n    return 1 / of\n\nshare(0)\n")
    assert told(folder).said.splitlines() == [
        "error: the program failed with an exception:",
        "Traceback (most recent call last):",
        f'  File "{folder}/__main__.py", line 4, in <module>',
        "    share(0)",
        f'  File "{folder}/__main__.py", line 2, in share',
        "    return 1 / of",
        "           ~~^~~~",
        "ZeroDivisionError: division by zero",
    ]

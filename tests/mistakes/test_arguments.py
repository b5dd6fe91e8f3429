"""Mistakes in a program that uses the package: its last lines → what is said."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mistakes.told import Told, small, told, told_here

IMPORTS = "import pulumi\nfrom countersign import *\n"
QUEUE = "queue = CallbackQueue('orders', {'worker': 'worker'})\n"
PEOPLE = """
mails = Notifier('mails', {'emails': ['ann@shop.org']})
approvals = ApprovalApi('approvals', {'approvers': ['ann@shop.org'], 'topic_arn': mails.topic_arn})
"""
FLOW = """
def flow(ask, **more):
    definition = {'StartAt': 'Ask', 'States': {'Ask': ask}}
    CallbackWorkflow('flow', {'definition': definition, 'callback_role_names': [], **more})

url = 'https://sqs.eu-west-1.amazonaws.com/123456789012/orders'
wait = {'Type': 'Task', 'Resource': 'countersign:wait', 'Parameters': {'QueueUrl': url}, 'TimeoutSeconds': 60}
"""

AT_ONCE: dict[str, tuple[str, str]] = {
    "an argument that is like none": (
        "Notifier('mails', {'color': 'red'})",
        (
            "error: Notifier mails: there is no argument color; it has alarm_topic_arn, emails, "
            "emails_by_name, function_arns, function_arns_by_name, https_urls, https_urls_by_name, "
            "kms_key_arn, queue_arns, queue_arns_by_name, tags, test_queue, topic_arn"
        ),
    ),
    "arguments by name": (
        "CallbackQueue('orders', worker='worker')",
        "error: CallbackQueue orders: arguments must be in a dict: (name, {'worker': ...}), got worker=",
    ),
    "no name": (
        "CallbackQueue({'worker': 'worker'})",
        ("error: CallbackQueue takes its name first: CallbackQueue(name, {...}), got {'worker': 'worker'}"),
    ),
    "an empty name": ("CallbackQueue('')", "error: name of CallbackQueue must not be empty, got ''"),
    "no arguments": ("CallbackFunction('orders')", "error: CallbackFunction orders: args must be given"),
    "a list of arguments": (
        "CallbackQueue('orders', ['worker'])",
        "error: CallbackQueue orders: args must be a dict of arguments, got ['worker']",
    ),
    "options in a dict": (
        "CallbackQueue('orders', {}, {'protect': True})",
        "error: CallbackQueue orders: opts must be pulumi.ResourceOptions, got {'protect': True}",
    ),
    "a state that is not there": (
        FLOW + "flow({**wait, 'Next': 'Ship'})",
        (
            "error: CallbackWorkflow flow: the definition has 1 error:\n"
            'Ask: transition-target: there is no state "Ship" in this machine; name one of its '
            "states (States.Ask.Next)"
        ),
    ),
}
"""Told before anything is created; more of them, by argument, in tests/components/test_wrong_arguments.py."""

ON_THE_WAY: dict[str, tuple[str, str]] = {
    "two of the same name": (
        QUEUE + QUEUE,
        (
            'error: countersign:index:CallbackQueue "orders": two resources of this type and '
            "parent have the same name"
        ),
    ),
    "a wait without a timeout": (
        QUEUE + "queue.wait('$.order')",
        (
            "error: CallbackQueue orders: timeout_seconds must be given: how long to wait, 1 to 31536000 "
            "seconds, or a path to a number of them"
        ),
    ),
    "an argument of a wait misspelt": (
        QUEUE + "queue.wait('$.order', timeout=60)",
        "error: CallbackQueue orders: wait has no argument timeout; did you mean timeout_seconds?",
    ),
    "an approval of nothing": (
        PEOPLE + "approvals.wait(timeout_seconds=60)",
        "error: ApprovalApi approvals: subject must be given to wait",
    ),
    "no topic, known later": (
        "CallbackQueue('orders', {'alarm_topic_arn': pulumi.Output.from_input('alarms')})",
        "error: CallbackQueue orders: alarm_topic_arn must be the ARN of a topic, got 'alarms'",
    ),
    "nothing, known later": (
        FLOW + "flow({'Type': 'Pass', 'Result': pulumi.Output.from_input(None), 'End': True})",
        "error: CallbackWorkflow flow: States.Ask.Result must have a value, but its Output resolved to None",
    ),
}
"""Told once other resources are on their way, or once a value is known. In Pulumi that is in the preview."""


OF_THE_ENGINE = "two of the same name"
"""Said by the engine that a program registers at, so only a real one can tell it."""

IN_A_PROCESS = ("a state that is not there", "no topic, known later", OF_THE_ENGINE)
"""One of each kind, to see that `told_here` tells what a person reads: told at once in several lines, once a
value is known, and by the engine."""

MISTAKES = AT_ONCE | ON_THE_WAY


@pytest.mark.parametrize(
    ("mistake", "tell"),
    [
        *((mistake, told_here) for mistake in MISTAKES if mistake != OF_THE_ENGINE),
        *((mistake, told) for mistake in IN_A_PROCESS),
    ],
)
def test_a_person_reads_just_that(mistake: str, tell: Callable[[Path], Told], tmp_path: Path) -> None:
    source, said = MISTAKES[mistake]
    found = tell(small(tmp_path, IMPORTS + source + "\n"))
    assert found.said == said
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

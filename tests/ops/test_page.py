"""docs/operations.md says of the command what is so: its verbs, exit codes, and permissions."""

import shlex
import time
from collections.abc import Iterator, Mapping
from typing import Any

from countersign_contract.approvals import table
from ops.arguments import EXITS, parser
from ops.problems import Exit

from . import page
from .test_refusals import VERBS

LOOKING = ("waiting", "show", "history", "export")


def actions(policy: Mapping[str, Any]) -> Iterator[str]:
    for statement in policy["Statement"]:
        action = statement["Action"]
        yield from [action] if isinstance(action, str) else action


def test_each_verb_has_a_row_which_can_be_typed() -> None:
    verbs = [parser(time.time).parse_args(shlex.split(row)[1:]).verb for row, _ in page.ROWS]
    assert sorted(set(verbs)) == sorted(VERBS)
    told = parser(time.time).format_help()
    for verb in verbs:
        assert f"\n    {verb}" in told


def test_each_exit_code_has_a_row_and_is_told_by_help() -> None:
    assert set(page.EXITS) == set(Exit)
    for code in set(Exit) - {Exit.INTERRUPTED}:
        assert f"\n  {code}  " in EXITS


def test_who_may_look_may_do_exactly_what_looking_needs() -> None:
    """Neither histories nor messages, which hold tokens, and of the table what holds none."""
    look, _, _ = page.POLICIES
    needed = {each for verb in LOOKING for each in VERBS[verb][1]}
    needed |= {"sqs:GetQueueAttributes", "cloudwatch:GetMetricStatistics"}  # `redrive --look`
    assert sorted(actions(look)) == sorted(needed)
    assert [each["Sid"] for each in look["Statement"] if each["Resource"] == "*"] == ["AgeOfDeadLetters"]
    condition = look["Statement"][0]["Condition"]
    assert condition["ForAllValues:StringEquals"]["dynamodb:Attributes"] == list(table.READABLE)
    assert condition["StringEquals"] == {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}


def test_who_may_act_may_do_exactly_what_acting_needs_besides() -> None:
    look, act, redrive = page.POLICIES
    verbs = set(VERBS) - {*LOOKING, "redrive"}
    needed = {each for verb in verbs for each in VERBS[verb][1]}
    assert sorted(actions(act)) == sorted(needed - {*actions(look)})
    of_sqs = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:SendMessage"}
    moving = {each for each in VERBS["redrive"][1] if each.startswith("sqs:")}
    assert sorted(actions(redrive)) == sorted(moving | of_sqs)
    for policy in (look, act):
        assert not {"sqs:ReceiveMessage", "states:GetExecutionHistory", "lambda:InvokeFunction"} & {
            *actions(policy)
        }

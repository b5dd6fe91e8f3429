"""A program may be evaluated quickly without registering anything else."""

import gc

import pulumi

from components import Notifier
from components.evaluation import begun, evaluate_quickly
from tests.support.engine import deploy


def test_the_same_is_registered_and_exported() -> None:
    def program() -> None:
        pulumi.export("topic", Notifier("mail").topic_arn)

    def quick_program() -> None:
        evaluate_quickly()
        assert not gc.isenabled()
        program()

    plain, quick = deploy(program), deploy(quick_program)
    assert quick.keys() == plain.keys()
    assert quick.exports == plain.exports


def test_a_program_with_a_main_of_its_own_awaits_the_beginning_there() -> None:
    """After one turn of the event loop the registrations have begun."""
    seen: list[int] = []

    async def main() -> dict[str, pulumi.Output[str]]:
        topic = Notifier("mail").topic_arn
        started = pulumi.runtime.settings.SETTINGS.rpc_manager.rpcs
        seen.append(len(started))
        await begun()
        seen.append(len(started))
        return {"topic": topic}

    assert deploy(lambda: pulumi.run(main)).exports["topic"].endswith(":mail-notices")
    assert seen[0] < seen[1]

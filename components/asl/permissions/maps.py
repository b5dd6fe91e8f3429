"""What a Distributed Map needs beside its states: its own executions, and the objects it reads and writes.

https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
"""

from collections.abc import Mapping
from typing import Any

from .grants import Grant, optimised_grants
from .invocation import CannotTell


def reader_grants(reader: Mapping[str, Any]) -> tuple[Grant, ...]:
    """What an ItemReader needs."""
    config = reader.get("ReaderConfig")
    settings = config if isinstance(config, Mapping) else {}
    if str(reader.get("Resource")).endswith(":s3:listObjectsV2"):
        more = "map:flatten" if settings.get("Transformation") == "LOAD_AND_FLATTEN" else None
        return optimised_grants("map:listObjectsV2") + (optimised_grants(more) if more else ())
    if str(reader.get("Resource")).endswith(":s3:getObject"):
        more = "map:manifest" if settings.get("InputType") == "MANIFEST" else None
        return optimised_grants("map:getObject") + (optimised_grants(more) if more else ())
    return ()


def writer_grants() -> tuple[Grant, ...]:
    """What a ResultWriter needs."""
    return optimised_grants("map:putObject")


def own_resources(state_machine_arn: str, label: str | None) -> dict[str, str]:
    """Action → the machine, its executions, or the executions of its map runs, which it is about."""
    place, _, name = state_machine_arn.rpartition(":stateMachine:")
    if not place:
        raise CannotTell(f"state_machine_arn is not the ARN of a state machine ({state_machine_arn})")
    return {
        "states:StartExecution": state_machine_arn,
        "states:DescribeExecution": f"{place}:execution:{name}:*",
        "states:RedriveExecution": f"{place}:execution:{name}/{label or '*'}:*",
    }

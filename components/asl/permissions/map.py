"""What a Distributed Map needs beside its states: its own executions, and the objects it reads and writes.

https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
"""

from collections.abc import Mapping
from typing import Any, Final

from . import resources as find
from .grants import Call, Grant, Unknown, escape, grant

_PAGE: Final = "https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html"


def _under_prefix(call: Call) -> list[str]:
    """What is written below a prefix; Step Functions adds the map run's own folder."""
    prefix, whole = call.beginning("Prefix") if call.given("Prefix") else ("", False)
    folder = f"{escape(prefix.rstrip('/'))}/" if whole else escape(prefix)
    return [f"{find.bucket(call)}/{folder}*"]


def _read_under_prefix(call: Call) -> list[str]:
    prefix, _whole = call.beginning("Prefix") if call.given("Prefix") else ("", False)
    return [f"{find.bucket(call)}/{escape(prefix)}*"]


_MANIFEST: Final = find.by_hand("the objects that the manifest lists are not in the definition")

LIST: Final = grant("ListItems", "s3:ListBucket", find.whole_bucket, _PAGE, find.listed_prefix)
READ: Final = grant("ReadItems", "s3:GetObject", find.unless(find.objects, "VersionId"), _PAGE)
READ_VERSION: Final = grant("ReadItems", "s3:GetObjectVersion", find.when(find.objects, "VersionId"), _PAGE)
READ_LISTED: Final = grant("ReadItems", "s3:GetObject", _read_under_prefix, _PAGE)
READ_MANIFEST: Final = grant("ReadItems", "s3:GetObject", _MANIFEST, _PAGE)
WRITE: Final = grant(
    "WriteMapResults",
    "s3:AbortMultipartUpload s3:GetObject s3:ListMultipartUploadParts s3:PutObject",
    _under_prefix,
    _PAGE,
)


def reader_grants(reader: Mapping[str, Any]) -> tuple[Grant, ...]:
    """What an ItemReader needs."""
    config = reader.get("ReaderConfig")
    settings = config if isinstance(config, Mapping) else {}
    if str(reader.get("Resource")).endswith(":s3:listObjectsV2"):
        flattened = settings.get("Transformation") == "LOAD_AND_FLATTEN"
        return (LIST, READ_LISTED) if flattened else (LIST,)
    if str(reader.get("Resource")).endswith(":s3:getObject"):
        manifest = settings.get("InputType") == "MANIFEST"
        return (READ, READ_VERSION, READ_MANIFEST) if manifest else (READ, READ_VERSION)
    return ()


def is_distributed(state: Mapping[str, Any]) -> bool:
    """Whether a Map state runs its items as executions of their own."""
    processor = state.get("ItemProcessor", state.get("Iterator"))
    config = processor.get("ProcessorConfig") if isinstance(processor, Mapping) else None
    return isinstance(config, Mapping) and config.get("Mode") == "DISTRIBUTED"


def own_resources(state_machine_arn: str, label: str | None) -> tuple[str, str, str]:
    """A state machine's ARN, and those of its executions and of the executions of its map runs."""
    place, _, name = state_machine_arn.rpartition(":stateMachine:")
    if not place:
        raise Unknown(f"state_machine_arn is not the ARN of a state machine ({state_machine_arn})")
    return state_machine_arn, f"{place}:execution:{name}:*", f"{place}:execution:{name}/{label or '*'}:*"

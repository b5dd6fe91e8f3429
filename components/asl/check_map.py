"""Map states: what only a Distributed Map has, and what its reader, batcher and writer need."""

import re
from typing import Any

from . import check_values as values
from .check_errors import fields
from .check_scope import Place
from .findings import Unknown, show

DISTRIBUTED_FIELDS = (
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "Label",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
)
_LABEL = re.compile(r"[^\s?*<>{}\[\]:;,\\|^~$#%&`\"/\x00-\x1f\x7f-\x9f]{1,40}")

_CONFIG: dict[str, values.Checker] = {
    "Mode": values.later,
    "ExecutionType": values.later,
}
_READER: dict[str, values.Checker] = {
    "Resource": values.text,
    "ReaderConfig": values.later,
    "Parameters": values.object_template,
    "Arguments": values.object_template,
}
_COUNT = values.number(1, 99_999_999)
_READER_CONFIG: dict[str, values.Checker] = {
    "InputType": values.one_of("CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"),
    "Transformation": values.one_of("NONE", "LOAD_AND_FLATTEN"),
    "CSVHeaderLocation": values.one_of("FIRST_ROW", "GIVEN"),
    "CSVHeaders": values.later,
    "CSVDelimiter": values.one_of("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
    "MaxItems": values.number(0, 100_000_000),
    "MaxItemsPath": values.reference_path,
    "ManifestType": values.one_of("ATHENA_DATA", "S3_INVENTORY"),
    "ItemsPointer": values.text,
}
_WRITER: dict[str, values.Checker] = {
    "Resource": values.text,
    "Parameters": values.object_template,
    "Arguments": values.object_template,
    "WriterConfig": values.later,
}
_WRITER_CONFIG: dict[str, values.Checker] = {
    "OutputType": values.one_of("JSON", "JSONL"),
    "Transformation": values.one_of("NONE", "COMPACT", "FLATTEN"),
}
_BATCHER: dict[str, values.Checker] = {
    "BatchInput": values.object_template,
    "MaxItemsPerBatch": _COUNT,
    "MaxItemsPerBatchPath": values.reference_path,
    "MaxInputBytesPerBatch": values.number(1, 262_144),
    "MaxInputBytesPerBatchPath": values.reference_path,
}


def check(place: Place) -> None:
    """Check a Map state, its single fields and its iterations apart."""
    state = place.state
    # AWS takes a ProcessorConfig in the older Iterator too.
    name = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
    processor = state.get(name)
    config = processor.get("ProcessorConfig", {}) if isinstance(processor, dict) else {}
    if isinstance(config, Unknown):
        return
    at = f"{name}.ProcessorConfig"
    if not isinstance(config, dict):
        values.wrong_type(place, at, config, "an object")
        return
    fields(place, at, config, _CONFIG)
    _mode(place, at, config)
    if config.get("Mode", "INLINE") == "INLINE" and "ExecutionType" not in config:
        for field in DISTRIBUTED_FIELDS:
            if field in state:
                place.add(
                    "distributed-only",
                    field,
                    f"an inline Map has no {field}",
                    f'set "Mode": "DISTRIBUTED" in {at}, or remove it',
                )
    if config.get("Mode") == "DISTRIBUTED" and place.scope.express:
        fix = "use a Standard workflow, or an inline Map"
        place.add("express-pattern", "", "an Express workflow has no Distributed Map", fix)
    _reader(place)
    _writer(place)
    _batcher(place)
    _label(place)


def _mode(place: Place, at: str, config: dict[str, Any]) -> None:
    mode, kind = config.get("Mode", "INLINE"), config.get("ExecutionType")
    if not isinstance(mode, Unknown) and mode not in ("INLINE", "DISTRIBUTED"):
        place.add(
            "map-processor",
            f"{at}.Mode",
            f"must be INLINE or DISTRIBUTED, got {show(mode)}",
            "use one of them",
        )
    elif mode == "DISTRIBUTED" and not isinstance(kind, Unknown) and kind not in ("STANDARD", "EXPRESS"):
        place.add(
            "map-processor",
            f"{at}.ExecutionType",
            f"must be STANDARD or EXPRESS, got {show(kind)}",
            "say which kind of executions the items get; those that wait need STANDARD",
        )
    elif mode == "INLINE" and kind is not None:
        place.add(
            "map-processor",
            f"{at}.ExecutionType",
            "an inline Map has no executions of its own",
            'remove it, or set "Mode": "DISTRIBUTED"',
        )


def _part(
    place: Place, name: str, table: dict[str, values.Checker], required: tuple[str, ...]
) -> dict[str, Any]:
    part = place.state.get(name, Unknown.PLACEHOLDER)
    if isinstance(part, Unknown):
        return {}
    if not isinstance(part, dict):
        values.wrong_type(place, name, part, "an object")
        return {}
    fields(place, name, part, table)
    for field in required:
        if field not in part:
            place.add("missing-field", f"{name}.{field}", f"{name} has no {field}", f"give {field}")
    wrong = "Parameters" if place.jsonata else "Arguments"
    if wrong in part:
        place.add(
            "query-language",
            f"{name}.{wrong}",
            f"{wrong} is of the other query language",
            f"use {'Arguments' if place.jsonata else 'Parameters'}",
        )
    return part


def _config(place: Place, part: dict[str, Any], at: str, table: dict[str, values.Checker]) -> dict[str, Any]:
    config = part.get(at.rpartition(".")[2], {})
    if isinstance(config, dict):
        fields(place, at, config, table)
        return config
    values.wrong_type(place, at, config, "an object")
    return {}


def _reader(place: Place) -> None:
    part = _part(place, "ItemReader", _READER, ("Resource",))
    config = _config(place, part, "ItemReader.ReaderConfig", _READER_CONFIG)
    at = "ItemReader.ReaderConfig"
    exclusive(place, at, config, "MaxItems", "MaxItemsPath")
    kind, location, headers = (
        config.get("InputType"),
        config.get("CSVHeaderLocation"),
        config.get("CSVHeaders"),
    )
    if kind == "CSV" and location is None and "ManifestType" not in config:
        place.add(
            "missing-field",
            f"{at}.CSVHeaderLocation",
            "CSV needs CSVHeaderLocation",
            "use FIRST_ROW or GIVEN",
        )
    if location == "GIVEN" and "CSVHeaders" not in config:
        place.add("missing-field", f"{at}.CSVHeaders", "GIVEN headers are not given", "give CSVHeaders")
    if "CSVHeaders" in config and not isinstance(headers, Unknown):
        if not isinstance(headers, list) or not all(isinstance(one, str | Unknown) for one in headers):
            values.wrong_type(place, f"{at}.CSVHeaders", headers, "an array of strings")
        elif location == "FIRST_ROW":
            place.add(
                "exclusive-fields",
                f"{at}.CSVHeaders",
                "FIRST_ROW has its own headers",
                "use GIVEN, or drop them",
            )


def _writer(place: Place) -> None:
    part = _part(place, "ResultWriter", _WRITER, ())
    _config(place, part, "ResultWriter.WriterConfig", _WRITER_CONFIG)
    given = isinstance(place.state.get("ResultWriter"), dict)
    if given and "Resource" not in part and "WriterConfig" not in part:
        place.add(
            "missing-field", "ResultWriter.Resource", "ResultWriter has no Resource", "say where results go"
        )


def _batcher(place: Place) -> None:
    part = _part(place, "ItemBatcher", _BATCHER, ())
    exclusive(place, "ItemBatcher", part, "MaxItemsPerBatch", "MaxItemsPerBatchPath")
    exclusive(place, "ItemBatcher", part, "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath")
    if (
        "ItemBatcher" in place.state
        and isinstance(place.state["ItemBatcher"], dict)
        and not part.keys() - {"BatchInput"}
    ):
        place.add(
            "missing-field",
            "ItemBatcher.MaxItemsPerBatch",
            "a batch has no limit",
            "give MaxItemsPerBatch or MaxInputBytesPerBatch",
        )


def exclusive(place: Place, at: str, part: dict[str, Any], one: str, other: str) -> None:
    """Of two fields there may be one."""
    if one in part and other in part:
        path = f"{at}.{other}" if at else other
        place.add("exclusive-fields", path, f"{one} and {other} exclude each other", "remove one of them")


def _label(place: Place) -> None:
    label = place.state.get("Label")
    if not isinstance(label, str):
        return
    if not _LABEL.fullmatch(label):
        place.add(
            "map-label",
            "Label",
            f"must be 1 to 40 characters, none of them special, got {show(label)}",
            "use letters, digits, - and _",
        )
        return
    labels = place.scope.shared.labels
    first = labels.setdefault(label, place.path)
    if first != place.path:
        place.add("map-label", "Label", f"{show(label)} is the label of {first} too", "use another")

"""Map states: what only a Distributed Map has, how it runs its items, and how it makes batches of them."""

import re
from typing import Any

from . import check_reader
from . import check_values as values
from .check_errors import fields
from .check_parts import exclusive as exclusive
from .check_parts import no_paths, part_of
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
_COUNT = values.number(1, 99_999_999)
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
    else:
        check_reader.check(place)
        _batcher(place)
    if config.get("Mode") == "DISTRIBUTED" and place.scope.express:
        fix = "use a Standard workflow, or an inline Map"
        place.add("express-pattern", "", "an Express workflow has no Distributed Map", fix)
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


def _batcher(place: Place) -> None:
    part = part_of(place, "ItemBatcher", _BATCHER)
    no_paths(place, "ItemBatcher", part)
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

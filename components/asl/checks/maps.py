"""Map states: what only a Distributed Map has, where its items come from, how they run, and where results go.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

import re
from typing import Any

from ..report.display import Unknown, show
from ..services import integrations
from . import arguments, fields, values
from .scope import Site

_LABEL = re.compile(r"[^\s?*<>{}\[\]:;,\\|^~$#%&`\"/\x00-\x1f\x7f-\x9f]{1,40}")

_GET, _LIST = "s3:getObject", "s3:listObjectsV2"
_WRITES = integrations.Integration(
    "s3", "putObject", "optimized", required=frozenset({"Bucket"}), optional=frozenset({"Prefix"})
)
_ARN = "arn:${AWS::Partition}:states:::"


def check(site: Site, name: str) -> None:
    """Check a Map state, whose processor is the field `name`; its single fields and its iterations apart."""
    at = f"{name}.ProcessorConfig"
    config = fields.part_of(site, site.state.get(name), at)
    if config is None:
        return
    _mode(site, at, config)
    if config.get("Mode", "INLINE") == "INLINE" and "ExecutionType" not in config:
        for field in fields.table_of("Map", jsonata=site.jsonata).distributed:
            if field in site.state:
                message = f"an inline Map has no {field}"
                fix = f'set "Mode": "DISTRIBUTED" in {at}, or remove it'
                site.add("distributed-only", field, message, fix)
    else:
        _reader(site)
        _writer(site)
        batcher = fields.part_of(site, site.state, "ItemBatcher")
        if batcher is not None and "ItemBatcher" in site.state and not batcher.keys() - {"BatchInput"}:
            fix = "give MaxItemsPerBatch or MaxInputBytesPerBatch"
            site.add("missing-field", "ItemBatcher.MaxItemsPerBatch", "a batch has no limit", fix)
    if config.get("Mode") == "DISTRIBUTED" and site.scope.express:
        fix = "use a Standard workflow, or an inline Map"
        site.add("express-pattern", "", "an Express workflow has no Distributed Map", fix)
    _label(site)


def _mode(site: Site, at: str, config: dict[str, Any]) -> None:
    mode, kind = config.get("Mode", "INLINE"), config.get("ExecutionType")
    if not isinstance(mode, Unknown) and mode not in ("INLINE", "DISTRIBUTED"):
        site.must("map-processor", f"{at}.Mode", "INLINE or DISTRIBUTED", mode, "use one of them")
    elif mode == "DISTRIBUTED" and not isinstance(kind, Unknown) and kind not in ("STANDARD", "EXPRESS"):
        fix = "say which kind of executions the items get; those that wait need STANDARD"
        site.must("map-processor", f"{at}.ExecutionType", "STANDARD or EXPRESS", kind, fix)
    elif mode == "INLINE" and kind is not None:
        message = "an inline Map has no executions of its own"
        site.add("map-processor", f"{at}.ExecutionType", message, 'remove it, or set "Mode": "DISTRIBUTED"')


def _label(site: Site) -> None:
    label = site.state.get("Label")
    if isinstance(label, str) and not _LABEL.fullmatch(label):
        wanted = "1 to 40 characters, none of them special"
        site.must("map-label", "Label", wanted, label, "use letters, digits, - and _")
    elif isinstance(label, str):
        first = site.scope.shared.labels.setdefault(label, site.path)
        if first != site.path:
            site.add("map-label", "Label", f"{show(label)} is the label of {first} too", "use another")


def _reader(site: Site) -> None:
    part = fields.part_of(site, site.state, "ItemReader")
    at = "ItemReader.ReaderConfig"
    config = fields.part_of(site, part, at)
    if not part:
        return
    action = _action(site, "ItemReader", part, (_GET, _LIST))
    reads = integrations.lookup(f"{_ARN}aws-sdk:{action}")
    if reads is not None:
        _arguments(site, "ItemReader", part, reads)
    if config is None:
        return
    if action == _GET and not config.keys() & {"InputType", "ManifestType"}:
        fix = "say what the object is: CSV, JSON, JSONL, PARQUET or MANIFEST"
        site.add("missing-field", f"{at}.InputType", "s3:getObject needs an InputType", fix)
    _headers(site, at, config)


def _headers(site: Site, at: str, config: dict[str, Any]) -> None:
    location, headers = config.get("CSVHeaderLocation"), config.get("CSVHeaders")
    if config.get("InputType") == "CSV" and location is None and "ManifestType" not in config:
        message = "CSV needs CSVHeaderLocation"
        site.add("missing-field", f"{at}.CSVHeaderLocation", message, "use FIRST_ROW or GIVEN")
    if location == "GIVEN" and "CSVHeaders" not in config:
        site.add("missing-field", f"{at}.CSVHeaders", "GIVEN headers are not given", "give CSVHeaders")
    if "CSVHeaders" not in config or isinstance(headers, Unknown):
        return
    if not isinstance(headers, list) or not all(isinstance(one, str | Unknown) for one in headers):
        values.wrong_type(site, f"{at}.CSVHeaders", headers, "an array of strings")
    elif location == "FIRST_ROW":
        message = "FIRST_ROW has its own headers"
        site.add("exclusive-fields", f"{at}.CSVHeaders", message, "use GIVEN, or drop them")


def _writer(site: Site) -> None:
    part = fields.part_of(site, site.state, "ResultWriter")
    fields.part_of(site, part, "ResultWriter.WriterConfig")
    if part is None or "ResultWriter" not in site.state:
        return
    if "Resource" in part:
        if _action(site, "ResultWriter", part, ("s3:putObject",)) is not None:
            _arguments(site, "ResultWriter", part, _WRITES)
    elif "WriterConfig" not in part:
        fix = "say where results go"
        site.add("missing-field", "ResultWriter.Resource", "ResultWriter has no Resource", fix)


def _action(site: Site, at: str, part: dict[str, Any], allowed: tuple[str, ...]) -> str | None:
    """What the Resource does; None where it is not known, or has been reported."""
    resource = part.get("Resource")
    found = integrations.parse(resource) if isinstance(resource, str) else None
    name = f"{found['name']}{found['suffix']}" if found is not None else None
    if name in allowed:
        return name
    if isinstance(resource, str) and (name or "${" not in resource):
        message = f"{show(resource)} is no Resource that {at} has"
        fix = f"use {' or '.join(_ARN + one for one in allowed)}"
        site.add("map-resource", f"{at}.Resource", message, fix)
    return None


def _arguments(site: Site, at: str, part: dict[str, Any], integration: integrations.Integration) -> None:
    field, other = site.argument_fields
    given = part.get(field, {})
    if not isinstance(given, dict) or (field not in part and other in part):
        return
    arguments.names(site, f"{at}.{field}", integration, given)
    for name in ("Bucket", "Key", "Prefix"):
        if not isinstance(given.get(name, ""), str):
            values.wrong_type(site, f"{at}.{field}.{name}", given[name], "a string")

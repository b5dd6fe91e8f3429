"""Property values on Pulumi's wire: structs in which marked objects stand for secrets, assets and outputs."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2
from google.protobuf.json_format import MessageToDict

from local.errors import LocalError
from local.model import Archive, Asset

# The marks are part of Pulumi's protocol: sdk/go/common/resource/{properties,asset}.go in pulumi/pulumi.
MARK = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def decode(properties: struct_pb2.Struct) -> dict[str, Any]:
    """Plain Python values: secrets unwrapped, whole numbers as int, :class:`Asset` and :class:`Archive`.

    Raises :class:`LocalError` for a value that is not known, and for what comes from the network.
    """
    return {key: _decode(value, key) for key, value in MessageToDict(properties).items()}


def is_secret(value: struct_pb2.Value) -> bool:
    """Whether a value is wrapped as a secret."""
    fields = value.struct_value.fields
    return MARK in fields and fields[MARK].string_value == SECRET


def put(properties: struct_pb2.Struct, key: str, value: Any, *, secret: bool = False) -> None:
    """Set one property, wrapped as a secret if asked."""
    properties.update({key: {MARK: SECRET, "value": value} if secret else value})


def encode(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Plain Python values as a struct."""
    properties = struct_pb2.Struct()
    properties.update(values)
    return properties


def _decode(value: Any, where: str) -> Any:
    if value == UNKNOWN:
        raise LocalError(f"{where} is not known")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_decode(item, f"{where}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, dict) and MARK in value:
        return _decode_marked(value, where)
    if isinstance(value, dict):
        return {key: _decode(item, f"{where}.{key}") for key, item in value.items()}
    return value


def _decode_marked(value: Mapping[str, Any], where: str) -> Any:
    mark = value[MARK]
    if mark == SECRET:
        return _decode(value["value"], where)
    if "uri" in value:
        raise LocalError(f"{where}: assets and archives from the network are not supported")
    if mark == ASSET:
        return Asset(path=value.get("path"), text=value.get("text"))
    if mark == ARCHIVE and "path" in value:
        return Archive(path=value["path"])
    if mark == ARCHIVE:
        members = value.get("assets", {})
        return Archive(members={name: _decode(item, f"{where}/{name}") for name, item in members.items()})
    raise LocalError(f"{where}: a kind of value that is not known ({mark})")

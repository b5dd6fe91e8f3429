"""Property values on Pulumi's wire: structs in which marked objects stand for secrets, assets and outputs."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2

from local.errors import Unsupported
from local.model import Archive, Asset

# The marks are part of Pulumi's protocol: sdk/go/common/resource/{properties,asset}.go in pulumi/pulumi.
MARK = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class UnknownValue(ValueError):
    """A value that is not known yet reached a place that needs it."""


def decode(properties: struct_pb2.Struct) -> dict[str, Any]:
    """Plain Python values: secrets unwrapped, whole numbers as int, :class:`Asset` and :class:`Archive`.

    Raises :class:`UnknownValue` for a value that only an update could know.
    """
    return {key: _decode(value, key) for key, value in properties.fields.items()}


def is_secret(value: struct_pb2.Value) -> bool:
    """Whether a value is wrapped as a secret."""
    fields = value.struct_value.fields
    return MARK in fields and fields[MARK].string_value == SECRET


def put(properties: struct_pb2.Struct, key: str, value: object, *, secret: bool = False) -> None:
    """Set one property, wrapped as a secret if asked."""
    properties.fields[key].CopyFrom(_encode({MARK: SECRET, "value": value} if secret else value))


def encode(values: Mapping[str, object]) -> struct_pb2.Struct:
    """Plain Python values as a struct."""
    properties = struct_pb2.Struct()
    for key, value in values.items():
        put(properties, key, value)
    return properties


def _encode(value: object) -> struct_pb2.Value:
    match value:
        case None:
            return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
        case bool():
            return struct_pb2.Value(bool_value=value)
        case int() | float():
            return struct_pb2.Value(number_value=value)
        case str():
            return struct_pb2.Value(string_value=value)
        case list() | tuple():
            items = [_encode(item) for item in value]
            return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
        case Mapping():
            return struct_pb2.Value(struct_value=encode(value))
        case _:
            raise TypeError(f"{type(value).__name__} has no place on the wire")


def _decode(value: struct_pb2.Value, where: str) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            if value.string_value == UNKNOWN:
                raise UnknownValue(f"{where} is not known")
            return value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_decode(item, f"{where}[{i}]") for i, item in enumerate(value.list_value.values)]
        case "struct_value":
            fields = value.struct_value.fields
            if MARK in fields:
                return _decode_marked(value.struct_value, where)
            return {key: _decode(item, f"{where}.{key}") for key, item in fields.items()}
        case _:
            return None


def _decode_marked(struct: struct_pb2.Struct, where: str) -> Any:
    fields = struct.fields
    mark = fields[MARK].string_value
    if mark in (SECRET, OUTPUT):
        if "value" not in fields:
            raise UnknownValue(f"{where} is not known")
        return _decode(fields["value"], where)
    if mark == RESOURCE:
        return fields["id"].string_value or fields["urn"].string_value
    if "uri" in fields:
        raise Unsupported(f"{where}: assets and archives from the network are not supported")
    if mark == ASSET:
        return Asset(
            path=fields["path"].string_value if "path" in fields else None,
            text=fields["text"].string_value if "text" in fields else None,
        )
    if mark == ARCHIVE:
        if "path" in fields:
            return Archive(path=fields["path"].string_value)
        members = fields["assets"].struct_value.fields
        return Archive(members={name: _decode(item, f"{where}/{name}") for name, item in members.items()})
    raise Unsupported(f"{where}: a kind of value that is not known ({mark})")

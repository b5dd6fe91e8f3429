"""The wire: what Pulumi's own runtime writes is read as it was meant, and the other way round."""

import asyncio
from typing import Any

import pulumi
import pytest
from google.protobuf import struct_pb2
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.runtime import rpc

from local.engine import wire
from local.errors import LocalError
from local.model import Archive, Asset


def _serialized(values: dict[str, Any]) -> struct_pb2.Struct:
    """What the runtime of a program sends."""
    return asyncio.run(rpc.serialize_properties(values, {}))


def test_plain_values_arrive_unchanged() -> None:
    values = {
        "text": "t",
        "whole": 3,
        "part": 0.5,
        "yes": True,
        "list": [1, {"a": "b"}],
        "nested": {"c": {"d": []}},
    }
    decoded = wire.decode(_serialized(values))
    assert decoded == values
    assert (type(decoded["whole"]), type(decoded["yes"])) == (int, bool)


def test_an_archive_of_files_texts_and_folders_is_read() -> None:
    archive = pulumi.AssetArchive(
        {
            "a.py": pulumi.FileAsset("x/a.py"),
            "b.txt": pulumi.StringAsset("b"),
            "folder": pulumi.FileArchive("y"),
            "inner": pulumi.AssetArchive({"c": pulumi.StringAsset("")}),
        }
    )
    assert wire.decode(_serialized({"code": archive}))["code"] == Archive(
        members={
            "a.py": Asset(path="x/a.py"),
            "b.txt": Asset(text="b"),
            "folder": Archive(path="y"),
            "inner": Archive(members={"c": Asset(text="")}),
        }
    )


def test_assets_from_the_network_are_refused_with_their_place() -> None:
    properties = _serialized({"code": pulumi.AssetArchive({"a": pulumi.RemoteAsset("http://x.test/a")})})
    with pytest.raises(LocalError, match="code/a: assets and archives from the network"):
        wire.decode(properties)


def test_a_secret_is_unwrapped_and_can_be_told() -> None:
    properties = struct_pb2.Struct()
    wire.put(properties, "open", "o")
    wire.put(properties, "hidden", {"a": [1]}, secret=True)
    assert wire.decode(properties) == {"open": "o", "hidden": {"a": [1]}}
    assert [wire.is_secret(properties.fields[key]) for key in ("open", "hidden")] == [False, True]
    assert rpc.is_rpc_secret(rpc.deserialize_properties(properties)["hidden"]), "to Pulumi's runtime too"


@pytest.mark.parametrize("value", [wire.UNKNOWN, {wire.MARK: wire.SECRET, "value": wire.UNKNOWN}])
def test_an_unknown_value_says_where(value: object) -> None:
    with pytest.raises(LocalError, match=r"outer\.inner\[1\] is not known"):
        wire.decode(wire.encode({"outer": {"inner": ["known", value]}}))


def test_a_mark_that_is_not_known_is_refused() -> None:
    with pytest.raises(LocalError, match="a kind of value that is not known"):
        wire.decode(wire.encode({"a": {wire.MARK: "something new"}}))


def test_what_is_no_json_cannot_be_sent() -> None:
    with pytest.raises(ValueError, match="Unexpected type"):
        wire.encode({"a": b"x"})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=30)
@given(st.dictionaries(st.text(), _JSON, max_size=5))
def test_everything_json_survives_the_round_trip(values: dict[str, Any]) -> None:
    assert wire.decode(wire.encode(values)) == values

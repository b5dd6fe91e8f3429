"""More words of the permission tables: objects, the keys that encrypt them, and items in tables."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from .invocation import CannotTell, Invocation, escape

_VERSION: Final = "?versionId="
_ADDRESS: Final = re.compile(r"^s3://(?P<bucket>[a-z0-9.-]{3,63})(?:/(?P<key>.*))?$")


def _bucket(call: Invocation, name: str, argument: str) -> str:
    """The ARN of a bucket that is named in an argument.

    What goes through an access point is authorised on the access point and on its bucket, and directory
    buckets have a service of their own:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-security-iam.html
    """
    if ":" in name or name.endswith(("-s3alias", "--ol-s3", "--x-s3", "--xa-s3")):
        kind = "not a general purpose bucket, but an access point or directory"
        raise CannotTell(f"{argument} is {kind} ({name})")
    return f"arn:{call.partition}:s3:::{escape(name)}"


def bucket(call: Invocation, argument: str = "Bucket") -> list[str]:
    """The bucket itself, for actions that are not about one object."""
    return [_bucket(call, call.text(argument), argument)]


def stored_object(call: Invocation, bucket_argument: str = "Bucket", key: str = "Key") -> list[str]:
    """The object that the arguments name, or the objects whose keys begin as a computed one does."""
    return [f"{bucket(call, bucket_argument)[0]}/{call.prefix(key)}"]


def objects_listed(call: Invocation) -> list[str]:
    """The objects whose keys begin with Prefix: all of them without one."""
    return [f"{bucket(call)[0]}/{escape(call.beginning('Prefix', default='')[0])}*"]


def objects_in_folder(
    call: Invocation, bucket_argument: str = "Bucket", argument: str = "Prefix"
) -> list[str]:
    """What is written below a prefix, in a folder that AWS adds."""
    prefix, whole = call.beginning(argument, default="")
    folder = f"{escape(prefix.rstrip('/'))}/" if whole else escape(prefix)
    return [f"{bucket(call, bucket_argument)[0]}/{folder}*"]


def address(call: Invocation, argument: str, which: str) -> list[str]:
    """The `object` at an `s3://…` address, whose end may be computed; those `below` it; its `bucket`."""
    found = _ADDRESS.match(call.prefix(argument))
    if found is None:
        call.text(argument)  # says that it is computed, if it is
        raise CannotTell(f"{argument} is not an s3:// address")
    where = f"arn:{call.partition}:s3:::{found['bucket']}"
    whole = f"{where}/{found['key'] or ''}"
    return [{"object": whole, "below": f"{whole.rstrip('/')}/*", "bucket": where}[which]]


def copied_object(call: Invocation, which: str) -> list[str]:
    """What is copied (`bucket/key` or `bucket/key?versionId=id`, URL-encoded), if it is `which`."""
    arguments = call.arguments if isinstance(call.arguments, Mapping) else {}
    given = arguments.get("CopySource.$", arguments.get("CopySource"))
    if (_VERSION in str(given)) != (which == "version"):
        return []
    text, whole = call.beginning("CopySource")
    path, found, _version = text.partition(_VERSION)
    name, slash, key = unquote(path).removeprefix("/").partition("/")
    if not slash:
        raise CannotTell(f"CopySource does not name a bucket and a key ({given})")
    rest = "" if whole or found else "*"
    return [f"{_bucket(call, name, 'CopySource')}/{escape(key)}{rest}"]


def objects_deleted(call: Invocation, which: str) -> list[str]:
    """The objects that `Delete` names, with a version or without."""
    return [
        f"{bucket(call)[0]}/{call.prefix(*place, 'Key')}"
        for place in call.items("Delete", "Objects")
        if call.has(*place, "VersionId") == (which == "version")
    ]


def key(call: Invocation, argument: str) -> list[str]:
    """A key of KMS. An alias stands for a key that only KMS knows."""
    name = call.text(argument)
    if "alias/" in name:
        raise CannotTell(f"{argument} is an alias ({name})")
    return [call.arn_of(name, "kms", "key/")]


def table_or_index(call: Invocation) -> list[str]:
    """A table, or the index of it that is read: a query of an index is authorised on the index.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/using-identity-based-policies.html
    """
    table = call.named("dynamodb", "table/", "TableName")
    return [f"{table}/index/{escape(call.text('IndexName'))}" if call.has("IndexName") else table]


def tables_of_batch(call: Invocation) -> list[str]:
    """The tables that a batch is about: the keys of `RequestItems`."""
    requests = call.get("RequestItems")
    if not isinstance(requests, Mapping) or not requests:
        raise CannotTell("RequestItems does not name the tables")
    return [call.arn_of(str(name).removesuffix(".$"), "dynamodb", "table/") for name in requests]

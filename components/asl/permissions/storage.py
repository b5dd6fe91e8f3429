"""Rows of the permission table for `aws-sdk:s3:*`, whose IAM actions depend on what the arguments ask for.

What an operation needs for which argument is on the page of its API:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from . import resources as find
from .grants import Call, Grant, Resources, Unknown, escape, grant, one

_API: Final = "https://docs.aws.amazon.com/AmazonS3/latest/API"
_COPY: Final = f"{_API}/API_CopyObject.html"
_DELETE: Final = f"{_API}/API_DeleteObject.html"
_DELETE_ALL: Final = f"{_API}/API_DeleteObjects.html"
_MULTIPART: Final = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html"
_PUT: Final = f"{_API}/API_PutObject.html"
_KMS: Final = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"
_S3: Final = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html"

_ACL: Final = ("Acl", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP")
_VERSION: Final = "?versionId="


def _copied(versioned: bool) -> Resources:
    """The object that is copied (`bucket/key` or `bucket/key?versionId=id`, URL-encoded)."""

    def resources(call: Call) -> list[str]:
        given = call.arguments.get("CopySource.$", call.arguments.get("CopySource"))
        if (_VERSION in str(given)) != versioned:
            return []
        text, whole = call.beginning("CopySource")
        path, found, _version = text.partition(_VERSION)
        name, slash, key = unquote(path).removeprefix("/").partition("/")
        if not slash:
            raise Unknown(f"CopySource does not name a bucket and a key ({given})")
        rest = "" if whole or found else "*"
        return [f"{find.bucket_named(call, name, 'CopySource')}/{escape(key)}{rest}"]

    return resources


def _copied_tags(versioned: bool) -> Resources:
    """Whose tags are read: only a definition that asks for it shows that there are tags to copy."""

    def resources(call: Call) -> list[str]:
        return _copied(versioned)(call) if _copies_tags(call) else []

    return resources


def _tagged(call: Call) -> list[str]:
    """The object that gets tags, of its own or those of what it is a copy of."""
    return find.objects(call) if call.given("Tagging") or _copies_tags(call) else []


def _copies_tags(call: Call) -> bool:
    return call.given("TaggingDirective") and call.text("TaggingDirective") == "COPY"


def _key(call: Call) -> list[str]:
    """The key that the arguments name. An alias stands for a key that only KMS knows."""
    if not call.given("SsekmsKeyId"):
        return []
    name = call.text("SsekmsKeyId")
    if "alias/" in name:
        raise Unknown(f"SsekmsKeyId is an alias ({name})")
    return [one(name) if name.startswith("arn:") else call.arn("kms", f"key/{escape(name)}")]


def _by_version(purpose: str, *actions: str) -> tuple[Grant, ...]:
    """Actions on an object, which have other names (`GetObjectVersion`) when a version of it is named."""
    plain = " ".join(f"s3:{action}" for action in actions)
    versioned = " ".join(f"s3:{action.replace('Object', 'ObjectVersion')}" for action in actions)
    return (
        grant(purpose, plain, find.unless(find.objects, "VersionId"), _S3),
        grant(purpose, versioned, find.when(find.objects, "VersionId"), _S3),
    )


def _put(page: str) -> tuple[Grant, ...]:
    """Writing an object, with what its arguments set beside its data."""
    locked = find.when(find.objects, "ObjectLockMode", "ObjectLockRetainUntilDate")
    held = find.when(find.objects, "ObjectLockLegalHoldStatus")
    return (
        grant("PutObjects", "s3:PutObject", find.objects, page),
        grant("PutObjects", "s3:PutObjectAcl", find.when(find.objects, *_ACL), page),
        grant("PutObjects", "s3:PutObjectTagging", _tagged, page),
        grant("PutObjects", "s3:PutObjectRetention", locked, page),
        grant("PutObjects", "s3:PutObjectLegalHold", held, page),
        grant("UseKeys", "kms:GenerateDataKey", _key, _KMS),
    )


def _deleted(versioned: bool) -> Resources:
    """The objects that `Delete` names, with a version or without."""

    def resources(call: Call) -> list[str]:
        named = call.get("Delete", "Objects")
        if not isinstance(named, (list, tuple)) or not named:
            raise Unknown("Delete.Objects does not name the objects")
        places = [("Delete", "Objects", index) for index in range(len(named))]
        return [
            f"{find.bucket(call)}/{call.prefix(*place, 'Key')}"
            for place in places
            if call.given(*place, "VersionId") == versioned
        ]

    return resources


STORAGE_TABLE: Final[Mapping[str, tuple[Grant, ...]]] = {
    "s3:completeMultipartUpload": (grant("PutObjects", "s3:PutObject", find.objects, _MULTIPART),),
    "s3:copyObject": (
        grant("ReadObjects", "s3:GetObject", _copied(False), _COPY),
        grant("ReadObjects", "s3:GetObjectVersion", _copied(True), _COPY),
        grant("ReadTags", "s3:GetObjectTagging", _copied_tags(False), _COPY),
        grant("ReadTags", "s3:GetObjectVersionTagging", _copied_tags(True), _COPY),
        *_put(_COPY),
    ),
    "s3:createMultipartUpload": _put(_MULTIPART),
    "s3:deleteObject": (
        *_by_version("DeleteObjects", "DeleteObject"),
        grant(
            "DeleteObjects",
            "s3:BypassGovernanceRetention",
            find.when(find.objects, "BypassGovernanceRetention"),
            _DELETE,
        ),
    ),
    "s3:deleteObjectTagging": _by_version("WriteTags", "DeleteObjectTagging"),
    "s3:deleteObjects": (
        grant("DeleteObjects", "s3:DeleteObject", _deleted(False), _DELETE_ALL),
        grant("DeleteObjects", "s3:DeleteObjectVersion", _deleted(True), _DELETE_ALL),
        grant(
            "DeleteObjects",
            "s3:BypassGovernanceRetention",
            find.when(_deleted(True), "BypassGovernanceRetention"),
            _DELETE_ALL,
        ),
    ),
    "s3:getObject": _by_version("ReadObjects", "GetObject"),
    "s3:getObjectAcl": _by_version("ReadObjects", "GetObjectAcl"),
    "s3:getObjectAttributes": _by_version("ReadObjects", "GetObject", "GetObjectAttributes"),
    "s3:getObjectTagging": _by_version("ReadTags", "GetObjectTagging"),
    "s3:headBucket": (grant("ListObjects", "s3:ListBucket", find.whole_bucket, _S3),),
    "s3:headObject": _by_version("ReadObjects", "GetObject"),
    # It is about no bucket in particular, and has no resource type: see the page of the row.
    "s3:listBuckets": (grant("ListBuckets", "s3:ListAllMyBuckets", find.every, _S3),),
    "s3:listObjectVersions": (
        grant("ListObjects", "s3:ListBucketVersions", find.whole_bucket, _S3, find.listed_prefix),
    ),
    "s3:listObjects": (grant("ListObjects", "s3:ListBucket", find.whole_bucket, _S3, find.listed_prefix),),
    "s3:listObjectsV2": (grant("ListObjects", "s3:ListBucket", find.whole_bucket, _S3, find.listed_prefix),),
    "s3:listParts": (grant("ListParts", "s3:ListMultipartUploadParts", find.objects, _MULTIPART),),
    "s3:putObject": _put(_PUT),
    "s3:putObjectAcl": _by_version("PutObjects", "PutObjectAcl"),
    "s3:putObjectTagging": _by_version("WriteTags", "PutObjectTagging"),
    "s3:uploadPart": (grant("PutObjects", "s3:PutObject", find.objects, _MULTIPART),),
}
"""S3 operation → what it needs."""

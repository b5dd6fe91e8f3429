"""Rows of the permission table for `aws-sdk:s3:*`, whose IAM actions depend on what the arguments ask for."""

from collections.abc import Mapping
from typing import Final

from . import permission_resources as find
from .grants import Call, Grant, grant

_S3: Final = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html"


def _copied(call: Call) -> list[str]:
    """The object that is copied (`bucket/key`)."""
    return [f"arn:{call.partition}:s3:::{call.prefix('CopySource').lstrip('/')}"]


STORAGE_TABLE: Final[Mapping[str, tuple[Grant, ...]]] = {
    "s3:copyObject": (
        grant("ReadObjects", "s3:GetObject", _copied, _S3),
        grant("PutObjects", "s3:PutObject", find.objects, _S3),
    ),
    "s3:deleteObject": (grant("DeleteObjects", "s3:DeleteObject", find.objects, _S3),),
    "s3:getObject": (grant("ReadObjects", "s3:GetObject", find.objects, _S3),),
    "s3:headBucket": (grant("ListObjects", "s3:ListBucket", find.whole_bucket, _S3),),
    "s3:headObject": (grant("ReadObjects", "s3:GetObject", find.objects, _S3),),
    "s3:listObjects": (grant("ListObjects", "s3:ListBucket", find.whole_bucket, _S3, find.listed_prefix),),
    "s3:listObjectsV2": (grant("ListObjects", "s3:ListBucket", find.whole_bucket, _S3, find.listed_prefix),),
    "s3:putObject": (grant("PutObjects", "s3:PutObject", find.objects, _S3),),
}

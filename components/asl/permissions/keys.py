"""What an action on an encrypted queue, topic, bucket, table or secret needs of its KMS key."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Final

from .grants import Unknown

_WRITE: Final = ("kms:Decrypt", "kms:GenerateDataKey")
_READ: Final = ("kms:Decrypt",)

KMS_ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
    "dynamodb:BatchGetItem": _READ,
    "dynamodb:BatchWriteItem": _READ,
    "dynamodb:ConditionCheckItem": _READ,
    "dynamodb:DeleteItem": _READ,
    "dynamodb:GetItem": _READ,
    "dynamodb:GetRecords": _READ,
    "dynamodb:PartiQL*": _READ,
    "dynamodb:PutItem": _READ,
    "dynamodb:Query": _READ,
    "dynamodb:Scan": _READ,
    "dynamodb:UpdateItem": _READ,
    # Settings and names are not encrypted; the same page.
    "dynamodb:DeleteTable": (),
    "dynamodb:Describe*": (),
    "dynamodb:GetShardIterator": (),
    "dynamodb:List*": (),
    "dynamodb:TagResource": (),
    "dynamodb:UntagResource": (),
    "dynamodb:UpdateTimeToLive": (),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    "s3:GetObject": _READ,
    "s3:GetObjectAttributes": _READ,
    "s3:GetObjectVersion": _READ,
    "s3:GetObjectVersionAttributes": _READ,
    "s3:PutObject": ("kms:GenerateDataKey",),
    # A multipart upload reads back what it wrote; the same page.
    "s3:AbortMultipartUpload": (),
    "s3:ListMultipartUploadParts": _READ,
    # Keys, tags, locks and settings are not encrypted: what S3 says is encrypted are the objects' data.
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
    "s3:CreateBucket": (),
    "s3:Delete*": (),
    "s3:GetBucket*": (),
    "s3:Get*Configuration": (),
    "s3:GetObject*Acl": (),
    "s3:GetObject*Tagging": (),
    "s3:GetObjectLegalHold": (),
    "s3:GetObjectRetention": (),
    "s3:ListBucket*": (),
    "s3:PutBucket*": (),
    "s3:Put*Configuration": (),
    "s3:PutObject*Acl": (),
    "s3:PutObject*Tagging": (),
    "s3:PutObjectLegalHold": (),
    "s3:PutObjectRetention": (),
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    "secretsmanager:CreateSecret": _WRITE,
    "secretsmanager:GetSecretValue": _READ,
    "secretsmanager:PutSecretValue": _WRITE,
    "secretsmanager:UpdateSecret": (*_WRITE, "kms:Encrypt"),
    # Only the values are encrypted; the same page.
    "secretsmanager:DeleteSecret": (),
    "secretsmanager:DescribeSecret": (),
    "secretsmanager:GetResourcePolicy": (),
    "secretsmanager:ListSecretVersionIds": (),
    "secretsmanager:RestoreSecret": (),
    "secretsmanager:TagResource": (),
    "secretsmanager:UntagResource": (),
    # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html (only messages are encrypted)
    "sns:Publish": _WRITE,
    "sns:*": (),
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    # (only messages are encrypted)
    "sqs:ReceiveMessage": _READ,
    "sqs:SendMessage": _WRITE,
    "sqs:StartMessageMoveTask": _WRITE,
    "sqs:*": (),
}
"""IAM action, or pattern of what no line above names → what it needs on the key of an encrypted resource."""

_SERVICES: Final = frozenset(action.partition(":")[0] for action in KMS_ACTIONS)


class Keys:
    """Which key encrypts what.

    - `known`: ARN of an encrypted resource → ARN of its key.
    - `default`: key of every other queue, topic, bucket, table and secret; None: keys that ask for nothing.
    """

    def __init__(self, known: Mapping[str, str], default: str | None) -> None:
        self._known = known
        self._default = default

    def needed(self, action: str, resource: str) -> Iterable[tuple[str, str]]:
        """The KMS actions, each with its key, that an action on a resource needs; Unknown if not known."""
        keys = [key for encrypted, key in self._known.items() if _is_part(resource, encrypted)]
        if not keys and self._default and action.partition(":")[0] in _SERVICES and resource != "*":
            keys = [self._default]
        if not keys:
            return []
        actions = next((KMS_ACTIONS[known] for known in KMS_ACTIONS if fnmatchcase(action, known)), None)
        if actions is None:
            raise Unknown(f"what {action} needs on the key of {resource} is not known")
        return [(kms_action, key) for key in keys for kms_action in actions]


def _is_part(resource: str, encrypted: str) -> bool:
    """Whether a resource is the encrypted one, an object of the bucket or an index of the table."""
    inside = ":s3:::" in encrypted or ":table/" in encrypted
    return resource == encrypted or (inside and resource.startswith(f"{encrypted}/"))

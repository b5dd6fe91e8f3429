"""CallbackBucket: a bucket where a state machine leaves task tokens, and the function that returns them."""

from typing import Any, NotRequired

import pulumi
import pulumi_aws as aws

from .common import policies, waits
from .common.arguments import Common
from .common.checks import ArgumentError, explained, whole_number
from .common.program import HandedOut, hand_out
from .common.running import Function
from .common.worker import CallbackComponent, WorkerArgs

DAY_SECONDS = 86_400


class CallbackBucketArgs(WorkerArgs):
    """Arguments of a CallbackBucket. Only `worker` is required."""

    worker: pulumi.Input[str]
    """Folder holding `worker.py` with `handle(request, task)`."""
    expire_after_days: NotRequired[pulumi.Input[int] | None]
    """Days after which S3 deletes what nobody answered. At least as long as any task waits. 1 to 366, default
    1."""


class CallbackBucket(CallbackComponent):
    """A private, encrypted bucket for task tokens, and the function that it notifies, which answers.

    An object is deleted once its task is answered, and there is no versioning, so it is gone then. Its key is
    a hash of the token, so that no attempt and no other execution meets it. While
    `handle` leaves it PENDING it stays, for `expire_after_days`. An exception fails the task at once, with
    its type as the error, so that the state's Retry decides what comes next.

    `kms_key_arn` is the key of the bucket, of the log and of the function's environment.

    Raises ValueError for an argument out of range, before anything is registered, and for a wait with a
    timeout that the object does not live to see.
    """

    bucket_name: pulumi.Output[str]
    """Name of the bucket."""
    bucket_arn: pulumi.Output[str]
    """ARN of the bucket."""

    @explained
    def __init__(
        self, name: str, args: CallbackBucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(CallbackBucketArgs, name, args, opts)
        self._days = whole_number(self._options, "expire_after_days", 1, 1, 366)
        common = self._common

        bucket = aws.s3.Bucket(
            f"{name}-callbacks",
            # What is left in it is worth nothing without the state machine that waits for it.
            force_destroy=True,
            tags=common.tags,
            opts=common.child(),
        )
        _close(f"{name}-callbacks", bucket, self._days, common)
        function = self._function(
            name,
            "worker",
            [
                policies.allow(
                    "TakeAndDeleteObjects",
                    ["s3:GetObject", "s3:DeleteObject"],
                    [bucket.arn.apply(lambda arn: f"{arn}/{waits.OBJECTS}*")],
                ),
                # Without it an object that was answered and deleted looks like one that is forbidden:
                # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
                policies.allow("KnowWhatIsGone", ["s3:ListBucket"], [bucket.arn]),
                # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
                *policies.use_key("DecryptObjects", common.kms_key_arn),
            ],
        )
        _notify(f"{name}-worker", bucket, function, common)

        self.bucket_name = bucket.bucket
        self.bucket_arn = bucket.arn
        hand_out(HandedOut(common.kms_key_arn), self.bucket_name)
        self._register()

    def _wait(self, request: Any, **options: Any) -> dict[str, Any]:
        days, seconds = self._days, options["timeout_seconds"]
        if isinstance(seconds, int) and isinstance(days, int) and seconds > days * DAY_SECONDS:
            raise ArgumentError(
                f"timeout_seconds must be at most {days * DAY_SECONDS} (expire_after_days is {days}), "
                f"got {seconds}"
            )
        return waits.stored_object(self.bucket_name, request, **options)


def _close(name: str, bucket: "aws.s3.Bucket", days: pulumi.Input[int], common: Common) -> None:
    """Nobody else gets in: encrypted, no access lists, nothing public, TLS only. And nothing stays."""
    key = common.kms_key_arn
    of_it: dict[str, Any] = {"bucket": bucket.bucket, "opts": common.child()}
    aws.s3.BucketServerSideEncryptionConfiguration(
        name,
        rules=[
            {
                "apply_server_side_encryption_by_default": {
                    "sse_algorithm": "AES256" if key is None else "aws:kms",
                    "kms_master_key_id": key,
                },
                "bucket_key_enabled": key is not None,
            }
        ],
        **of_it,
    )
    aws.s3.BucketOwnershipControls(name, rule={"object_ownership": "BucketOwnerEnforced"}, **of_it)
    aws.s3.BucketPublicAccessBlock(
        name,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        **of_it,
    )
    aws.s3.BucketLifecycleConfiguration(
        name,
        rules=[
            {
                "id": "forget",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "expiration": {"days": days},
                "abort_incomplete_multipart_upload": {"days_after_initiation": 1},
            }
        ],
        **of_it,
    )
    # A Deny for everybody: https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
    unencrypted = {
        "Sid": "DenyWithoutTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket.arn, bucket.arn.apply(lambda arn: f"{arn}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    aws.s3.BucketPolicy(name, policy=policies.document(unencrypted), **of_it)


def _notify(name: str, bucket: "aws.s3.Bucket", function: Function, common: Common) -> None:
    """Call the function for each new wait message. S3 checks that it may when it is told so."""
    # A bucket's ARN has no account, and its name can be somebody else's tomorrow.
    account = function.arn.apply(lambda arn: policies.Place.of(arn).account_id)
    aws.s3.BucketNotification(
        name,
        bucket=bucket.bucket,
        lambda_functions=[
            {
                "lambda_function_arn": function.arn,
                "events": ["s3:ObjectCreated:Put"],
                "filter_prefix": waits.OBJECTS,
            }
        ],
        opts=function.called_by(name, common, "s3", bucket.arn, source_account=account),
    )

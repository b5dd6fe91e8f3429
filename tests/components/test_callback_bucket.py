"""CallbackBucket: nobody else gets in, nothing stays, and the worker has exactly these rights."""

from functools import cache
from typing import Any

import pytest

from components import CallbackBucket
from tests.support.cases import WORKER
from tests.support.engine import ACCOUNT, Deployment, arn, deploy, own_log

NAME = "asked-callbacks"
BUCKET = arn("aws:s3/bucket:Bucket", NAME)
FUNCTION = arn("aws:lambda/function:Function", "asked-worker")


@cache
def made(days: int | None = None) -> Deployment:
    return deploy(lambda: CallbackBucket("asked", {"worker": WORKER, "expire_after_days": days}))


def settings(found: Deployment, kind: str) -> dict[str, Any]:
    """A part of the bucket's configuration, without the bucket's name."""
    inputs = dict(found.one(f"Bucket{kind}", NAME).inputs)
    assert inputs.pop("bucket") == NAME
    return inputs


def test_the_bucket_is_private_encrypted_and_keeps_no_versions() -> None:
    # No versioning: what is deleted is gone.
    assert made().one("Bucket", NAME).inputs == {"forceDestroy": True}
    assert settings(made(), "PublicAccessBlock") == {
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    assert settings(made(), "OwnershipControls") == {"rule": {"objectOwnership": "BucketOwnerEnforced"}}
    assert settings(made(), "ServerSideEncryptionConfiguration") == {
        "rules": [
            {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}, "bucketKeyEnabled": False}
        ]
    }


def test_nobody_reaches_it_without_tls() -> None:
    assert made().one("BucketPolicy", NAME).json("policy")["Statement"] == [
        {
            "Sid": "DenyWithoutTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [BUCKET, f"{BUCKET}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


@pytest.mark.parametrize(("chosen", "days"), [(None, 1), (30, 30)])
def test_what_nobody_answers_goes(chosen: int | None, days: int) -> None:
    (rule,) = settings(made(chosen), "LifecycleConfiguration")["rules"]
    assert (rule["status"], rule["filter"], rule["expiration"]) == ("Enabled", {"prefix": ""}, {"days": days})
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 1}


def test_a_new_message_starts_the_worker_which_this_bucket_alone_may_call() -> None:
    permission = made().one("Permission", "asked-worker")
    assert permission.inputs == {
        "function": "asked-worker",
        "action": "lambda:InvokeFunction",
        "principal": "s3.amazonaws.com",
        "sourceArn": BUCKET,
        "sourceAccount": ACCOUNT,
    }
    notification = made().one("BucketNotification", "asked-worker")
    assert notification.inputs == {
        "bucket": NAME,
        "lambdaFunctions": [
            {"lambdaFunctionArn": FUNCTION, "events": ["s3:ObjectCreated:Put"], "filterPrefix": "waits/"}
        ],
    }
    after = {permission.urn, made().one("RolePolicy", "asked-worker").urn}
    assert after <= set(notification.dependencies)


def test_the_worker_may_take_and_delete_objects_of_this_bucket() -> None:
    assert made().rights("asked-worker") == {
        **own_log("asked-worker"),
        "TakeAndDeleteObjects": f"s3:GetObject s3:DeleteObject on {BUCKET}/waits/*",
        "KnowWhatIsGone": f"s3:ListBucket on {BUCKET}",
    }


@pytest.mark.parametrize(("days", "seconds"), [(1, 86_400), (2, 172_800), (366, 31_536_000)])
def test_a_task_may_wait_as_long_as_its_object_lives(days: int, seconds: int) -> None:
    wrong = rf"timeout_seconds must be at most {seconds} \(expire_after_days is {days}\), got {seconds + 1}"

    def program() -> None:
        bucket = CallbackBucket("asked", {"worker": WORKER, "expire_after_days": days})
        assert bucket.wait(timeout_seconds=seconds)
        if days < 366:
            with pytest.raises(ValueError, match=wrong):
                bucket.wait(timeout_seconds=seconds + 1)

    deploy(program)

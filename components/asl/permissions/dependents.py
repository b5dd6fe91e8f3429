"""What AWS does in the caller's name when an `aws-sdk:*` action is called: other actions that it needs too.

Most such services take a role for it. The rows here are of those that use the caller's own permissions.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from ..language.query import is_expression
from ..services.integrations import sdk_action
from . import resources as find
from . import types
from .grants import Call, Grant, Resources, Unknown, escape, grant, one

_ANSWERS: Final = (
    "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_RetrieveAndGenerate.html"
)
_BATCH_OF_SECRETS: Final = (
    "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html"
)
_CODE: Final = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html"
_CREATE_TAGS: Final = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html"
_EXPORT: Final = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html"
)
_KEY_TAGS: Final = "https://docs.aws.amazon.com/kms/latest/developerguide/tag-permissions.html"
_NEW_SECRETS: Final = "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html"
_POLLY: Final = "https://docs.aws.amazon.com/polly/latest/dg/asynchronous-iam.html"
_RDS_TAGS: Final = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html"
_REDSHIFT: Final = "https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-access.html"
_REKOGNITION: Final = "https://docs.aws.amazon.com/rekognition/latest/APIReference/API_S3Object.html"
_STACKS: Final = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html"
_TEXTRACT: Final = "https://docs.aws.amazon.com/textract/latest/dg/security_iam_id-based-policy-examples.html"
_TRANSCRIBE: Final = (
    "https://docs.aws.amazon.com/transcribe/latest/dg/security_iam_id-based-policy-examples.html"
)


def _s3_objects(version: bool) -> Resources:
    """The objects that `S3Object` names at any depth of the arguments: all, or those with a version."""

    def objects(call: Call) -> list[str]:
        arns = []
        for path, node in call.parts():
            name = str(path[-1]).removesuffix(".$") if path else ""
            if name == "S3Object" and isinstance(node, Mapping):
                if not version or call.has(*path, "Version"):
                    arns.append(_object(call, call.text(*path, "Bucket"), call.prefix(*path, "Name")))
            elif name in _HOLD_OBJECTS and (str(path[-1]).endswith(".$") or is_expression(node)):
                raise Unknown(f"{name} is only known at run time ({node})")
        return arns

    return objects


_HOLD_OBJECTS: Final = frozenset(
    {
        *("Document", "DocumentLocation", "DocumentPages", "Image", "Input", "S3Object", "SourceImage"),
        *("TargetImage", "Video"),
    }
)
"""Arguments in which an object's place is."""


def _object(call: Call, bucket: str, key: str) -> str:
    return f"{find.bucket_named(call, bucket, 'the bucket')}/{key}"


def _below(bucket: tuple[str, ...], prefix: tuple[str, ...], end: str, default: str = "") -> Resources:
    """What a service writes to a bucket, under a prefix that names of its choice follow after `end`."""

    def objects(call: Call) -> list[str]:
        if not call.has(*bucket):
            return []
        beginning = call.prefix(*prefix) if call.has(*prefix) else default
        if beginning and not beginning.endswith("*"):
            beginning = f"{beginning.rstrip(end)}{end}" if end else beginning
        return [_object(call, call.text(*bucket), f"{beginning.rstrip('*')}*")]

    return objects


def _media(call: Call) -> list[str]:
    """Recordings, which Transcribe reads as the caller unless it is given a role for it."""
    if any(str(path[-1]).startswith("DataAccessRoleArn") for path, _ in call.parts() if path):
        return []
    names = [name for name in ("MediaFileUri", "RedactedMediaFileUri") if call.has("Media", name)]
    return [_object(call, *find.s3_place(call, "Media", name)) for name in names]


def _transcripts(call: Call) -> list[str]:
    """Transcripts in a bucket of one's own, beside which Transcribe writes a file to see whether it may."""
    if call.has("OutputLocation"):
        bucket, key = find.s3_place(call, "OutputLocation")
    elif call.has("OutputBucketName"):
        bucket = call.text("OutputBucketName")
        key = call.prefix("OutputKey") if call.has("OutputKey") else ""
    else:
        return []
    folder, slash, _name = key.rpartition("/")
    return [_object(call, bucket, f"{folder}{slash}*")]


def _spoken_of(call: Call) -> list[str]:
    return [one(call.text("SnsTopicArn"))] if call.has("SnsTopicArn") else []


def _database_users(call: Call) -> list[str]:
    """The user that temporary credentials are for, and the database; none with a secret."""
    if call.has("SecretArn") or not call.has("DbUser"):
        return []
    cluster, user = escape(call.text("ClusterIdentifier")), escape(call.text("DbUser"))
    return [call.arn("redshift", f"dbuser:{cluster}/{user}"), *_databases(call)]


def _databases(call: Call) -> list[str]:
    cluster, database = escape(call.text("ClusterIdentifier")), escape(call.text("Database"))
    return [call.arn("redshift", f"dbname:{cluster}/{database}")]


def _own_databases(call: Call) -> list[str]:
    """The database that the caller itself is to be let into: with neither a secret nor a user."""
    own = call.has("ClusterIdentifier") and not call.has("SecretArn") and not call.has("DbUser")
    return _databases(call) if own else []


def _workgroups(call: Call) -> list[str]:
    """The workgroup that the caller itself is to be let into. Its ARN has an id instead of its name."""
    if call.has("SecretArn") or not call.has("WorkgroupName"):
        return []
    name = call.text("WorkgroupName")
    if not name.startswith("arn:"):
        raise Unknown(f"WorkgroupName is not an ARN ({name}), and AWS chooses the id in it")
    return [one(name)]


def _tagged(call: Call) -> list[str]:
    """What is tagged when it is made, of every type that TagSpecifications has."""
    tags = call.get("TagSpecifications")
    if tags is None:
        return []
    if not isinstance(tags, (list, tuple)):
        raise Unknown("TagSpecifications is not a list")
    known = sdk_action("ec2", "createTags")
    forms = {kind: arn_format for kind, arn_format, _always in known.resources} if known else {}
    arns = []
    for index in range(len(tags)):
        kind = call.text("TagSpecifications", index, "ResourceType")
        if kind not in forms:
            raise Unknown(f"{kind} is not a type of resource that EC2 has tags for")
        region, account = forms[kind].split(":")[3:5]
        own = call.arn("ec2", f"{kind}/*", region=None if region else "", account=None if account else "")
        arns.append(own)
    return arns


def _when_made(call: Call) -> Mapping[str, Any]:
    action = call.name.rpartition(":")[2]
    return {"StringEquals": {"ec2:CreateAction": f"{action[0].upper()}{action[1:]}"}}


def _encrypts(argument: str, page: str) -> Grant:
    """What a service writes with a key that an argument names, it encrypts as the caller."""

    def key(call: Call) -> list[str]:
        if call.has(argument):
            raise Unknown(f"what the key of {argument} lets the state machine do is for its owner to say")
        return []

    return grant("UseKeys", "kms:GenerateDataKey", key, page)


def _reads(purpose: str, page: str) -> tuple[Grant, ...]:
    return (
        grant(purpose, "s3:GetObject", _s3_objects(version=False), page),
        grant(purpose, "s3:GetObjectVersion", _s3_objects(version=True), page),
    )


def _code(*path: str, version: bool) -> Resources:
    """The object that a function's code is read from: any, or if a version of it is named."""

    def objects(call: Call) -> list[str]:
        if not call.has(*path, "S3Bucket") or (version and not call.has(*path, "S3ObjectVersion")):
            return []
        return [_object(call, call.text(*path, "S3Bucket"), call.prefix(*path, "S3Key"))]

    return objects


def _reads_code(*path: str) -> tuple[Grant, ...]:
    return (
        grant("ReadCode", "s3:GetObject", _code(*path, version=False), _CODE),
        grant("ReadCode", "s3:GetObjectVersion", _code(*path, version=True), _CODE),
    )


def _secrets_of_batch(call: Call) -> list[str]:
    if call.has("Filters"):
        raise Unknown("Filters does not name the secrets, but what is true of them")
    return types.secrets("SecretIdList")(call)


_MAKES: Final = re.compile(r":(?:create|copy|restore|purchase|start)[A-Z]")


def _tagged_database(call: Call) -> list[str]:
    """What RDS makes with tags, of one of its many types."""
    if _MAKES.search(call.name) and call.given("Tags"):
        raise Unknown("what gets the tags is not told from the arguments here")
    return []


_KNOWLEDGE: Final = find.by_hand(
    "the knowledge base and the model that answer are not told from the arguments"
)
_OUTPUT: Final = ("OutputConfig", "S3Bucket")
_EXPORTED: Final = _below(("S3Bucket",), ("S3Prefix",), "/")

OF_SERVICES: Final[Mapping[str, tuple[Grant, ...]]] = {
    "ec2": (grant("TagWhatIsMade", "ec2:CreateTags", _tagged, _CREATE_TAGS, _when_made),),
    "polly": (
        grant(
            "WriteSpeech", "s3:PutObject", _below(("OutputS3BucketName",), ("OutputS3KeyPrefix",), ""), _POLLY
        ),
        grant("PublishMessages", "sns:Publish", _spoken_of, _POLLY),
    ),
    "rds": (grant("AddTags", "rds:AddTagsToResource", _tagged_database, _RDS_TAGS),),
    "redshiftdata": (
        grant("ReadSecrets", "secretsmanager:GetSecretValue", types.secrets("SecretArn"), _REDSHIFT),
        grant("LogIn", "redshift:GetClusterCredentials", _database_users, _REDSHIFT),
        grant("LogIn", "redshift:GetClusterCredentialsWithIAM", _own_databases, _REDSHIFT),
        grant("LogIn", "redshift-serverless:GetCredentials", _workgroups, _REDSHIFT),
    ),
    "rekognition": (
        *_reads("ReadImages", _REKOGNITION),
        grant(
            "WriteResults", "s3:PutObject", _below(_OUTPUT, ("OutputConfig", "S3KeyPrefix"), ""), _REKOGNITION
        ),
        _encrypts("KmsKeyId", _REKOGNITION),
    ),
    "textract": (
        *_reads("ReadDocuments", _TEXTRACT),
        grant(
            "WriteResults",
            "s3:PutObject",
            _below(_OUTPUT, ("OutputConfig", "S3Prefix"), "/", default="textract_output"),
            _TEXTRACT,
        ),
        _encrypts("KmsKeyId", _TEXTRACT),
    ),
    "transcribe": (
        grant("ReadRecordings", "s3:GetObject", _media, _TRANSCRIBE),
        grant("WriteTranscripts", "s3:PutObject", _transcripts, _TRANSCRIBE),
        _encrypts("OutputEncryptionKMSKeyId", _TRANSCRIBE),
    ),
}
"""SDK service → what every action of it needs, where the arguments ask for it."""

_TEMPLATE: Final = (
    grant(
        "ReadTemplates",
        "s3:GetObject",
        find.when(find.by_hand("whose object TemplateURL names is for its owner to say"), "TemplateURL"),
        _STACKS,
    ),
)

OF_ACTIONS: Final[Mapping[str, tuple[Grant, ...]]] = {
    "bedrockagentruntime:retrieveAndGenerate": (
        grant("AskModels", "bedrock:InvokeModel bedrock:Retrieve", _KNOWLEDGE, _ANSWERS),
    ),
    "cloudformation:createChangeSet": _TEMPLATE,
    "cloudformation:createStack": _TEMPLATE,
    "cloudformation:updateStack": _TEMPLATE,
    "dynamodb:exportTableToPointInTime": (
        grant("WriteExports", "s3:AbortMultipartUpload s3:PutObject s3:PutObjectAcl", _EXPORTED, _EXPORT),
        _encrypts("S3SseKmsKeyId", _EXPORT),
    ),
    "kms:createKey": (
        grant(
            "TagKeys",
            "kms:TagResource",
            find.when(find.by_hand("AWS chooses the id of the key that gets the tags"), "Tags"),
            _KEY_TAGS,
        ),
    ),
    "lambda:createFunction": _reads_code("Code"),
    "lambda:publishLayerVersion": _reads_code("Content"),
    "lambda:updateFunctionCode": _reads_code(),
    "secretsmanager:batchGetSecretValue": (
        grant("ReadSecrets", "secretsmanager:GetSecretValue", _secrets_of_batch, _BATCH_OF_SECRETS),
    ),
    "secretsmanager:createSecret": (
        grant(
            "TagSecrets", "secretsmanager:TagResource", find.when(types.secrets("Name"), "Tags"), _NEW_SECRETS
        ),
        _encrypts("KmsKeyId", _NEW_SECRETS),
    ),
}
"""SDK integration → what it needs beside that."""


def dependents(service: str, action: str) -> tuple[Grant, ...]:
    """What else an action needs, where its arguments ask for it."""
    return (*OF_SERVICES.get(service, ()), *OF_ACTIONS.get(f"{service}:{action}", ()))

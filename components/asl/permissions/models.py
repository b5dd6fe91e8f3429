"""Rows of the permission table: Bedrock, Bedrock AgentCore and SageMaker AI."""

from collections.abc import Mapping
from typing import Final

from . import resources as find
from .grants import Call, Grant, Resources, Unknown, escape, follow, grant, managed_rule, one, passes_role

_GUIDE: Final = "https://docs.aws.amazon.com/step-functions/latest/dg"
_BEDROCK: Final = f"{_GUIDE}/connect-bedrock.html"
_CONVERSE: Final = "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html"
_GUARDRAILS: Final = "https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-invoke.html"
_HARNESS: Final = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/harness-security.html"
_SAGEMAKER: Final = f"{_GUIDE}/connect-sagemaker.html"


def _base_model(call: Call) -> list[str]:
    """The model that is customised, and the one that comes of it, whose id is only known later."""
    model = call.text("BaseModelIdentifier")
    if model.startswith("arn:"):
        base = one(model)
    else:
        base = call.arn("bedrock", f"foundation-model/{escape(model)}", account="")
    return [base, call.arn("bedrock", "custom-model/*")]


def _customization(call: Call) -> list[str]:
    return [call.arn("bedrock", "model-customization-job/*")]


_GUARDRAIL: Final = find.when(
    find.named("bedrock", "guardrail/{}", "GuardrailIdentifier"), "GuardrailIdentifier"
)


def _converse_guardrail(call: Call) -> list[str]:
    if not call.has("GuardrailConfig"):
        return []
    return find.named("bedrock", "guardrail/{}", "GuardrailConfig", "GuardrailIdentifier")(call)


def _converse_files(call: Call) -> list[str]:
    """Documents and videos that messages name in buckets. What is computed is taken to hold them."""
    places = [
        find.s3_place(call, *path[:-1], "S3Location", "Uri")
        for path, _ in call.parts()
        if path and path[-1] in ("S3Location", "S3Location.$")
    ]
    return [f"{find.bucket_named(call, name, 'Uri')}/{key}" for name, key in places]


CONVERSE: Final = (
    grant("InvokeModels", "bedrock:InvokeModel", find.bedrock_model, _CONVERSE),
    grant("ApplyGuardrails", "bedrock:ApplyGuardrail", _converse_guardrail, _GUARDRAILS),
    grant("ReadModelInput", "s3:GetObject", _converse_files, _CONVERSE),
)
"""What a conversation with a model needs."""


def _sagemaker(action: str, kind: str, argument: str, *rest: Grant) -> tuple[Grant, ...]:
    """A job: SageMaker lets a tagged one be created only by who may add tags, and Step Functions tags it."""
    job = find.in_lower_case("sagemaker", f"{kind}/{{}}", argument)
    create = f"sagemaker:AddTags sagemaker:Create{action}"
    followed = f"sagemaker:Describe{action} sagemaker:ListTags sagemaker:Stop{action}"
    rule = f"StepFunctionsGetEventsForSageMaker{_RULES[action]}JobsRule"
    return (
        grant("CreateModelJobs", create, job, _SAGEMAKER),
        follow("FollowModelJobs", followed, job, _SAGEMAKER),
        managed_rule(rule, _SAGEMAKER),
        *rest,
    )


_RULES: Final = {
    "HyperParameterTuningJob": "Tuning",
    "LabelingJob": "Labeling",
    "ProcessingJob": "Processing",
    "TrainingJob": "Training",
    "TransformJob": "Transform",
}


def _role(*path: str, optional: bool = False) -> Grant:
    return passes_role("sagemaker.amazonaws.com", _SAGEMAKER, *path, optional=optional)


def _lower(kind: str, argument: str) -> Resources:
    return find.in_lower_case("sagemaker", f"{kind}/{{}}", argument)


def _tuned_training_role(call: Call) -> list[str]:
    """The role of a tuning job's training jobs, of which there may be several."""
    if call.has("TrainingJobDefinition"):
        return [one(call.text("TrainingJobDefinition", "RoleArn"))]
    several = call.get("TrainingJobDefinitions")
    if not isinstance(several, (list, tuple)):
        raise Unknown("TrainingJobDefinition is not given")
    return [one(call.text("TrainingJobDefinitions", index, "RoleArn")) for index in range(len(several))]


def _to_sagemaker(_call: Call) -> Mapping[str, Mapping[str, str]]:
    return {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


MODEL_TABLE: Final[Mapping[str, tuple[Grant, ...]]] = {
    "bedrock:createModelCustomizationJob": (
        grant("CustomizeModels", "bedrock:CreateModelCustomizationJob", _base_model, _BEDROCK),
        passes_role("bedrock.amazonaws.com", _BEDROCK, "RoleArn"),
        follow(
            "FollowCustomizations",
            "bedrock:GetModelCustomizationJob bedrock:StopModelCustomizationJob",
            _customization,
            _BEDROCK,
        ),
    ),
    "bedrock:invokeModel": (
        grant("InvokeModels", "bedrock:InvokeModel", find.bedrock_model, _BEDROCK),
        grant("ApplyGuardrails", "bedrock:ApplyGuardrail", _GUARDRAIL, _GUARDRAILS),
        grant("ReadModelInput", "s3:GetObject", find.s3_address("Input", "S3Uri"), _BEDROCK),
        grant("WriteModelOutput", "s3:PutObject", find.s3_address("Output", "S3Uri"), _BEDROCK),
    ),
    "bedrockagentcore:invokeHarness": (
        # A harness runs in an AgentCore runtime of its own, and whoever calls it calls both by its ARN.
        grant(
            "InvokeHarnesses",
            "bedrock-agentcore:InvokeAgentRuntime bedrock-agentcore:InvokeHarness",
            find.named("bedrock-agentcore", "harness/{}", "HarnessArn"),
            _HARNESS,
        ),
    ),
    "sagemaker:createEndpoint": (
        grant("CreateEndpoints", "sagemaker:AddTags", _lower("endpoint", "EndpointName"), _SAGEMAKER),
        grant("CreateEndpoints", "sagemaker:CreateEndpoint", _lower("endpoint", "EndpointName"), _SAGEMAKER),
        grant(
            "CreateEndpoints",
            "sagemaker:CreateEndpoint",
            _lower("endpoint-config", "EndpointConfigName"),
            _SAGEMAKER,
        ),
    ),
    "sagemaker:createEndpointConfig": (
        grant(
            "CreateEndpointConfigs",
            "sagemaker:AddTags sagemaker:CreateEndpointConfig",
            _lower("endpoint-config", "EndpointConfigName"),
            _SAGEMAKER,
        ),
        _role("ExecutionRoleArn", optional=True),
    ),
    "sagemaker:createHyperParameterTuningJob": _sagemaker(
        "HyperParameterTuningJob",
        "hyper-parameter-tuning-job",
        "HyperParameterTuningJobName",
        grant("PassRoles", "iam:PassRole", _tuned_training_role, _SAGEMAKER, _to_sagemaker),
    ),
    "sagemaker:createLabelingJob": _sagemaker(
        "LabelingJob", "labeling-job", "LabelingJobName", _role("RoleArn")
    ),
    "sagemaker:createModel": (
        grant(
            "CreateModels",
            "sagemaker:AddTags sagemaker:CreateModel",
            _lower("model", "ModelName"),
            _SAGEMAKER,
        ),
        _role("ExecutionRoleArn", optional=True),
    ),
    "sagemaker:createProcessingJob": _sagemaker(
        "ProcessingJob", "processing-job", "ProcessingJobName", _role("RoleArn")
    ),
    "sagemaker:createTrainingJob": _sagemaker(
        "TrainingJob", "training-job", "TrainingJobName", _role("RoleArn")
    ),
    "sagemaker:createTransformJob": _sagemaker("TransformJob", "transform-job", "TransformJobName"),
    "sagemaker:updateEndpoint": (
        grant("UpdateEndpoints", "sagemaker:UpdateEndpoint", _lower("endpoint", "EndpointName"), _SAGEMAKER),
        grant(
            "UpdateEndpoints",
            "sagemaker:UpdateEndpoint",
            _lower("endpoint-config", "EndpointConfigName"),
            _SAGEMAKER,
        ),
    ),
}

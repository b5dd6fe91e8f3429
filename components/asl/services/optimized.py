"""The optimised integrations: their patterns, the arguments they cannot do without, and where a message fits.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html lists services and patterns; the
arguments come from each service's page there. An action that is not here is unknown, not wrong.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

REQUEST_RESPONSE: Final = "request_response"
SYNC: Final = "sync"
SYNC_2: Final = "sync:2"
WAIT: Final = "waitForTaskToken"


@dataclass(frozen=True, slots=True)
class Row:
    """One action.

    token_fields: the argument that carries the wait message as an object.
    sdk: the SDK integration (`sqs:sendMessage`) that takes the same arguments, if there is one.
    optional: arguments that are Step Functions' own.
    """

    patterns: frozenset[str]
    required: frozenset[str]
    token_fields: tuple[str, ...]
    sdk: str | None
    optional: frozenset[str]


_TABLE: Final = """
apigateway:invoke                                wait             ApiEndpoint Method > RequestBody
athena:getQueryExecution                         -                QueryExecutionId
athena:getQueryResults                           -                QueryExecutionId
athena:startQueryExecution                       sync             QueryString
athena:stopQueryExecution                        -                QueryExecutionId
batch:submitJob                                  sync             JobDefinition JobName JobQueue
bedrock:createModelCustomizationJob              sync             BaseModelIdentifier CustomModelName
                                                                  JobName OutputDataConfig RoleArn
                                                                  TrainingDataConfig
bedrock:invokeModel                              wait             ModelId
bedrockagentcore:invokeHarness                   -                HarnessArn Messages
codebuild:batchDeleteBuilds                      -                Ids
codebuild:batchGetReports                        -                ReportArns
codebuild:deleteBuildBatch                       -                Id
codebuild:retryBuildBatch                        sync             Id
codebuild:startBuild                             sync             ProjectName
codebuild:startBuildBatch                        sync             ProjectName
codebuild:stopBuild                              -                Id
codebuild:stopBuildBatch                         -                Id
databrew:startJobRun                             sync             Name
dynamodb:deleteItem                              -                Key TableName
dynamodb:getItem                                 -                Key TableName
dynamodb:putItem                                 -                Item TableName
dynamodb:updateItem                              -                Key TableName
ecs:runTask                                      sync,wait        TaskDefinition
eks:call                                         wait             CertificateAuthority ClusterName Endpoint
                                                                  Method Path
eks:createCluster                                sync             Name ResourcesVpcConfig RoleArn
eks:createFargateProfile                         sync             ClusterName FargateProfileName
                                                                  PodExecutionRoleArn
eks:createNodegroup                              sync             ClusterName NodeRole NodegroupName Subnets
eks:deleteCluster                                sync             Name
eks:deleteFargateProfile                         sync             ClusterName FargateProfileName
eks:deleteNodegroup                              sync             ClusterName NodegroupName
eks:runJob                                       sync,wait        CertificateAuthority ClusterName Endpoint
                                                                  Job
elasticmapreduce:addStep                         sync             ClusterId Step
elasticmapreduce:cancelStep                      -                ClusterId StepId
elasticmapreduce:createCluster                   sync             Name
elasticmapreduce:modifyInstanceFleetByName       -                ClusterId InstanceFleet InstanceFleetName
elasticmapreduce:modifyInstanceGroupByName       -                ClusterId InstanceGroup InstanceGroupName
elasticmapreduce:setClusterTerminationProtection -                ClusterId TerminationProtected
elasticmapreduce:terminateCluster                sync             ClusterId
emr-containers:createVirtualCluster              -                ContainerProvider Name
emr-containers:deleteVirtualCluster              sync             Id
emr-containers:startJobRun                       sync             VirtualClusterId
emr-serverless:cancelJobRun                      sync             ApplicationId JobRunId
emr-serverless:createApplication                 sync             ReleaseLabel Type
emr-serverless:deleteApplication                 sync             ApplicationId
emr-serverless:startApplication                  sync             ApplicationId
emr-serverless:startJobRun                       sync             ApplicationId ExecutionRoleArn
emr-serverless:stopApplication                   sync             ApplicationId
events:putEvents                                 wait             Entries
glue:startJobRun                                 sync             JobName
http:invoke                                      -                ApiEndpoint Method
lambda:invoke                                    wait             FunctionName > Payload
mediaconvert:createJob                           sync             Role Settings
sagemaker:createEndpoint                         -                EndpointConfigName EndpointName
sagemaker:createEndpointConfig                   -                EndpointConfigName ProductionVariants
sagemaker:createHyperParameterTuningJob          sync             HyperParameterTuningJobConfig
                                                                  HyperParameterTuningJobName
sagemaker:createLabelingJob                      sync             HumanTaskConfig InputConfig
                                                                  LabelAttributeName LabelingJobName
                                                                  OutputConfig RoleArn
sagemaker:createModel                            -                ModelName
sagemaker:createProcessingJob                    sync             AppSpecification ProcessingJobName
                                                                  ProcessingResources RoleArn
sagemaker:createTrainingJob                      sync             AlgorithmSpecification OutputDataConfig
                                                                  ResourceConfig RoleArn StoppingCondition
                                                                  TrainingJobName
sagemaker:createTransformJob                     sync             ModelName TransformInput TransformJobName
                                                                  TransformOutput TransformResources
sagemaker:updateEndpoint                         -                EndpointConfigName EndpointName
sns:publish                                      wait             Message > Message
sqs:sendMessage                                  wait             MessageBody QueueUrl > MessageBody
states:startExecution                            sync,sync:2,wait StateMachineArn > Input
"""

SDK_SERVICES: Final[Mapping[str, str]] = {
    **{
        name: name
        for name in ("athena", "batch", "bedrock", "bedrockagentcore", "codebuild", "databrew", "dynamodb")
    },
    **{name: name for name in ("ecs", "eks", "glue", "lambda", "mediaconvert", "sagemaker", "sns", "sqs")},
    "emr-containers": "emrcontainers",
    "emr-serverless": "emrserverless",
    "events": "eventbridge",
    "states": "sfn",
}
"""Optimised service → the SDK integration that calls the same API with the same arguments."""

_SDK: Final = {
    "bedrock:invokeModel": "bedrockruntime:invokeModel",
    "eks:call": None,
    "eks:runJob": None,
    "elasticmapreduce:createCluster": "emr:runJobFlow",
}
"""Optimised integration → the SDK's, where service and action are not the same."""

_OPTIONAL: Final = {
    "apigateway:invoke": "AllowNullValues AuthType Headers Path QueryParameters RequestBody Stage",
    "bedrock:invokeModel": "Input Output",
    "eks:call": "QueryParameters RequestBody",
    "eks:runJob": "LogOptions Namespace",
    "elasticmapreduce:addStep": "ExecutionRoleArn",
    "http:invoke": "Authentication Headers InvocationConfig QueryParameters RequestBody Transform",
}

_PATTERNS: Final = {"sync": SYNC, "sync:2": SYNC_2, "wait": WAIT}


def _rows() -> Iterator[tuple[str, Row]]:
    for line in _TABLE.replace("\n    ", " ").strip().splitlines():
        name, patterns, *required = line.split(">")[0].split()
        service, action = name.split(":")
        same = f"{SDK_SERVICES[service]}:{action}" if service in SDK_SERVICES else None
        yield (
            name,
            Row(
                frozenset(
                    {REQUEST_RESPONSE, *(_PATTERNS[code] for code in patterns.split(",") if code != "-")}
                ),
                frozenset(required),
                tuple(line.partition(">")[2].split()),
                _SDK.get(name, same),
                frozenset(_OPTIONAL.get(name, "").split()),
            ),
        )


OPTIMIZED: Final[Mapping[str, Row]] = dict(_rows())

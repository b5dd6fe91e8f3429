"""Rows of the permission table: EKS, EMR, EMR on EKS, EMR Serverless."""

from collections.abc import Mapping
from typing import Any, Final

from . import resources as find
from .grants import Call, Grant, Resources, follow, grant, managed_rule, passes_role

_GUIDE: Final = "https://docs.aws.amazon.com/step-functions/latest/dg"
_REFERENCE: Final = "https://docs.aws.amazon.com/service-authorization/latest/reference"
_EC2_REFERENCE: Final = f"{_REFERENCE}/list_amazonec2.html"
_EKS: Final = f"{_GUIDE}/connect-eks.html"
_EKS_REFERENCE: Final = f"{_REFERENCE}/list_amazonelastickubernetesservice.html"
_EMR: Final = f"{_GUIDE}/connect-emr.html"
_EMR_REFERENCE: Final = f"{_REFERENCE}/list_amazonelasticmapreduce.html"
_EMR_EKS: Final = f"{_GUIDE}/connect-emr-eks.html"
_EMR_EKS_REFERENCE: Final = f"{_REFERENCE}/list_amazonemroneksemrcontainers.html"
_SERVERLESS: Final = f"{_GUIDE}/connect-emr-serverless.html"


def _new_emr_cluster(call: Call) -> list[str]:
    """Every cluster: a new one's id is only known later."""
    return [call.arn("elasticmapreduce", "cluster/*")]


def _new_application(call: Call) -> list[str]:
    return [call.arn("emr-serverless", "/applications/*")]


def _applications(call: Call) -> list[str]:
    return [call.arn("emr-serverless", "/*")]


def _execution_role(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/emr/latest/EMR-on-EKS-DevelopmentGuide/iam-execution-role.html"""
    return {"StringEquals": {"emr-containers:ExecutionRoleArn": call.text("ExecutionRoleArn")}}


def _linked_role(service: str, name: str, page: str) -> Grant:
    """The service's own role, which the first cluster or application of an account makes."""

    def role(call: Call) -> list[str]:
        return [call.arn("iam", f"role/aws-service-role/{service}/{name}", region="")]

    def for_service(_call: Call) -> Mapping[str, Any]:
        return {"StringEquals": {"iam:AWSServiceName": service}}

    return grant("CreateServiceRoles", "iam:CreateServiceLinkedRole", role, page, for_service)


def _virtual_cluster(argument: str, suffix: str = "") -> Resources:
    return find.under("emr-containers", f"/virtualclusters/{{}}{suffix}", argument)


_APPLICATION: Final = find.under("emr-serverless", "/applications/{}", "ApplicationId")
_APPLICATION_RULE: Final = managed_rule("StepFunctionsGetEventsForEMRServerlessApplicationRule", _SERVERLESS)
_CLUSTER: Final = find.named("elasticmapreduce", "cluster/{}", "ClusterId")
_EKS_CLUSTER: Final = find.named("eks", "cluster/{}", "ClusterName")
_EKS_NAMED: Final = find.named("eks", "cluster/{}", "Name")
_JOB_RULE: Final = managed_rule("StepFunctionsGetEventsForEMRServerlessJobRule", _SERVERLESS)
_NODE_GROUP: Final = find.under("eks", "nodegroup/{}/{}/*", "ClusterName", "NodegroupName")
_NODE_ROLE: Final = find.named("iam", "role/{}", "NodeRole")
_PROFILE: Final = find.under("eks", "fargateprofile/{}/{}/*", "ClusterName", "FargateProfileName")
_RUN: Final = find.under("emr-serverless", "/applications/{}/jobruns/{}", "ApplicationId", "JobRunId")
_RUNS: Final = find.under("emr-serverless", "/applications/{}/jobruns/*", "ApplicationId")


def _emr(purpose: str, actions: str) -> tuple[Grant, ...]:
    prefixed = " ".join(f"elasticmapreduce:{action}" for action in actions.split())
    return (grant(purpose, prefixed, _CLUSTER, _EMR),)


def _application(actions: str, followed: str) -> tuple[Grant, ...]:
    return (
        grant("ManageApplications", f"emr-serverless:{actions}", _APPLICATION, _SERVERLESS),
        follow("FollowApplications", followed, _APPLICATION, _SERVERLESS),
        _APPLICATION_RULE,
    )


CLUSTER_TABLE: Final[Mapping[str, tuple[Grant, ...]]] = {
    # What the role may do inside a cluster is the cluster's own access configuration, not IAM: the EKS page.
    "eks:call": (),
    "eks:runJob": (),
    "eks:createCluster": (
        # CreateCluster has no resource type: see the page of the row.
        grant("CreateClusters", "eks:CreateCluster", find.every, _EKS_REFERENCE),
        passes_role("eks.amazonaws.com", _EKS, "RoleArn"),
        follow("FollowClusters", "eks:DescribeCluster", _EKS_NAMED, _EKS),
    ),
    "eks:createFargateProfile": (
        grant("CreateFargateProfiles", "eks:CreateFargateProfile", _EKS_CLUSTER, _EKS),
        passes_role("eks.amazonaws.com", _EKS, "PodExecutionRoleArn"),
        follow("FollowFargateProfiles", "eks:DescribeFargateProfile", _PROFILE, _EKS),
    ),
    "eks:createNodegroup": (
        grant("CreateNodeGroups", "eks:CreateNodegroup", _EKS_CLUSTER, _EKS),
        # DescribeSubnets has no resource type: see the page of the row.
        grant("ReadSubnets", "ec2:DescribeSubnets", find.every, _EC2_REFERENCE),
        grant("ReadNodeRoles", "iam:GetRole iam:ListAttachedRolePolicies", _NODE_ROLE, _EKS),
        passes_role("eks.amazonaws.com", _EKS, "NodeRole"),
        follow("FollowNodeGroups", "eks:DescribeNodegroup", _NODE_GROUP, _EKS),
    ),
    "eks:deleteCluster": (
        grant("DeleteClusters", "eks:DeleteCluster", _EKS_NAMED, _EKS),
        follow("FollowClusters", "eks:DescribeCluster", _EKS_NAMED, _EKS),
    ),
    "eks:deleteFargateProfile": (
        grant("DeleteFargateProfiles", "eks:DeleteFargateProfile", _PROFILE, _EKS),
        follow("FollowFargateProfiles", "eks:DescribeFargateProfile", _PROFILE, _EKS),
    ),
    "eks:deleteNodegroup": (
        grant("DeleteNodeGroups", "eks:DeleteNodegroup", _NODE_GROUP, _EKS),
        follow("FollowNodeGroups", "eks:DescribeNodegroup", _NODE_GROUP, _EKS),
    ),
    "elasticmapreduce:addStep": (
        *_emr("AddSteps", "AddJobFlowSteps"),
        follow("FollowSteps", "elasticmapreduce:CancelSteps elasticmapreduce:DescribeStep", _CLUSTER, _EMR),
        managed_rule("StepFunctionsGetEventForEMRAddJobFlowStepsRule", _EMR),
    ),
    "elasticmapreduce:cancelStep": _emr("CancelSteps", "CancelSteps"),
    "elasticmapreduce:createCluster": (
        # RunJobFlow has no resource type: see the page of the row.
        grant("RunJobFlows", "elasticmapreduce:RunJobFlow", find.every, _EMR_REFERENCE),
        passes_role("elasticmapreduce.amazonaws.com", _EMR, "ServiceRole", optional=True),
        passes_role("ec2.amazonaws.com", _EMR, "JobFlowRole", optional=True),
        passes_role("application-autoscaling.amazonaws.com", _EMR, "AutoScalingRole", optional=True),
        follow(
            "FollowJobFlows",
            "elasticmapreduce:DescribeCluster elasticmapreduce:TerminateJobFlows",
            _new_emr_cluster,
            _EMR,
        ),
        managed_rule("StepFunctionsGetEventForEMRRunJobFlowRule", _EMR),
    ),
    "elasticmapreduce:modifyInstanceFleetByName": _emr(
        "ResizeFleets", "ListInstanceFleets ModifyInstanceFleet"
    ),
    "elasticmapreduce:modifyInstanceGroupByName": _emr(
        "ResizeGroups", "ListInstanceGroups ModifyInstanceGroups"
    ),
    "elasticmapreduce:setClusterTerminationProtection": _emr("ProtectJobFlows", "SetTerminationProtection"),
    "elasticmapreduce:terminateCluster": (
        *_emr("TerminateJobFlows", "TerminateJobFlows"),
        follow("FollowJobFlows", "elasticmapreduce:DescribeCluster", _CLUSTER, _EMR),
        managed_rule("StepFunctionsGetEventForEMRTerminateJobFlowsRule", _EMR),
    ),
    "emr-containers:createVirtualCluster": (
        # CreateVirtualCluster has no resource type: see the page of the row.
        grant("CreateVirtualClusters", "emr-containers:CreateVirtualCluster", find.every, _EMR_EKS_REFERENCE),
        _linked_role("emr-containers.amazonaws.com", "AWSServiceRoleForAmazonEMRContainers", _EMR_EKS),
    ),
    "emr-containers:deleteVirtualCluster": (
        grant(
            "DeleteVirtualClusters", "emr-containers:DeleteVirtualCluster", _virtual_cluster("Id"), _EMR_EKS
        ),
        follow(
            "FollowVirtualClusters", "emr-containers:DescribeVirtualCluster", _virtual_cluster("Id"), _EMR_EKS
        ),
    ),
    "emr-containers:startJobRun": (
        grant(
            "StartJobRuns",
            "emr-containers:StartJobRun",
            _virtual_cluster("VirtualClusterId"),
            _EMR_EKS,
            _execution_role,
        ),
        follow(
            "FollowJobRuns",
            "emr-containers:CancelJobRun emr-containers:DescribeJobRun",
            _virtual_cluster("VirtualClusterId", "/jobruns/*"),
            _EMR_EKS,
        ),
    ),
    "emr-serverless:cancelJobRun": (
        grant("CancelServerlessRuns", "emr-serverless:CancelJobRun", _RUN, _SERVERLESS),
        follow("FollowServerlessRuns", "emr-serverless:GetJobRun", _RUN, _SERVERLESS),
        _JOB_RULE,
    ),
    "emr-serverless:createApplication": (
        grant("CreateApplications", "emr-serverless:CreateApplication", _applications, _SERVERLESS),
        _linked_role("ops.emr-serverless.amazonaws.com", "AWSServiceRoleForAmazonEMRServerless", _SERVERLESS),
        follow(
            "FollowApplications",
            "emr-serverless:DeleteApplication emr-serverless:GetApplication",
            _new_application,
            _SERVERLESS,
        ),
        _APPLICATION_RULE,
    ),
    "emr-serverless:deleteApplication": _application("DeleteApplication", "emr-serverless:GetApplication"),
    "emr-serverless:startApplication": _application(
        "StartApplication", "emr-serverless:GetApplication emr-serverless:StopApplication"
    ),
    "emr-serverless:startJobRun": (
        grant("StartServerlessRuns", "emr-serverless:StartJobRun", _APPLICATION, _SERVERLESS),
        passes_role("emr-serverless.amazonaws.com", _SERVERLESS, "ExecutionRoleArn"),
        follow(
            "FollowServerlessRuns", "emr-serverless:CancelJobRun emr-serverless:GetJobRun", _RUNS, _SERVERLESS
        ),
        _JOB_RULE,
    ),
    "emr-serverless:stopApplication": _application("StopApplication", "emr-serverless:GetApplication"),
}

"""Rows of the permission table: Batch, Glue, DataBrew, Athena, CodeBuild, MediaConvert."""

from collections.abc import Mapping
from typing import Final

from . import resources as find
from .grants import Call, Grant, Resources, Unknown, escape, follow, grant, managed_rule, one, passes_role

_GUIDE: Final = "https://docs.aws.amazon.com/step-functions/latest/dg"
_ATHENA: Final = f"{_GUIDE}/connect-athena.html"
_BATCH: Final = f"{_GUIDE}/connect-batch.html"
_BATCH_REFERENCE: Final = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbatch.html"
)
_BATCH_TAGS: Final = "https://docs.aws.amazon.com/batch/latest/userguide/using-tags.html"
_CODEBUILD: Final = f"{_GUIDE}/connect-codebuild.html"
_DATABREW: Final = f"{_GUIDE}/connect-databrew.html"
_GLUE: Final = f"{_GUIDE}/connect-glue.html"
_MEDIACONVERT: Final = f"{_GUIDE}/connect-mediaconvert.html"


def _batch_definition(call: Call) -> list[str]:
    """The job definition, in every revision when none is named."""
    name = call.text("JobDefinition")
    arn = one(name) if name.startswith("arn:") else call.arn("batch", f"job-definition/{escape(name)}")
    return [arn] if ":" in arn.rpartition("job-definition/")[2] else [arn, f"{arn}:*"]


def _batch_job(call: Call) -> list[str]:
    return [call.arn("batch", "job/*")]


def _results(suffix: str) -> Resources:
    """Where Athena writes, when the state says so and not the workgroup; without suffix the bucket itself."""

    def resources(call: Call) -> list[str]:
        path = ("ResultConfiguration", "OutputLocation")
        places = find.s3_address(*path)(call) if call.has(*path) else []
        return [f"{place.rstrip('/')}{suffix}" if suffix else place.partition("/")[0] for place in places]

    return resources


def _report_groups(call: Call) -> list[str]:
    """The groups of the reports (`…:report/group:id`)."""
    reports = call.get("ReportArns")
    groups = (
        [one(str(arn)).rpartition(":")[0] for arn in reports] if isinstance(reports, (list, tuple)) else []
    )
    if not groups or not all(":report/" in group for group in groups):
        raise Unknown("ReportArns are not the ARNs of reports")
    return [group.replace(":report/", ":report-group/") for group in groups]


def _media_queue(call: Call) -> list[str]:
    """The queue of a job, and its template if it has one."""
    queue = find.named("mediaconvert", "queues/{}", "Queue", default="Default")(call)
    if not call.has("JobTemplate"):
        return queue
    return [*queue, *find.named("mediaconvert", "jobTemplates/{}", "JobTemplate")(call)]


def _media_job(call: Call) -> list[str]:
    return [call.arn("mediaconvert", "jobs/*")]


_BREW_JOB: Final = find.named("databrew", "job/{}", "Name")
_BUILD: Final = find.projects("Id")
_BUILD_BATCH_RULE: Final = managed_rule("StepFunctionsGetEventForCodeBuildStartBuildBatchRule", _CODEBUILD)
_BUILD_RULE: Final = managed_rule("StepFunctionsGetEventForCodeBuildStartBuildRule", _CODEBUILD)
_CATALOG: Final = find.named(
    "athena", "datacatalog/{}", "QueryExecutionContext", "Catalog", default="AwsDataCatalog"
)
_DATA: Final = find.by_hand("the tables and objects that the query reads are not among the arguments")
_GLUE_JOB: Final = find.named("glue", "job/{}", "JobName")
_JOB_QUEUE: Final = find.named("batch", "job-queue/{}", "JobQueue")
# The role that a build runs with instead of its project's.
_PASS_SERVICE_ROLE: Final = passes_role(
    "codebuild.amazonaws.com", _CODEBUILD, "ServiceRoleOverride", optional=True
)
_PROJECT: Final = find.named("codebuild", "project/{}", "ProjectName")
_QUERY: Final = find.by_hand("the query's workgroup is not among the arguments")
_WORKGROUP: Final = find.named("athena", "workgroup/{}", "WorkGroup", default="primary")

_WRITE_RESULTS: Final = "s3:AbortMultipartUpload s3:GetObject s3:ListMultipartUploadParts s3:PutObject"

JOB_TABLE: Final[Mapping[str, tuple[Grant, ...]]] = {
    "athena:getQueryExecution": (grant("ReadQueries", "athena:GetQueryExecution", _QUERY, _ATHENA),),
    "athena:getQueryResults": (
        grant("ReadQueries", "athena:GetQueryResults", _QUERY, _ATHENA),
        grant("ReadQueryResults", "s3:GetObject", _QUERY, _ATHENA),
    ),
    "athena:startQueryExecution": (
        grant("RunQueries", "athena:StartQueryExecution", _WORKGROUP, _ATHENA),
        grant("ReadCatalogs", "athena:GetDataCatalog", _CATALOG, _ATHENA),
        grant("ReadTables", "glue:GetTable s3:GetObject", _DATA, _ATHENA),
        grant("WriteQueryResults", _WRITE_RESULTS, _results("/*"), _ATHENA),
        grant("FindQueryResults", "s3:GetBucketLocation s3:ListBucket", _results(""), _ATHENA),
        follow("FollowQueries", "athena:GetQueryExecution athena:StopQueryExecution", _WORKGROUP, _ATHENA),
    ),
    "athena:stopQueryExecution": (grant("StopQueries", "athena:StopQueryExecution", _QUERY, _ATHENA),),
    "batch:submitJob": (
        grant("SubmitJobs", "batch:SubmitJob", _batch_definition, _BATCH),
        grant("SubmitJobs", "batch:SubmitJob", _JOB_QUEUE, _BATCH),
        grant("TagBatchJobs", "batch:TagResource", find.when(_batch_job, "Tags"), _BATCH_TAGS),
        # DescribeJobs has no resource type: see the page of the row.
        follow("FollowBatchJobs", "batch:DescribeJobs", find.every, _BATCH_REFERENCE),
        follow("StopBatchJobs", "batch:TerminateJob", _batch_job, _BATCH),
        managed_rule("StepFunctionsGetEventsForBatchJobsRule", _BATCH),
    ),
    "codebuild:batchDeleteBuilds": (
        grant("DeleteBuilds", "codebuild:BatchDeleteBuilds", find.projects("Ids"), _CODEBUILD),
    ),
    "codebuild:batchGetReports": (
        grant("ReadReports", "codebuild:BatchGetReports", _report_groups, _CODEBUILD),
    ),
    "codebuild:deleteBuildBatch": (grant("DeleteBuilds", "codebuild:DeleteBuildBatch", _BUILD, _CODEBUILD),),
    "codebuild:retryBuildBatch": (
        grant("StartBuilds", "codebuild:RetryBuildBatch", _BUILD, _CODEBUILD),
        follow("FollowBuilds", "codebuild:BatchGetBuildBatches codebuild:StopBuildBatch", _BUILD, _CODEBUILD),
        _BUILD_BATCH_RULE,
    ),
    "codebuild:startBuild": (
        grant("StartBuilds", "codebuild:StartBuild", _PROJECT, _CODEBUILD),
        _PASS_SERVICE_ROLE,
        follow("FollowBuilds", "codebuild:BatchGetBuilds codebuild:StopBuild", _PROJECT, _CODEBUILD),
        _BUILD_RULE,
    ),
    "codebuild:startBuildBatch": (
        grant("StartBuilds", "codebuild:StartBuildBatch", _PROJECT, _CODEBUILD),
        _PASS_SERVICE_ROLE,
        follow(
            "FollowBuilds", "codebuild:BatchGetBuildBatches codebuild:StopBuildBatch", _PROJECT, _CODEBUILD
        ),
        _BUILD_BATCH_RULE,
    ),
    "codebuild:stopBuild": (grant("StopBuilds", "codebuild:StopBuild", _BUILD, _CODEBUILD),),
    "codebuild:stopBuildBatch": (grant("StopBuilds", "codebuild:StopBuildBatch", _BUILD, _CODEBUILD),),
    "databrew:startJobRun": (
        grant("StartDataBrewJobs", "databrew:StartJobRun", _BREW_JOB, _DATABREW),
        follow("FollowDataBrewJobs", "databrew:ListJobRuns databrew:StopJobRun", _BREW_JOB, _DATABREW),
    ),
    "glue:startJobRun": (
        grant("StartGlueJobs", "glue:StartJobRun", _GLUE_JOB, _GLUE),
        follow("FollowGlueJobs", "glue:BatchStopJobRun glue:GetJobRun glue:GetJobRuns", _GLUE_JOB, _GLUE),
    ),
    "mediaconvert:createJob": (
        grant("CreateMediaJobs", "mediaconvert:CreateJob", _media_queue, _MEDIACONVERT),
        passes_role("mediaconvert.amazonaws.com", _MEDIACONVERT, "Role"),
        follow("FollowMediaJobs", "mediaconvert:CancelJob mediaconvert:GetJob", _media_job, _MEDIACONVERT),
        managed_rule("StepFunctionsGetEventsForMediaConvertJobRule", _MEDIACONVERT),
    ),
}

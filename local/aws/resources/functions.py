"""Lambda: functions, what invokes them, and what happens to their failures."""

from collections.abc import Mapping
from typing import Any

from local import archive
from local.aws.clients import Aws, physical_name
from local.aws.inputs import Inputs, capital, pascal
from local.aws.resources.kinds import Kind, Request
from local.errors import LocalError
from local.model import Archive, Created
from local.server.lambda_site.sitecustomize import LEVEL_VARIABLE

_LATEST = "$LATEST"


def _create_function(request: Request) -> Created:
    aws, inputs = request.aws, request.inputs
    inputs.skip("skipDestroy", "sourceCodeHash")
    name = physical_name(request.name, inputs, longest=64, prefix_key=None)
    code = inputs.require("code")
    if not isinstance(code, Archive):
        raise LocalError("code must be an archive")
    content = archive.build(code, request.folder)
    made = aws.functions.create_function(
        FunctionName=name,
        Role=inputs.require("role"),
        Code={"ZipFile": content},
        Runtime=inputs.get("runtime", "python3.13"),
        Handler=inputs.require("handler"),
        Environment={"Variables": _variables(inputs)},
        Tags=inputs.get("tags", {}),
        **inputs.pascal(
            "timeout", "memorySize", "description", "architectures", "publish", "layers", "ephemeralStorage"
        ),
        **inputs.renamed({"kmsKeyArn": "KMSKeyArn"}),
        **inputs.pascal("loggingConfig", "tracingConfig", "deadLetterConfig"),
    )
    reserved = inputs.get("reservedConcurrentExecutions")
    if reserved is not None and reserved >= 0:
        aws.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    arn = made["FunctionArn"]
    version = made["Version"]
    return Created(
        name,
        {
            "name": name,
            "arn": arn,
            "invokeArn": _invoke_arn(aws, arn),
            "version": version,
            "qualifiedArn": f"{arn}:{version}",
            "qualifiedInvokeArn": _invoke_arn(aws, f"{arn}:{version}"),
            "lastModified": made["LastModified"],
            "codeSha256": made["CodeSha256"],
            "sourceCodeHash": made["CodeSha256"],
            "sourceCodeSize": len(content),
        },
    )


def _variables(inputs: Inputs) -> dict[str, str]:
    """The function's variables, and the log level if it wants JSON logs: see local/server/lambda_site."""
    variables: dict[str, str] = dict(inputs.get("environment", {}).get("variables", {}))
    logging = inputs.get("loggingConfig", {})
    if logging.get("logFormat") == "JSON":
        variables[LEVEL_VARIABLE] = logging.get("applicationLogLevel", "INFO")
    return variables


def _invoke_arn(aws: Aws, function_arn: str) -> str:
    return aws.arn("apigateway", f"path/2015-03-31/functions/{function_arn}/invocations", account="lambda")


def _delete_function(aws: Aws, name: str, _properties: Mapping[str, Any]) -> None:
    aws.functions.delete_function(FunctionName=name)


def _create_mapping(request: Request) -> Created:
    inputs = request.inputs
    criteria = inputs.get("filterCriteria")
    filters: dict[str, Any] = {"FilterCriteria": {"Filters": pascal(criteria["filters"])}} if criteria else {}
    made = request.aws.functions.create_event_source_mapping(
        FunctionName=inputs.require("functionName"),
        **inputs.pascal(
            "eventSourceArn",
            "enabled",
            "batchSize",
            "functionResponseTypes",
            "maximumBatchingWindowInSeconds",
            "scalingConfig",
            "startingPosition",
            "maximumRetryAttempts",
            "maximumRecordAgeInSeconds",
            "bisectBatchOnFunctionError",
            "parallelizationFactor",
            "destinationConfig",
            "tags",
        ),
        **filters,
    )
    identifier = made["UUID"]
    return Created(
        identifier,
        {
            "uuid": identifier,
            "functionArn": made["FunctionArn"],
            "state": made.get("State", "Enabled"),
            "arn": request.aws.arn("lambda", f"event-source-mapping:{identifier}"),
        },
    )


def _delete_mapping(aws: Aws, identifier: str, _properties: Mapping[str, Any]) -> None:
    aws.functions.delete_event_source_mapping(UUID=identifier)


def _create_permission(request: Request) -> Created:
    inputs = request.inputs
    function = inputs.require("function")
    statement = physical_name(
        request.name,
        inputs,
        longest=100,
        key="statementId",
        prefix_key="statementIdPrefix",
        pattern=r"[A-Za-z0-9_-]+",
    )
    request.aws.functions.add_permission(
        FunctionName=function,
        StatementId=statement,
        Action=inputs.require("action"),
        Principal=inputs.require("principal"),
        **inputs.pascal("sourceArn", "sourceAccount", "qualifier", "eventSourceToken"),
        **inputs.renamed({"principalOrgId": "PrincipalOrgID"}),
    )
    return Created(statement, {"statementId": statement})


def _delete_permission(aws: Aws, statement: str, properties: Mapping[str, Any]) -> None:
    aws.functions.remove_permission(FunctionName=properties["function"], StatementId=statement)


def _create_invoke_config(request: Request) -> Created:
    inputs = request.inputs
    function = inputs.require("functionName")
    retry = {
        "maximumRetryAttempts": "MaximumRetryAttempts",
        "maximumEventAgeInSeconds": "MaximumEventAgeInSeconds",
    }
    destinations = {
        capital(key): pascal(value) for key, value in inputs.get("destinationConfig", {}).items() if value
    }
    request.aws.functions.put_function_event_invoke_config(
        FunctionName=function,
        DestinationConfig=destinations,  # type: ignore[arg-type]
        **inputs.renamed(retry),
        **inputs.pascal("qualifier"),
    )
    return Created(f"{function}:{inputs.get('qualifier', _LATEST)}")


KINDS = {
    "aws:lambda/function:Function": Kind(_create_function, _delete_function),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Kind(_create_mapping, _delete_mapping),
    "aws:lambda/permission:Permission": Kind(_create_permission, _delete_permission),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": Kind(_create_invoke_config),
}

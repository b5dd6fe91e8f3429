"""Lambda: functions, and what invokes them."""

from local import archive
from local.aws.clients import Aws
from local.aws.request import Request
from local.errors import LocalError
from local.model import Archive, Created
from local.server.lambda_site.sitecustomize import LEVEL_VARIABLE


def _create_function(request: Request) -> Created:
    request.skip("sourceCodeHash")
    aws, name = request.aws, request.physical_name(longest=64)
    code = request.require("code")
    if not isinstance(code, Archive):
        raise LocalError("code must be an archive")
    content = archive.build(code, request.folder)
    if foreign := archive.foreign(content):
        request.notes.append(
            f"the function {request.name} brings {foreign}, which {archive.HERE} cannot import: what "
            "imports it fails here, whatever it does on AWS"
        )
    made = request.call(
        "lambda",
        "create_function",
        leave=("vpcConfig",),  # There are no networks here.
        FunctionName=name,
        Handler=request.require("handler"),
        Code={"ZipFile": content},
        Runtime=request.get("runtime", "python3.13"),
        Environment={"Variables": _variables(request)},
        LoggingConfig=request.get("loggingConfig"),
    )
    reserved = request.get("reservedConcurrentExecutions")
    if reserved is not None and reserved >= 0:
        aws.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    arn, version = made["FunctionArn"], made["Version"]
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


def _variables(request: Request) -> dict[str, str]:
    """The function's variables, and the log level if it wants JSON logs: see local/server/lambda_site."""
    variables: dict[str, str] = dict(request.get("environment", {}).get("variables", {}))
    logging = request.get("loggingConfig", {})
    if logging.get("logFormat") == "JSON":
        variables[LEVEL_VARIABLE] = logging.get("applicationLogLevel", "INFO")
    return variables


def _invoke_arn(aws: Aws, function_arn: str) -> str:
    return aws.arn("apigateway", f"path/2015-03-31/functions/{function_arn}/invocations", account="lambda")


def _create_mapping(request: Request) -> Created:
    made = request.call("lambda", "create_event_source_mapping")
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


def _create_permission(request: Request) -> Created:
    statement = request.physical_name(longest=100, key="statementId")
    function = request.require("function")
    request.call("lambda", "add_permission", FunctionName=function, StatementId=statement)
    return Created(statement, {"statementId": statement})


KINDS = {
    "aws:lambda/function:Function": _create_function,
    "aws:lambda/eventSourceMapping:EventSourceMapping": _create_mapping,
    "aws:lambda/permission:Permission": _create_permission,
}

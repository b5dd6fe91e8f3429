"""API Gateway: HTTP APIs."""

from collections.abc import Mapping
from typing import Any

from local.aws.clients import Aws, physical_name
from local.aws.inputs import pascal
from local.aws.resources.kinds import Kind, Request
from local.model import Created

_DEFAULT_STAGE = "$default"


def _create_api(request: Request) -> Created:
    aws, inputs = request.aws, request.inputs
    name = physical_name(request.name, inputs, longest=128, prefix_key=None, pattern=r"[ -~]+")
    made = aws.http_apis.create_api(
        Name=name,
        ProtocolType=inputs.require("protocolType"),
        Tags=inputs.get("tags", {}),
        **inputs.pascal(
            "description", "version", "corsConfiguration", "disableExecuteApiEndpoint", "ipAddressType"
        ),
    )
    identifier = made["ApiId"]
    return Created(
        identifier,
        {
            "name": name,
            "apiEndpoint": _address(aws, identifier, _DEFAULT_STAGE),
            "arn": aws.arn("apigateway", f"/apis/{identifier}", account=""),
            "executionArn": aws.arn("execute-api", identifier),
        },
    )


def _address(aws: Aws, api: str, stage: str) -> str:
    """Where a stage answers. On AWS the default stage has no path of its own; here it has."""
    return f"{aws.endpoint}/_aws/execute-api/{api}/{stage}"


def _delete_api(aws: Aws, identifier: str, _properties: Mapping[str, Any]) -> None:
    aws.http_apis.delete_api(ApiId=identifier)


def _create_integration(request: Request) -> Created:
    inputs = request.inputs
    made = request.aws.http_apis.create_integration(
        ApiId=inputs.require("apiId"),
        IntegrationType=inputs.require("integrationType"),
        **inputs.renamed({"timeoutMilliseconds": "TimeoutInMillis"}),
        **inputs.pascal(
            "integrationUri",
            "integrationMethod",
            "payloadFormatVersion",
            "credentialsArn",
            "description",
            "connectionType",
        ),
    )
    return Created(made["IntegrationId"])


def _create_route(request: Request) -> Created:
    inputs = request.inputs
    made = request.aws.http_apis.create_route(
        ApiId=inputs.require("apiId"),
        RouteKey=inputs.require("routeKey"),
        **inputs.pascal(
            "target", "authorizationType", "authorizerId", "authorizationScopes", "operationName"
        ),
    )
    return Created(made["RouteId"])


def _create_stage(request: Request) -> Created:
    aws, inputs = request.aws, request.inputs
    api = inputs.require("apiId")
    name = physical_name(
        request.name, inputs, longest=128, prefix_key=None, pattern=r"\$default|[A-Za-z0-9_-]+"
    )
    settings: dict[str, Any] = {}
    if log := inputs.get("accessLogSettings"):
        settings["AccessLogSettings"] = pascal(log)
    if routes := inputs.get("routeSettings"):
        settings["RouteSettings"] = {item["routeKey"]: _route_settings(item) for item in routes}
    if default := inputs.get("defaultRouteSettings"):
        settings["DefaultRouteSettings"] = _route_settings(default)
    aws.http_apis.create_stage(
        ApiId=api,
        StageName=name,
        Tags=inputs.get("tags", {}),
        StageVariables=inputs.get("stageVariables", {}),
        **inputs.pascal("autoDeploy", "description"),
        **settings,
    )
    return Created(
        name,
        {
            "name": name,
            "arn": aws.arn("apigateway", f"/apis/{api}/stages/{name}", account=""),
            "executionArn": f"{aws.arn('execute-api', api)}/{name}",
            "invokeUrl": f"{_address(aws, api, name)}/",
        },
    )


def _route_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in pascal(settings).items() if key != "RouteKey"}


KINDS = {
    "aws:apigatewayv2/api:Api": Kind(_create_api, _delete_api),
    "aws:apigatewayv2/integration:Integration": Kind(_create_integration),
    "aws:apigatewayv2/route:Route": Kind(_create_route),
    "aws:apigatewayv2/stage:Stage": Kind(_create_stage),
}

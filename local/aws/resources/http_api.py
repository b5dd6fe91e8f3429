"""API Gateway: HTTP APIs."""

from local.aws.clients import Aws
from local.aws.request import Request
from local.model import Created

_SERVICE = "apigatewayv2"
_DEFAULT_STAGE = "$default"


def _create_api(request: Request) -> Created:
    aws, name = request.aws, request.physical_name(longest=128, pattern=r"[ -~]+")
    identifier = request.call(_SERVICE, "create_api", Name=name)["ApiId"]
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


def _create_integration(request: Request) -> Created:
    timeout, leave = request.get("timeoutMilliseconds"), ("responseParameters",)
    made = request.call(_SERVICE, "create_integration", leave=leave, TimeoutInMillis=timeout)
    return Created(made["IntegrationId"])


def _create_route(request: Request) -> Created:
    return Created(request.call(_SERVICE, "create_route")["RouteId"])


def _create_stage(request: Request) -> Created:
    aws, api = request.aws, request.require("apiId")
    name = request.physical_name(longest=128, pattern=r"\$default|[A-Za-z0-9_-]+")
    request.call(_SERVICE, "create_stage", leave=("routeSettings",), ApiId=api, StageName=name)
    return Created(
        name,
        {
            "name": name,
            "arn": aws.arn("apigateway", f"/apis/{api}/stages/{name}", account=""),
            "executionArn": f"{aws.arn('execute-api', api)}/{name}",
            "invokeUrl": f"{_address(aws, api, name)}/",
        },
    )


KINDS = {
    "aws:apigatewayv2/api:Api": _create_api,
    "aws:apigatewayv2/integration:Integration": _create_integration,
    "aws:apigatewayv2/route:Route": _create_route,
    "aws:apigatewayv2/stage:Stage": _create_stage,
}

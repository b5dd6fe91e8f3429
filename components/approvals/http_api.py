"""The HTTP API in front of the page: throttled, and logged without paths."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from countersign_contract.approvals import operating

from ..common.arguments import Common, existing
from ..common.checks import arn, text
from ..common.documents import json_text
from ..common.running import Function, log_group

ACCESS_LOG = {
    "requestId": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "route": "$context.routeKey",
    "method": "$context.httpMethod",
    "status": "$context.status",
    "milliseconds": "$context.responseLatency",
    "bytes": "$context.responseLength",
    "address": "$context.identity.sourceIp",
    "error": "$context.integrationErrorMessage",
}
"""No `$context.path`: a path can be a credential.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html"""

TIMEOUT_MILLISECONDS = 20_000

ROUTES = {"links": "ANY /r/{link}", "others": "$default"}
"""Name, which does not go with its place since API Gateway takes no second route with its key → key."""

IAM = "AWS_IAM"
"""Of a route that API Gateway answers only if it is signed by somebody who may; it tells the function who.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html"""


class HttpApi(NamedTuple):
    """An API of which only the endpoint exists so far, so that its function can be told where it is."""

    api: aws.apigatewayv2.Api
    url: pulumi.Output[str]
    """Where it answers, without a slash at the end."""
    domain_target: pulumi.Output[str]
    """What the domain's DNS record points to; empty without a domain."""
    domain_name: pulumi.Output[str] | None = None
    """Its domain, once that exists; None without one."""


DOMAIN_NAME = r"(?i:([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9])"


class Domain(NamedTuple):
    """A domain of the caller's, with its certificate."""

    name: pulumi.Input[str]
    certificate_arn: pulumi.Input[str]

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "Domain | None":
        """Raises ValueError for one that is told of only in part, or is none."""
        if not existing(options, "domain_name", "certificate_arn"):
            return None
        rule = "domain_name must be a domain name, as in approvals.example.com"
        return cls(
            text(rule, options["domain_name"], DOMAIN_NAME),
            arn(options, "certificate_arn", "acm", "a certificate", "certificate/.+"),
        )


def endpoint(name: str, common: Common, own_domain: Domain | None) -> HttpApi:
    """Make the API and, if there is a domain for it, that, which then is the only way to it."""
    tags, own = common.tags, common.child()
    api = aws.apigatewayv2.Api(
        name, protocol_type="HTTP", disable_execute_api_endpoint=own_domain is not None, tags=tags, opts=own
    )
    if own_domain is None:
        return HttpApi(api, api.api_endpoint, pulumi.Output.from_input(""))
    domain = aws.apigatewayv2.DomainName(
        name,
        domain_name=own_domain.name,
        domain_name_configuration={
            "certificate_arn": own_domain.certificate_arn,
            "endpoint_type": "REGIONAL",
            "security_policy": "TLS_1_2",
        },
        tags=tags,
        opts=own,
    )
    target = domain.domain_name_configuration.apply(
        lambda configuration: configuration.target_domain_name or ""
    )
    return HttpApi(api, domain.domain_name.apply(lambda text: f"https://{text}"), target, domain.domain_name)


def _answers(
    name: str,
    http: HttpApi,
    function: Function,
    common: Common,
    routes: Mapping[str, str],
    *,
    called_from: str = "*",
    authorization_type: str | None = None,
) -> None:
    """Let the function answer on these routes (name → key). `called_from` is the end of their ARNs."""
    source_arn = http.api.execution_arn.apply(lambda arn: f"{arn}/{called_from}")
    integration = aws.apigatewayv2.Integration(
        name,
        api_id=http.api.id,
        integration_type="AWS_PROXY",
        integration_uri=function.arn,
        payload_format_version="2.0",
        timeout_milliseconds=TIMEOUT_MILLISECONDS,
        opts=function.called_by(name, common, "apigateway", source_arn),
    )
    for route, key in routes.items():
        aws.apigatewayv2.Route(
            route,
            api_id=http.api.id,
            route_key=key,
            authorization_type=authorization_type,
            target=integration.id.apply(lambda text: f"integrations/{text}"),
            opts=common.child(),
        )


def serve(
    name: str, http: HttpApi, page: Function, operator: Function, common: Common, *, rate: pulumi.Input[int]
) -> None:
    """Let the page answer whoever has a link, and the operator's function whoever may call it.

    `rate` is how many requests they answer a second, with bursts of twice as many.
    """
    own = common.child()
    routes = {f"{name}-page-{route}": key for route, key in ROUTES.items()}
    _answers(f"{name}-page", http, page, common, routes)
    method, path = operating.METHOD, operating.PATH
    _answers(
        f"{name}-operator",
        http,
        operator,
        common,
        {f"{name}-operator": f"{method} {path}"},
        called_from=f"*/{method}{path}",
        authorization_type=IAM,
    )
    name = f"{name}-page"
    # The prefix keeps CloudWatch's resource policy short, whatever the number of APIs.
    log = log_group(f"{name}-access", common, "/aws/vendedlogs/apis", of=name)
    stage = aws.apigatewayv2.Stage(
        name,
        api_id=http.api.id,
        name="$default",
        auto_deploy=True,
        default_route_settings={
            "throttling_rate_limit": rate,
            "throttling_burst_limit": pulumi.Output.from_input(rate).apply(lambda each: 2 * each),
        },
        access_log_settings={"destination_arn": log.arn, "format": json_text(ACCESS_LOG)},
        tags=common.tags,
        opts=own,
    )
    if http.domain_name is not None:
        aws.apigatewayv2.ApiMapping(
            name, api_id=http.api.id, domain_name=http.domain_name, stage=stage.name, opts=own
        )

"""The Resource of a Task: whether it is an integration, an activity or a function, and which."""

import re
from difflib import get_close_matches
from functools import lru_cache

from ..document.copying import FOREIGN_PLACEHOLDER
from ..report.display import did_you_mean, show
from ..services import integrations
from ..services.integrations import PARTITION, PLACE
from .scope import Site

WAIT_SUFFIX = ".waitForTaskToken"
GIVE_THE_ARN = "in a component, give the ARN (a Pulumi Output is fine)"

_ARN_OF = "arn:${AWS::Partition}:states:::"
_ARN = re.compile(rf"arn:{PARTITION}:([^:]+):(?:{PLACE})?:(?:{PLACE})?:.+")
_FUNCTION = re.compile(rf"arn:{PARTITION}:lambda:{PLACE}:{PLACE}:function:[\w-]+(?::[\w$-]+)?")
_OWN_KINDS = re.compile(
    rf"arn:{PARTITION}:states:{PLACE}:{PLACE}:(?:stateMachine|execution|express|mapRun):.+"
)
_OPTIMIZED = frozenset(name.partition(":")[0] for name in integrations.OPTIMIZED)
_BY_SDK = {sdk: name for name, sdk in integrations.SDK_SERVICES.items()}
_OTHER_NAMES = {
    "appconfiguration": "appconfig",
    "cognitoidp": "cognitoidentityprovider",
    "elasticmapreduce": "emr",
    "events": "eventbridge",
    "logs": "cloudwatchlogs",
    "monitoring": "cloudwatch",
    "states": "sfn",
    "stepfunctions": "sfn",
}
"""What services are called elsewhere (in IAM, in other SDKs): their names in an integration."""
_BY_HAND = "see that its name is right, and give its permissions by hand"


@lru_cache(1024)
def has_token(resource: str) -> bool:
    """Whether a Task may use the task token: it waits for it, or what it does is not known."""
    if integrations.hands_out_token(resource):
        return True
    integration = integrations.lookup(resource)
    if integration is None:
        return integrations.parse(resource) is not None
    # Whoever has the token may end the job's state before the job does, where there are tokens at all.
    tokens = integrations.WAIT in integration.patterns or integration.pattern not in integration.patterns
    return tokens and integration.pattern != integrations.REQUEST_RESPONSE


def check(site: Site, resource: str) -> bool:
    """Check a Resource; whether it may be what it says, so that the rest of the state can be checked."""
    integration = integrations.lookup(resource)
    if integration is not None and integration.is_supported and "$" not in resource:
        return True  # As most are.
    arn = _ARN.fullmatch(resource)
    if arn is not None and arn[1] not in ("lambda", "states", "swf") and "$" not in arn[1]:
        _foreign(site, resource, arn[1])
        return False
    found = integrations.parse(resource)
    if FOREIGN_PLACEHOLDER.search(resource):
        message = f"{show(resource)} has a part that another tool fills in, if anything does"
        if found is None or "$" in found["suffix"]:
            site.add("placeholder", "Resource", message, GIVE_THE_ARN)
            return True
        fix = "write ${AWS::Partition}, which a CallbackWorkflow fills in"
        site.add("placeholder", "Resource", message, fix)
    if found is None:
        return _plain(site, resource)
    if found["suffix"] not in integrations.SUFFIXES:
        _no_suffix(site, found["name"], found["suffix"])
        return False
    if integration is None or not integration.known:
        return _unknown(site, resource, found)
    if integration.is_supported:
        return True
    message = f"{integration.service}:{integration.action} has no .{integration.pattern}"
    site.add("integration-pattern", "Resource", message, f"it has {', '.join(sorted(integration.patterns))}")
    return False


def _wrong(site: Site, resource: str, fix: str) -> None:
    site.add("resource", "Resource", f"{show(resource)} is no ARN of an integration or function", fix)


def _foreign(site: Site, resource: str, service: str) -> None:
    """The ARN of something that is no work to do: a queue, a topic, a table."""
    actions = [name for name in integrations.OPTIMIZED if name.startswith(f"{service}:")]
    by_sdk = f"aws-sdk:{service}:…" if integrations.sdk_actions(service) else ""
    call = " or ".join(actions[:4]) or by_sdk
    fix = f"call the service: {_ARN_OF}{call}" if call else "give the ARN of what does the work"
    _wrong(site, resource, did_you_mean(service, ("states", "lambda"), 0.75) or fix)


def _plain(site: Site, resource: str) -> bool:
    """A Resource that is no integration: an activity, a function, or a mistake."""
    if resource == integrations.OWN_WAIT or integrations.ACTIVITY.fullmatch(resource):
        if site.scope.express:
            what = "waits" if resource == integrations.OWN_WAIT else "activities"
            message = f"an Express workflow has no {what}"
            site.add("express-pattern", "Resource", message, "use a Standard one")
        return not site.scope.express
    if _FUNCTION.fullmatch(resource):
        return True
    arn = _ARN.fullmatch(resource)
    if arn is not None and arn[1] == "swf":
        site.add("integration-unknown", "Resource", f"{show(resource)} is not known here", _near(resource))
        return True
    bare = resource.removesuffix(WAIT_SUFFIX).removesuffix(".sync:2").removesuffix(".sync")
    if _OWN_KINDS.fullmatch(resource):
        fix = f"call it: {_ARN_OF}states:startExecution"
    elif _FUNCTION.fullmatch(resource.removesuffix(WAIT_SUFFIX)):
        fix = f"use {_ARN_OF}lambda:invoke{WAIT_SUFFIX}, with the function as FunctionName"
    elif bare in integrations.OPTIMIZED or bare.startswith("aws-sdk:"):
        fix = f"did you mean {_ARN_OF}{resource}?"
    else:
        fix = did_you_mean(resource, (integrations.OWN_WAIT,), 0.8) or "give the ARN of what does the work"
    _wrong(site, resource, fix)
    return False


def _no_suffix(site: Site, name: str, suffix: str) -> None:
    """Something stands behind the action that is none of the patterns; what was meant may be a wait."""
    folded, patterns = suffix.casefold(), integrations.SUFFIXES[1:]
    fix = did_you_mean(folded, patterns, 0.6) or f"use {', '.join(patterns)}, or nothing"
    if re.search("wait|token|callback", folded):
        fix = f"did you mean {WAIT_SUFFIX}?"
    message = f"{name} has no {show(suffix)}: there is no such pattern"
    site.add("integration-pattern", "Resource", message, fix)


def _unknown(site: Site, resource: str, found: re.Match[str]) -> bool:
    name, service, action = found.group("name", "service", "action")
    own = not name.startswith("aws-sdk:")
    by_sdk = (f"aws-sdk:{service.lower()}:{one}" for one in integrations.sdk_actions(service.lower()))
    spelt = [one for one in (integrations.OPTIMIZED if own else by_sdk) if one.casefold() == name.casefold()]
    if spelt:
        message = f"{show(resource)} is not spelt as AWS spells it"
        site.add("resource", "Resource", message, f"write {spelt[0]}")
        return False
    sdk = integrations.SDK_SERVICES.get(service) or _OTHER_NAMES.get(service, service)
    if own and (service in _OPTIMIZED or integrations.sdk_action(sdk, action)):
        _not_optimized(site, service, action, sdk)
    else:
        fix = _near(resource) if own else _near_sdk(service, action)
        misspelt = fix != _BY_HAND and not (integrations.sdk_actions(service) and not own)
        rule = "integration-name" if misspelt else "integration-unknown"
        site.add(rule, "Resource", f"{show(resource)} is not known here", fix)
    return True


def _not_optimized(site: Site, service: str, action: str, sdk: str) -> None:
    same = f"{_BY_SDK.get(sdk, service)}:{action}"
    if same in integrations.OPTIMIZED:
        fix = f"did you mean {same}?"
    elif integrations.sdk_action(sdk, action):
        fix = f"use aws-sdk:{sdk}:{action}"
    else:
        near = did_you_mean(f"{service}:{action}", integrations.OPTIMIZED, 0.8)
        fix = near or "use the integration with the AWS SDK"
    site.add("integration-action", "Resource", f"{service} has no optimised integration {show(action)}", fix)


def _near(resource: str) -> str:
    name = resource.rpartition(":::")[2].partition(".")[0]
    return did_you_mean(name, integrations.OPTIMIZED, 0.8) or _BY_HAND


@lru_cache(1024)
def _near_sdk(service: str, action: str) -> str:
    plain = re.sub(r"[^a-z0-9]", "", service.lower())
    plain = _OTHER_NAMES.get(plain, plain)
    if not integrations.sdk_actions(plain):
        names = sorted(one for one in integrations.sdk_services() if one[0] == plain[:1])
        plain = next(iter(get_close_matches(plain, names, 1, 0.8)), "")
    near = did_you_mean(action, integrations.sdk_actions(plain), 0.8, lambda one: f"aws-sdk:{plain}:{one}")
    return near or (f"did you mean aws-sdk:{plain}?" if plain and plain != service else _BY_HAND)

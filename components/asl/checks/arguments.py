"""The arguments of an integration: those it needs, and those it has."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from ..report.display import Unknown, did_you_mean, show
from ..services import integrations, subjects
from . import literals, values
from .scope import Site

_ONE_OF = {
    "sns:publish": ("TopicArn", "TargetArn", "PhoneNumber"),
    "http:invoke": ("Authentication", "InvocationConfig"),
    "bedrock:invokeModel": ("Body", "Input"),
}
"""Arguments of which the API requires one; each page says so, no model does."""

_FIFO = {"sqs:sendMessage": "QueueUrl", "sns:publish": "TopicArn"}
"""What says by its name that messages need a group."""


def check(site: Site, integration: integrations.Integration) -> bool:
    """Check what an integration is given; whether the arguments are there to be looked into."""
    field, other = site.argument_fields
    action = f"{integration.service}:{integration.action}"
    if field not in site.state:
        if other in site.state:
            return False  # It stands there in the other query language, and has a finding of its own.
        if not integration.required:
            return True
        message = f"{action} needs {' and '.join(sorted(integration.required))}, and there are no {field}"
        site.add("argument-missing", field, message, f"give {field}")
        return False
    given = site.state[field]
    if not isinstance(given, dict):
        if isinstance(given, Unknown) or values.is_computed(site, given):
            return True
        values.wrong_type(site, field, given, "an object or an expression" if site.jsonata else "an object")
        return False
    names(site, field, integration, given)
    _needed_together(site, field, action, given)
    for name in sorted(integration.required) if None in given.values() else ():
        if name in given and given[name] is None:
            message = f"{action} needs {name}, got null"
            site.add("argument-missing", f"{field}.{name}", message, f"give {name}")
    literals.check(site, field, integration, given)
    if action == "sns:publish":
        _subject(site, f"{field}.Subject", given.get("Subject"))
    return True


def names(site: Site, field: str, integration: integrations.Integration, given: Mapping[str, Any]) -> None:
    """Check which arguments are given. In JSONata a name that ends with .$ has a finding of its own."""
    known = integrations.arguments(integration)
    bare = {key.removesuffix(".$") for key in given}
    if integration.required <= bare and (known is None or bare <= known):
        return
    action = f"{integration.service}:{integration.action}"
    keys = {key: key.removesuffix(".$") for key in given}
    lowered = {name.lower(): key for key, name in keys.items()}
    wrong = {} if known is None else {key: name for key, name in keys.items() if name not in known}
    for required in sorted(integration.required):
        if required.lower() in lowered:
            continue
        # Only what is no argument can be a misspelt one, and then it is said here.
        message = f"{action} needs {required}"
        for near in get_close_matches(required.lower(), [name.lower() for name in wrong.values()], 1, 0.75):
            message += f"; {lowered[near]} looks like it"
            del wrong[lowered[near]]
        site.add("argument-missing", field, message, f"give {required}")
    spelling = {name.lower(): name for name in known or ()}
    for key, name in wrong.items():
        if "${" in name:
            continue
        found = spelling.get(name.lower(), "")
        at = f"{field}.{key}"
        message = f"{action} has no argument {show(name)}"
        # Acronyms are spelt in ways of their own (DbInstanceIdentifier): there the model may be wrong.
        if found and name[0].islower():
            message += ": its names begin with a capital letter"
            site.add("argument-case", at, message, f"write {found}")
        else:
            fix = did_you_mean(found or name, spelling.values(), 0.75) or "see the API's own page"
            site.add("argument-unknown", at, message, fix)


def _needed_together(site: Site, field: str, action: str, given: Mapping[str, Any]) -> None:
    """What no model of an API says, and the API wants all the same."""
    one_of, address = _ONE_OF.get(action, ()), given.get(_FIFO.get(action, ""))
    is_fifo = isinstance(address, str) and address.endswith(".fifo")
    lowered = {key.removesuffix(".$").lower() for key in given} if one_of or is_fifo else set()
    if any("${" in name for name in lowered):
        return
    if one_of and not any(name.lower() in lowered for name in one_of):
        site.add("argument-missing", field, f"{action} needs {' or '.join(one_of)}", "give one of them")
    if not is_fifo:
        return
    if "messagegroupid" not in lowered:
        message = f"{action} needs MessageGroupId, because {show(address)} is FIFO"
        site.add("argument-missing", field, message, "give MessageGroupId")
    delay = given.get("DelaySeconds")  # What is looked up may be 0.
    if type(delay) in (int, str) and re.fullmatch(r"[1-9]\d*", str(delay)):
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
        message = f"a message to a FIFO queue has no delay of its own, got {show(delay)}"
        site.add(
            "argument-limit", f"{field}.DelaySeconds", message, "leave it out, or give the queue a delay"
        )


def _subject(site: Site, at: str, subject: Any) -> None:
    """Check what stands there as it is said; a path is passed on as text, and has a finding of its own."""
    if not isinstance(subject, str) or "${" in subject or values.is_computed(site, subject):
        return
    if not subjects.is_subject(subject):
        message = f"SNS takes {subjects.RULE}, got {show(subject)} ({len(subject)} characters)"
        site.add("argument-limit", at, message, "shorten it, and say the rest in the message")

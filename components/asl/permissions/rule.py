"""What an `aws-sdk:*` integration needs that has no row of its own: a rule, and AWS's own description.

The IAM action has the API action's name. The resources are those of the Service Authorization Reference's
resource types that the arguments name, by ARN or by all parts of one. An action without resource type is
allowed on `*`, with the reference's page. Every type that the reference marks as required must be named;
whatever is not is for a person to decide.
"""

import re
from collections.abc import Mapping
from functools import cache, partial
from typing import Final

from ..language.query import is_expression
from ..services.integrations import SdkAction, sdk_action
from . import resources as find
from .dependents import dependents
from .forms import FORMS, MADE, alternatives, is_about_tags, is_unnamed
from .grants import Call, Grant, Unknown, escape, grant, one
from .roles import role_grants
from .types import FINDERS

_REFERENCE: Final = "https://docs.aws.amazon.com/service-authorization/latest/reference"


OTHER_NAMES: Final[Mapping[str, str]] = {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    "s3:listMultipartUploads": "s3:ListBucketMultipartUploads",
    # https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
    "bedrockruntime:startAsyncInvoke": "bedrock:InvokeModel",
}
"""API action → the IAM action that it is authorised as, where that has another name."""


def by_rule(service: str, action: str) -> tuple[Grant, ...]:
    """What the reference says that an action needs which has no row."""
    known = sdk_action(service, action)
    if known is None or known.iam_action is None or known.iam_service is None:
        prefix = known.iam_service if known and known.iam_service else service
        page = known.page if known else f"{_REFERENCE}/reference_policies_actions-resources-contextkeys.html"
        why = f"no IAM action is known to have the name of {service}:{action}"
        other = OTHER_NAMES.get(f"{service}:{action}")
        if other:
            why = f"what {service}:{action} is about is not told from its arguments here"
        return (grant("CallService", other or f"{prefix}:*", find.by_hand(why), page),)
    purpose = f"Call{known.iam_service.title().replace('-', '')}"
    return (
        grant(purpose, known.iam_action, partial(_resources, known, action), known.page),
        *role_grants(service, action, known),
        *dependents(service, action),
    )


def _resources(known: SdkAction, action: str, call: Call) -> list[str]:
    """Every resource that the arguments name, of the types that the action is authorised on."""
    service, iam_action = known.iam_service or "", known.iam_action or ""
    if not known.resources or is_unnamed(iam_action, call.arguments):
        return ["*"]  # The action has no resource type, or here none of them: the page of the row says so.
    found: dict[str, list[str]] = {}
    forms = [arn_format for _kind, arn_format, _always in known.resources]
    by_parts: dict[tuple[str, ...], dict[str, bool]] = {}
    for kind, arn_format, always in known.resources:
        found[kind], keys = _of_type(service, kind, arn_format, forms, action, call)
        if found[kind] and keys:
            by_parts.setdefault(keys, {})[kind] = always
        elif not found[kind] and kind in MADE.get(iam_action, ()):
            found[kind] = [_place(arn_format, call, dict.fromkeys(_names(arn_format), "*"))]
    for keys, kinds in by_parts.items():
        for kind in _others(keys, kinds):
            found[kind] = []
    missing: list[str] = []
    for kind, _format, always in known.resources:
        if any(found[other] for other in found if other != kind and alternatives(service, kind, other)):
            found[kind] = []
        elif always and not found[kind]:
            missing.append(kind)
    if any(found.values()) and is_about_tags(action):
        missing = []  # Whatever has the tags is of one type.
    # A constant that the action may be about does not show that it is about nothing else.
    telling = [kind for kind, arn_format, always in known.resources if always or _names(arn_format)]
    if missing or not any(found[kind] for kind in telling or found):
        raise Unknown(f"no argument names the {_listed(missing or list(found))}")
    return [arn for resources in found.values() for arn in resources]


def _others(keys: tuple[str, ...], kinds: Mapping[str, bool]) -> list[str]:
    """Types that the same arguments seem to name as the required one of them."""
    always = [kind for kind, required in kinds.items() if required]
    if len(kinds) > 1 and len(always) != 1:
        raise Unknown(f"{' and '.join(keys)} may name the {_listed(list(kinds))}")
    return [kind for kind in kinds if len(kinds) > 1 and kind not in always]


def _listed(kinds: list[str]) -> str:
    """Some of the resource types; an action may have a hundred."""
    if len(kinds) > 4:
        return f"{', '.join(kinds[:3])} or one of {len(kinds) - 3} more types of resource"
    return " or ".join(kinds)


_PLACEHOLDER: Final = re.compile(r"\$\{(\w+)\}")
_PLACES: Final = frozenset({"Partition", "Region", "Account"})


def _names(arn_format: str) -> list[str]:
    """The parts of an ARN that arguments have to name."""
    return [name for name in _PLACEHOLDER.findall(arn_format) if name not in _PLACES]


def _of_type(
    service: str, kind: str, arn_format: str, forms: list[str], action: str, call: Call
) -> tuple[list[str], tuple[str, ...]]:
    """The resources of a type that the arguments name, and the arguments if they are the parts of its ARN."""
    finder = FINDERS.get((service, kind))
    arns = (finder(call) if finder else []) or _by_arn(arn_format, forms, call)
    if arns or finder or "*" in arn_format:  # A `*` of the reference itself is for a person to resolve.
        return arns, ()
    form = FORMS.get((service, kind))
    if form is not None:
        arn_format = ":".join([*arn_format.split(":", 5)[:5], form])
    return _by_parts(kind, arn_format, action, call)


def _by_arn(arn_format: str, forms: list[str], call: Call) -> list[str]:
    """Arguments that are ARNs of this form, and not of a longer one that begins like it: a table's backup."""
    exact = _pattern(arn_format)
    longer = [_pattern(form) for form in forms if _literal(form) > _literal(arn_format)]
    arns = []
    for key, value in call.arguments.items():
        if not str(key).endswith(".$"):
            values = value if isinstance(value, (list, tuple)) else [value]
            named = [
                one(item)
                for item in values
                if isinstance(item, str)
                and exact.match(item)
                and not any(form.match(item) for form in longer)
            ]
            if named and not all(str(item).startswith("arn:") for item in values):
                raise Unknown(f"not every item of {key} is an ARN")
            arns += named
    return arns


def _literal(arn_format: str) -> int:
    """How much of a form stands in every ARN of it."""
    return len(_PLACEHOLDER.sub("", arn_format))


@cache
def _pattern(arn_format: str) -> re.Pattern[str]:
    """What ARNs of a form look like: any place, and something for every other part."""
    parts = _PLACEHOLDER.split(arn_format)
    last = max((index for index in range(1, len(parts), 2)), default=0)
    pattern = "".join(
        re.escape(part).replace(r"\*", "[^:]+")
        if index % 2 == 0
        else "[^:/]*"
        if part in _PLACES
        else "[^:]+"
        if index == last
        else "[^:/]+"
        for index, part in enumerate(parts)
    )
    return re.compile(f"^{pattern}$")


def _by_parts(kind: str, arn_format: str, action: str, call: Call) -> tuple[list[str], tuple[str, ...]]:
    """ARNs made of arguments, one for each item of an argument that is a list, and those arguments.

    None when a part is not given. No argument names two parts: then AWS chooses one of them.
    """
    known: dict[str, list[str]] = {}
    keys: list[str] = []
    for name in _names(arn_format):
        key, values = _named_by(name, kind, action, call)
        if key is None or key in keys:
            return [], ()
        keys.append(key)
        known[name] = values
    if sum(len(values) > 1 for values in known.values()) > 1:
        raise Unknown(f"it is not clear which of {' and '.join(known)} belong together")
    count = max((len(values) for values in known.values()), default=1)
    parts = [{name: values[index % len(values)] for name, values in known.items()} for index in range(count)]
    return [_place(arn_format, call, part) for part in parts], tuple(keys)


def _place(arn_format: str, call: Call, parts: Mapping[str, str] | None = None) -> str:
    """An ARN of a form, in the place of the call."""
    known = {"Partition": call.partition, "Region": call.region, "Account": call.account_id, **(parts or {})}
    return _PLACEHOLDER.sub(lambda found: known[found[1]], arn_format)


def _named_by(name: str, kind: str, action: str, call: Call) -> tuple[str | None, list[str]]:
    """The argument that names a part of an ARN, and its values; no argument when there is none."""
    stem = re.sub(r"(Name|Id|Identifier)$", "", name)
    wanted = [
        _ALIASES.get(name, name),
        stem,
        *(f"{base}{end}" for base in (stem, kind) for end in ("Name", "Id", "Identifier")),
    ]
    if stem.lower() in action.lower():
        wanted += ["Name", "Id", "Identifier"]
    # An id is chosen by AWS and a name by somebody: one does not stand in an ARN for the other.
    other = "Name" if name.endswith("Id") else "Id" if name.endswith("Name") else None
    wanted = [word for word in wanted if other is None or not word.endswith(other)]
    given = {_plain(str(key)): str(key) for key in call.arguments}
    for candidate in (form for word in wanted for form in (word, f"{word}s")):
        key = given.get(_plain(candidate))
        if key is None:
            continue
        value = call.get(key.removesuffix(".$"))
        values = value if isinstance(value, (list, tuple)) else [value]
        for item in filter(is_expression, values):
            raise Unknown(f"{key} is only known at run time ({item})")
        if not values or not all(isinstance(item, str) and item and ":" not in item for item in values):
            raise Unknown(f"{key} is not the name of the {kind}")
        written = _WRITTEN.get(name, {})
        return key, [escape(written.get(item, item)) for item in values]
    return None, []


_ALIASES: Final = {"ObjectName": "Key"}
"""Part of an ARN → argument, where the two have nothing in common."""


_WRITTEN: Final[Mapping[str, Mapping[str, str]]] = {
    # https://docs.aws.amazon.com/waf/latest/APIReference/API_WebACL.html
    "Scope": {"CLOUDFRONT": "global", "REGIONAL": "regional"},
}
"""Part of an ARN → what stands there for an argument's value."""


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.removesuffix(".$").lower())

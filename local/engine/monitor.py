# ruff: noqa: N802 - the methods are named by Pulumi's protocol
"""What a Pulumi program talks to: resource monitor and engine, over the wire that the CLI's engine uses.

It registers resources, hands the custom ones to a provider and keeps the stack's outputs. It knows nothing of
AWS, and there is no state from before: everything is created, so aliases and diffs have nothing to do.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    callback_pb2,
    engine_pb2,
    engine_pb2_grpc,
    provider_pb2,
    resource_pb2,
    resource_pb2_grpc,
)

from local.engine import wire
from local.errors import LocalError
from local.model import Created, Provider, Resource

STACK_TYPE = "pulumi:pulumi:Stack"
_PROVIDER_PREFIX = "pulumi:providers:"
_THREADS = 16
_MESSAGE_BYTES = 400 * 1024 * 1024  # What Pulumi's own runtime allows.
# What this monitor can do, or refuses in its own words, by the names under which runtimes ask one by one.
_FEATURES = ("secrets", "aliasSpecs", "deletedWith", "replaceWith", "transforms")
_NO_TRANSFORMS = "transforms need the Pulumi CLI"

Context = grpc.ServicerContext


class Monitor(resource_pb2_grpc.ResourceMonitorServicer, engine_pb2_grpc.EngineServicer):
    """Serves one deployment on 127.0.0.1: ``with Monitor(...) as monitor``, a program at monitor.address."""

    def __init__(
        self,
        provider: Provider,
        *,
        project: str,
        stack: str,
        folder: Path,
        on_created: Callable[[Resource], None] = lambda _: None,
    ) -> None:
        self.outputs: dict[str, Any] = {}
        self.secret_outputs: frozenset[str] = frozenset()
        self.failures: list[str] = []
        self.messages: list[str] = []
        self.errors: list[str] = []
        self.created: list[tuple[Resource, Created]] = []
        self._provider = provider
        self._project = project
        self._stack = stack
        self._folder = folder
        self._on_created = on_created
        self._urns: set[str] = set()
        self._providers: dict[str, dict[str, Any]] = {}
        self._stack_urn = ""
        self._lock = threading.Lock()
        self._server = grpc.server(
            futures.ThreadPoolExecutor(_THREADS, thread_name_prefix="monitor"),
            options=[("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.so_reuseport", 0)],
        )
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(self, self._server)
        engine_pb2_grpc.add_EngineServicer_to_server(self, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def __enter__(self) -> "Monitor":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(None).wait(5)

    # Resources

    def RegisterResource(
        self, request: resource_pb2.RegisterResourceRequest, context: Context
    ) -> resource_pb2.RegisterResourceResponse:
        """Give it a URN; create it if it is a custom resource; answer with its id and all its properties."""
        with self._naming(request.type, request.name, context):
            return self._register(request)

    def _register(
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        urn = self._claim_urn(request)
        if request.transforms:
            raise LocalError(_NO_TRANSFORMS)
        if request.remote:
            raise LocalError("components of another language need the Pulumi CLI")
        if request.type == STACK_TYPE:
            self._stack_urn = urn
        if not request.custom:
            return resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)
        if request.importId:
            raise LocalError("the embedded AWS starts empty, so nothing can be imported")
        resource = Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            inputs=wire.decode(request.object),
            provider=self._providers.get(request.provider, {}),
        )
        if request.type.startswith(_PROVIDER_PREFIX):
            identifier = f"{request.name}-provider"
            with self._lock:
                self._providers[f"{urn}::{identifier}"] = dict(resource.inputs)
            return resource_pb2.RegisterResourceResponse(urn=urn, id=identifier, object=request.object)
        created = self._provider.create(resource, self._folder)
        with self._lock:
            self.created.append((resource, created))
        self._on_created(resource)
        properties = _properties(request, created)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=created.id, object=properties)

    def _claim_urn(self, request: resource_pb2.RegisterResourceRequest) -> str:
        outer = request.parent.split("::")[2] if request.parent else STACK_TYPE
        qualified = request.type if outer == STACK_TYPE else f"{outer}${request.type}"
        urn = f"urn:pulumi:{self._stack}::{self._project}::{qualified}::{request.name}"
        with self._lock:
            if urn in self._urns:
                raise LocalError("two resources of this type and parent have the same name")
            self._urns.add(urn)
        return urn

    def RegisterResourceOutputs(
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: Context
    ) -> empty_pb2.Empty:
        """Keep the outputs of the stack; those of components are the program's own business."""
        if request.urn == self._stack_urn:
            with self._naming(STACK_TYPE, self._stack, context):
                self.outputs = wire.decode(request.outputs)
                fields = request.outputs.fields
                self.secret_outputs = frozenset(key for key in fields if wire.is_secret(fields[key]))
        return empty_pb2.Empty()

    def ReadResource(
        self, request: resource_pb2.ReadResourceRequest, context: Context
    ) -> resource_pb2.ReadResourceResponse:
        """Nothing exists before the program runs, so there is nothing to read."""
        with self._naming(request.type, request.name, context):
            raise LocalError(f"the embedded AWS starts empty, so there is no {request.id!r} to look up")

    # Calls

    def Invoke(
        self, request: resource_pb2.ResourceInvokeRequest, context: Context
    ) -> provider_pb2.InvokeResponse:
        """Answer a data source."""
        with self._naming(request.tok, "call", context):
            explicit = self._providers.get(request.provider, {})
            answer = self._provider.invoke(request.tok, wire.decode(request.args), explicit)
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(wire.encode(answer))  # The field's name is a Python keyword.
        return response

    # The deployment

    def SupportsFeature(
        self, request: resource_pb2.SupportsFeatureRequest, _context: Context
    ) -> resource_pb2.SupportsFeatureResponse:
        """Whether this monitor can do one thing. Newer runtimes, too, ask so if nobody tells them all."""
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in _FEATURES)

    def RegisterStackTransform(self, _request: callback_pb2.Callback, context: Context) -> empty_pb2.Empty:
        """Nothing is transformed here."""
        with self._naming(STACK_TYPE, self._stack, context):
            raise LocalError(_NO_TRANSFORMS)

    # The engine

    def Log(self, request: engine_pb2.LogRequest, _context: Context) -> empty_pb2.Empty:
        """Keep warnings and errors of the program."""
        if request.severity == engine_pb2.WARNING and not request.ephemeral:
            self.messages.append(f"warning: {request.message.strip()}")
        if request.severity == engine_pb2.ERROR:
            self.errors.append(request.message.strip())
        return empty_pb2.Empty()

    @contextmanager
    def _naming(self, kind: str, name: str, context: Context) -> Iterator[None]:
        """Whatever is raised becomes a diagnostic that names what it is about."""
        try:
            yield
        except Exception as error:
            failure = f'{kind} "{name}": {_reason(error)}'
            with self._lock:
                self.failures.append(failure)
            context.abort(grpc.StatusCode.UNKNOWN, failure)
            raise


def _properties(request: resource_pb2.RegisterResourceRequest, created: Created) -> Any:
    """Inputs overlaid with outputs; what came in as a secret, or was declared one, goes back as one."""
    properties = type(request.object)()
    properties.CopyFrom(request.object)
    declared = set(request.additionalSecretOutputs)
    for key, value in created.outputs.items():
        was_secret = key in request.object.fields and wire.is_secret(request.object.fields[key])
        wire.put(properties, key, value, secret=was_secret or key in declared)
    return properties


def _reason(error: Exception) -> str:
    text = str(error).strip()
    if isinstance(error, LocalError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__

"""Transforms: functions of the program that may change a resource before it is registered.

They stay in the program's process, which offers them on an address of its own and names them by tokens.
"""

import threading
from collections.abc import Iterator, Sequence

import grpc
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2

_TIMEOUT_SECONDS = 300.0


class Transforms:
    """Those of one deployment: of resources, which hold for everything below them too, and of the stack."""

    def __init__(self) -> None:
        self._of_stack: list[callback_pb2.Callback] = []
        self._of_resource: dict[str, Sequence[callback_pb2.Callback]] = {}
        self._parents: dict[str, str] = {}
        self._lock = threading.Lock()

    def add_to_stack(self, callback: callback_pb2.Callback) -> None:
        """From now on, for every resource."""
        with self._lock:
            self._of_stack.append(callback)

    def apply(self, urn: str, request: resource_pb2.RegisterResourceRequest) -> None:
        """Change properties and provider of ``request``: by its own, then its parents', then the stack's."""
        with self._lock:
            self._of_resource[urn] = tuple(request.transforms)
            self._parents[urn] = request.parent
            chain = [*self._up_from(urn), *self._of_stack]
        for callback in chain:
            answer = _call(callback, request)
            request.object.CopyFrom(answer.properties)
            if answer.HasField("options"):
                request.provider = answer.options.provider

    def _up_from(self, urn: str) -> Iterator[callback_pb2.Callback]:
        while urn:
            yield from self._of_resource.get(urn, ())
            urn = self._parents.get(urn, "")


def _call(
    callback: callback_pb2.Callback, request: resource_pb2.RegisterResourceRequest
) -> resource_pb2.TransformResponse:
    asked = resource_pb2.TransformRequest(
        type=request.type,
        name=request.name,
        custom=request.custom,
        parent=request.parent,
        properties=request.object,
        options=resource_pb2.TransformResourceOptions(
            depends_on=request.dependencies,
            protect=request.protect,
            provider=request.provider,
            additional_secret_outputs=request.additionalSecretOutputs,
        ),
    )
    with grpc.insecure_channel(callback.target) as channel:
        answer = callback_pb2_grpc.CallbacksStub(channel).Invoke(
            callback_pb2.CallbackInvokeRequest(token=callback.token, request=asked.SerializeToString()),
            timeout=_TIMEOUT_SECONDS,
        )
    return resource_pb2.TransformResponse.FromString(answer.response)

"""A proxy before a Triton or a Qdrant that takes down how urgent each request is said to be."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import grpc
import grpc.aio
from tritonclient.grpc.service_pb2 import ModelInferRequest  # type: ignore[import-untyped]

from stream.priority import PRIORITY_HEADER

Forward = Callable[[bytes, "grpc.aio.ServicerContext[bytes, bytes]"], Awaitable[bytes]]
Told = Callable[[str, bytes, Mapping[str, str | bytes]], int | None]
"""What a request says, by its method, message and metadata; None if it is not looked at."""

_UNLIMITED = (("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1))


def told_triton(method: str, request: bytes, _: Mapping[str, str | bytes]) -> int | None:
    """Return the priority of an inference; 0 for none."""
    if method != "/inference.GRPCInferenceService/ModelInfer":
        return None
    priority: int = ModelInferRequest.FromString(request).parameters["priority"].uint64_param
    return priority


def told_qdrant(_: str, __: bytes, metadata: Mapping[str, str | bytes]) -> int | None:
    """Return the priority of a request; 0 for none."""
    return int(metadata.get(PRIORITY_HEADER, 0))


@dataclass
class PriorityProxy(grpc.GenericRpcHandler):
    """Forwards every call as it is."""

    channel: grpc.aio.Channel
    told: Told
    port: int = 0
    priorities: Counter[int] = field(default_factory=Counter)
    """Of the requests so far."""

    def service(self, details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[bytes, bytes]":
        """Return what answers a call."""
        return grpc.unary_unary_rpc_method_handler(self._forward(details))

    def _forward(self, details: grpc.HandlerCallDetails) -> Forward:
        method, metadata = details.method, details.invocation_metadata or ()
        call = self.channel.unary_unary(method, _as_it_is, _as_it_is)

        async def forward(
            request: bytes, context: "grpc.aio.ServicerContext[bytes, bytes]"
        ) -> bytes:
            if (priority := self.told(method, request, dict(metadata))) is not None:
                self.priorities[priority] += 1
            own = [(key, value) for key, value in metadata if key == PRIORITY_HEADER]
            try:
                return await call(request, metadata=own)
            except grpc.aio.AioRpcError as error:
                await context.abort(error.code(), error.details() or "")
                raise

        return forward


def _as_it_is(message: bytes) -> bytes:
    return message


@asynccontextmanager
async def priority_proxy(address: str, told: Told) -> AsyncIterator[PriorityProxy]:
    """Run a proxy before the server at `address`."""
    async with grpc.aio.insecure_channel(address, options=_UNLIMITED) as channel:
        proxy = PriorityProxy(channel, told)
        server = grpc.aio.server(options=_UNLIMITED)
        server.add_generic_rpc_handlers((proxy,))
        proxy.port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            yield proxy
        finally:
            await server.stop(grace=0)

"""A proxy before a Triton that takes down how urgent each inference is said to be."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import grpc
import grpc.aio
from tritonclient.grpc.service_pb2 import ModelInferRequest  # type: ignore[import-untyped]

Forward = Callable[[bytes, "grpc.aio.ServicerContext[bytes, bytes]"], Awaitable[bytes]]
_INFER = "/inference.GRPCInferenceService/ModelInfer"
_UNLIMITED = (("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1))


@dataclass
class TritonProxy(grpc.GenericRpcHandler):
    """Forwards every call as it is."""

    channel: grpc.aio.Channel
    port: int = 0
    priorities: Counter[int] = field(default_factory=Counter)
    """Of the inferences so far; 0 for none."""

    def service(self, details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[bytes, bytes]":
        """Return what answers a call."""
        return grpc.unary_unary_rpc_method_handler(self._forward(details.method))

    def _forward(self, method: str) -> Forward:
        call = self.channel.unary_unary(method, _as_it_is, _as_it_is)

        async def forward(
            request: bytes, context: "grpc.aio.ServicerContext[bytes, bytes]"
        ) -> bytes:
            if method == _INFER:
                parameters = ModelInferRequest.FromString(request).parameters
                self.priorities[parameters["priority"].uint64_param] += 1
            try:
                return await call(request)
            except grpc.aio.AioRpcError as error:
                await context.abort(error.code(), error.details() or "")
                raise

        return forward


def _as_it_is(message: bytes) -> bytes:
    return message


@asynccontextmanager
async def triton_proxy(address: str) -> AsyncIterator[TritonProxy]:
    """Run a proxy before the Triton at `address`."""
    async with grpc.aio.insecure_channel(address, options=_UNLIMITED) as channel:
        proxy = TritonProxy(channel)
        server = grpc.aio.server(options=_UNLIMITED)
        server.add_generic_rpc_handlers((proxy,))
        proxy.port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            yield proxy
        finally:
            await server.stop(grace=0)

"""A server before Qdrant Edge that wants TLS and an API key, as a guarded Qdrant does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio

from tests.support.certificates import Authority

API_KEY = "not-a-secret"


@asynccontextmanager
async def secured_front(
    target: str, authority: Authority, *, wants_certificates: bool
) -> AsyncIterator[str]:
    """Lead every call to `target`, host and port, if its key is right; yield the url."""
    certificate = authority.issue("qdrant", "IP:127.0.0.1")
    credentials = grpc.ssl_server_credentials(
        [(certificate.key_file.read_bytes(), certificate.file.read_bytes())],
        root_certificates=authority.file.read_bytes() if wants_certificates else None,
        require_client_auth=wants_certificates,
    )
    server = grpc.aio.server()
    async with grpc.aio.insecure_channel(target) as channel:
        server.add_generic_rpc_handlers((_Front(channel),))
        port = server.add_secure_port("127.0.0.1:0", credentials)
        await server.start()
        try:
            yield f"https://127.0.0.1:{port}"
        finally:
            await server.stop(None)


class _Front(grpc.GenericRpcHandler):
    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[Any, Any]":
        method = handler_call_details.method
        keys = [
            value for name, value in handler_call_details.invocation_metadata if name == "api-key"
        ]

        ask: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(method)

        async def forward(request: bytes, context: grpc.aio.ServicerContext[Any, Any]) -> bytes:
            if keys != [API_KEY]:
                await context.abort(grpc.StatusCode.UNAUTHENTICATED, "Invalid API key or JWT")
            try:
                answer = await ask(request)
            except grpc.aio.AioRpcError as error:
                await context.abort(error.code(), error.details() or "")
            return answer

        return grpc.unary_unary_rpc_method_handler(forward)

"""The connection: what errors mean, which servers will do, what is sent along."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio
import pytest
from pydantic import SecretStr
from qdrant_client import grpc as messages
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse

from stream.adapters.qdrant.client import connect, explained_errors
from stream.domain.errors import RetryError, StopError
from stream.priority import PRIORITY_HEADER, Priority
from stream.settings import QdrantSettings

RETRIED = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.DATA_LOSS,
    grpc.StatusCode.FAILED_PRECONDITION,
}
Handler = Callable[[messages.HealthCheckRequest, Any], Awaitable[messages.HealthCheckReply]]


@asynccontextmanager
async def server_that(answers: Handler) -> AsyncIterator[str]:
    """Serve the health check alone; yield the url."""
    server = grpc.aio.server()
    handler = grpc.unary_unary_rpc_method_handler(
        answers,
        request_deserializer=messages.HealthCheckRequest.FromString,
        response_serializer=messages.HealthCheckReply.SerializeToString,
    )
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("qdrant.Qdrant", {"HealthCheck": handler}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await server.stop(None)


def version(number: str) -> Handler:
    async def answer(*_: object) -> messages.HealthCheckReply:
        return messages.HealthCheckReply(title="qdrant", version=number)

    return answer


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code.name != "OK"])
def test_every_status_is_a_reason_to_retry_or_to_stop(code: grpc.StatusCode) -> None:
    metadata = grpc.aio.Metadata()
    with (
        pytest.raises(
            RetryError if code in RETRIED else StopError,
            match=f"Qdrant could not count sheep: {code.name}: why",
        ),
        explained_errors("count sheep"),
    ):
        raise grpc.aio.AioRpcError(code, metadata, metadata, details="why")


def test_a_rate_limit_is_a_reason_to_retry() -> None:
    with pytest.raises(RetryError, match="slow down"), explained_errors("count sheep"):
        raise ResourceExhaustedResponse("slow down", retry_after_s=1)


@pytest.mark.parametrize(
    "url", ["localhost:6334", "ftp://localhost", "http://", "http://localhost/path", ""]
)
async def test_a_url_that_cannot_be_one_stops_the_worker(url: str) -> None:
    with pytest.raises(StopError, match="is no gRPC endpoint"):
        async with connect(QdrantSettings(url=url)):
            pass


@pytest.mark.parametrize("number", ["1.15.5", "0.11.0"])
async def test_a_server_without_conditional_writes_stops_the_worker(number: str) -> None:
    async with server_that(version(number)) as url:
        with pytest.raises(StopError, match=f"Qdrant {number} has no conditional writes"):
            async with connect(QdrantSettings(url=url)):
                pass


@pytest.mark.parametrize("number", ["1.16.0", "1.18.3", "2.0.0-dev"])
async def test_a_server_with_conditional_writes_will_do(number: str) -> None:
    async with server_that(version(number)) as url, connect(QdrantSettings(url=url)) as client:
        assert (await client.info()).version == number


async def test_the_api_key_is_sent_along() -> None:
    keys: list[str | bytes] = []

    async def answer(
        _: messages.HealthCheckRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> messages.HealthCheckReply:
        keys.extend(value for key, value in context.invocation_metadata() or () if key == "api-key")
        return messages.HealthCheckReply(version="1.18.3")

    async with server_that(answer) as url:
        settings = QdrantSettings(url=url, api_key=SecretStr("secret"))
        with pytest.warns(UserWarning, match="insecure connection"):
            async with connect(settings):
                assert keys == ["secret"]


@pytest.mark.parametrize("priority", Priority)
async def test_every_request_says_whether_it_can_wait(priority: Priority) -> None:
    told: list[str | bytes] = []

    async def answer(
        _: messages.HealthCheckRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> messages.HealthCheckReply:
        told.extend(
            value for key, value in context.invocation_metadata() or () if key == PRIORITY_HEADER
        )
        return messages.HealthCheckReply(version="1.18.3")

    async with server_that(answer) as url, connect(QdrantSettings(url=url), priority):
        assert told == [str(int(priority))]


async def test_a_server_that_never_answers_is_given_up() -> None:
    async def never(*_: object) -> messages.HealthCheckReply:
        await asyncio.Event().wait()
        raise AssertionError

    async with server_that(never) as url:
        with pytest.raises(RetryError, match="DEADLINE_EXCEEDED"):
            async with connect(QdrantSettings(url=url, timeout_seconds=0.5)):
                pass

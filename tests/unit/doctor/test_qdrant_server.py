"""What only a Qdrant server does: it may be too old, dates its answers and asks for a key."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import grpc
import grpc.aio
import pytest
from pydantic import SecretStr
from qdrant_client import grpc as messages

from stream.doctor.finding import Finding, State
from stream.doctor.part import examine
from stream.doctor.qdrant import qdrant_part
from stream.settings import QdrantSettings, Settings


@asynccontextmanager
async def _server(version: str, clock_ahead: timedelta = timedelta()) -> AsyncIterator[str]:
    """Answer the health check alone, with a date as HTTP servers do."""

    async def answer(
        _: messages.HealthCheckRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> messages.HealthCheckReply:
        date = format_datetime(datetime.now(UTC) + clock_ahead, usegmt=True)
        await context.send_initial_metadata((("date", date),))
        return messages.HealthCheckReply(title="qdrant", version=version)

    handler = grpc.unary_unary_rpc_method_handler(
        answer,
        request_deserializer=messages.HealthCheckRequest.FromString,
        response_serializer=messages.HealthCheckReply.SerializeToString,
    )
    server = grpc.aio.server()
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("qdrant.Qdrant", {"HealthCheck": handler}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await server.stop(None)


async def _look(settings: QdrantSettings) -> dict[str, Finding]:
    findings = await examine(qdrant_part(Settings(qdrant=settings)), 10)
    return {finding.name: finding for finding in findings}


async def test_a_server_without_conditional_writes_is_refused() -> None:
    async with _server("1.15.5") as url:
        found = await _look(QdrantSettings(url=url))
    assert found["qdrant"].state is State.WRONG
    assert "Qdrant 1.15.5 has no conditional writes" in found["qdrant"].seen
    assert found["qdrant version"].seen == "not looked at: see qdrant"


@pytest.mark.parametrize(
    ("hours", "state"), [(0, State.OK), (1, State.WARNING), (-1, State.WARNING)]
)
async def test_clocks_that_differ_are_worth_a_warning(hours: int, state: State) -> None:
    async with _server("1.18.3", timedelta(hours=hours)) as url:
        found = await _look(QdrantSettings(url=url))
    assert found["qdrant clock"].state is state
    assert found["qdrant version"].seen == "Qdrant 1.18.3"


@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
async def test_a_key_that_is_sent_in_clear_is_worth_a_warning() -> None:
    async with _server("1.18.3") as url:
        found = await _look(QdrantSettings(url=url, api_key=SecretStr("hunter2")))
    assert found["qdrant key"].state is State.WARNING
    assert "https" in found["qdrant key"].mend

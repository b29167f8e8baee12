"""Qdrant behind TLS and an API key."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from stream.adapters.qdrant import open_store
from stream.adapters.qdrant.client import connect
from stream.doctor.finding import State
from stream.doctor.part import examine
from stream.doctor.qdrant import qdrant_part
from stream.domain.errors import RetryError, StopError
from stream.local.qdrant_edge import QdrantEdgeProcess
from stream.settings import QdrantSettings, Settings
from tests.support.certificates import Authority, authority, strange_authority
from tests.support.qdrant import SPEC, connect_and_clean_up, unique_settings
from tests.support.secured_qdrant import API_KEY, secured_front

__all__ = ["authority", "strange_authority"]


@pytest.fixture
async def settings(
    qdrant_edge: QdrantEdgeProcess, authority: Authority
) -> AsyncIterator[QdrantSettings]:
    """Everything that the front asks for."""
    target, certificate = urlsplit(qdrant_edge.url).netloc, authority.issue("worker")
    async with secured_front(target, authority, wants_certificates=True) as url:
        yield unique_settings(url).model_copy(
            update={
                "api_key": SecretStr(API_KEY),
                "ca_file": authority.file,
                "certificate_file": certificate.file,
                "key_file": certificate.key_file,
                "timeout_seconds": 2,
            }
        )


async def test_a_store_is_made_and_read_over_tls_with_a_key(settings: QdrantSettings) -> None:
    async with connect_and_clean_up(settings), open_store(settings, SPEC) as store:
        assert await store.index.read_heads(["bike-1"]) == {}


async def test_the_doctor_asks_the_same_way(settings: QdrantSettings) -> None:
    findings = await examine(qdrant_part(Settings(qdrant=settings)), deadline_seconds=10)
    states = {finding.name: finding.state for finding in findings}
    assert states["qdrant"] is states["qdrant key"] is states["qdrant clock"] is State.OK


@pytest.mark.parametrize("key", [None, "hunter2"])
async def test_a_missing_or_wrong_key_is_one_clear_sentence(
    settings: QdrantSettings, key: str | None
) -> None:
    wrong = settings.model_copy(update={"api_key": SecretStr(key) if key else None})
    with pytest.raises(StopError) as raised:
        async with connect(wrong):
            pass
    assert str(raised.value) == (
        "Qdrant could not tell its version: UNAUTHENTICATED: Invalid API key or JWT; look at "
        "TWINLIST_QDRANT__API_KEY"
    )


async def test_an_unknown_authority_is_not_trusted(settings: QdrantSettings) -> None:
    with pytest.raises(RetryError, match="CERTIFICATE_VERIFY_FAILED"):
        async with connect(settings.model_copy(update={"ca_file": None})):
            pass


async def test_a_client_is_not_trusted_without_a_certificate_of_the_authority(
    settings: QdrantSettings, strange_authority: Authority
) -> None:
    strange = strange_authority.issue("worker")
    for certificate, key in ((None, None), (strange.file, strange.key_file)):
        wrong = settings.model_copy(update={"certificate_file": certificate, "key_file": key})
        with pytest.raises(RetryError):
            async with connect(wrong):
                pass


async def test_a_certificate_without_its_key_is_half_of_what_is_needed(
    settings: QdrantSettings,
) -> None:
    with pytest.raises(StopError, match="TWINLIST_QDRANT__KEY_FILE, or neither"):
        async with connect(settings.model_copy(update={"key_file": None})):
            pass


async def test_a_missing_file_is_named(settings: QdrantSettings, tmp_path: Path) -> None:
    missing = settings.model_copy(update={"ca_file": tmp_path / "nothing.pem"})
    with pytest.raises(StopError, match=r"TWINLIST_QDRANT__CA_FILE=.*nothing\.pem cannot be read"):
        async with connect(missing):
            pass

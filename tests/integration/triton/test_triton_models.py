"""The adapter against a real server in trouble: slow, full, changed, elsewhere, behind TLS."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from stream.adapters.triton.models import open_models
from stream.domain.errors import RetryError, StopError
from stream.local.child_process import choose_free_port
from stream.local.triton import TritonProcess
from stream.priority import Priority
from stream.settings import TritonSettings
from tests.support.certificates import Authority, authority, strange_authority
from tests.support.light_models import MODEL_VERSION, STRICT_VERSION, write_light_models
from tests.support.triton import (
    encode_when_back,
    random_photos,
    settings_for,
    start_light_triton,
)

__all__ = ["authority", "strange_authority"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TritonProcess]:
    server = start_light_triton(tmp_path_factory.mktemp("triton"))
    yield server
    server.kill()


async def test_a_server_that_hangs_is_worth_a_retry_after_the_deadline(
    server: TritonProcess,
) -> None:
    assert server.pid is not None
    async with open_models(settings_for(server, timeout_seconds=0.5)) as models:
        os.killpg(server.pid, signal.SIGSTOP)
        try:
            with pytest.raises(RetryError, match="photo_encoder: DEADLINE_EXCEEDED"):
                await models.encode_photos(random_photos(1))
        finally:
            os.killpg(server.pid, signal.SIGCONT)
        assert len(await models.encode_photos(random_photos(1))) == 1


async def test_nobody_at_the_address_is_worth_a_retry() -> None:
    settings = TritonSettings(url=f"127.0.0.1:{choose_free_port()}", timeout_seconds=2)
    with pytest.raises(RetryError, match="UNAVAILABLE"):
        async with open_models(settings):
            pass


async def test_backfill_gets_the_same_answers(server: TritonProcess) -> None:
    photos = random_photos(3)
    async with (
        open_models(settings_for(server)) as live,
        open_models(settings_for(server), priority=Priority.BACKFILL) as backfill,
    ):
        np.testing.assert_allclose(
            await backfill.encode_photos(photos), await live.encode_photos(photos), atol=1e-6
        )


async def test_a_version_folder_that_is_not_served_is_refused(server: TritonProcess) -> None:
    with pytest.raises(StopError, match="version 7 is not served, but 1"):
        async with open_models(settings_for(server, model_version="7")):
            pass


@pytest.mark.parametrize(("wanted", "chosen"), [("", "10"), ("2", "2")])
async def test_the_named_version_folder_is_used_or_the_newest(
    tmp_path: Path, wanted: str, chosen: str
) -> None:
    repository = write_light_models(tmp_path / "models", folders=("2", "10"))
    server = TritonProcess(repository, tmp_path / "triton")
    try:
        server.start()
        async with open_models(settings_for(server, model_version=wanted)) as models:
            await models.encode_photos(random_photos(1))
            assert set(models._folders.values()) == {chosen}
    finally:
        server.kill()


async def test_of_two_served_versions_each_caller_gets_the_one_that_is_wanted(
    tmp_path: Path,
) -> None:
    repository = write_light_models(tmp_path / "models", strict_folder="2")
    photos = random_photos(1)
    with TritonProcess(repository, tmp_path / "triton") as server:
        probabilities: dict[str, float] = {}
        for version in (MODEL_VERSION, STRICT_VERSION):
            async with open_models(settings_for(server), model_version=version) as models:
                assert models.spec.model_version == version
                tokens = await models.encode_photos(photos)
                (score,) = await models.verify([(tokens, tokens)])
                probabilities[version] = score.probability
        assert probabilities[STRICT_VERSION] < probabilities[MODEL_VERSION]
        async with open_models(settings_for(server)) as models:
            assert models.spec.model_version == STRICT_VERSION
        lacking = "of photo_encoder, listing_encoder, pair_verifier whose config"
        with pytest.raises(StopError, match=rf"model light-1, light-2, .* are for m9: .*{lacking}"):
            async with open_models(settings_for(server), model_version="m9"):
                pass
        pinned = settings_for(server, model_version="1")
        with pytest.raises(StopError, match=r"serves model light-1, .* are for light-2"):
            async with open_models(pinned, model_version=STRICT_VERSION):
                pass


async def test_models_of_two_versions_are_refused(tmp_path: Path) -> None:
    repository = write_light_models(
        tmp_path / "models", model_versions=("light-1", "light-2", "light-1")
    )
    server = TritonProcess(repository, tmp_path / "triton")
    try:
        server.start()
        with pytest.raises(StopError, match=r"not of one version.*light-2"):
            async with open_models(settings_for(server)):
                pass
    finally:
        server.kill()


async def test_a_server_that_comes_back_with_other_models_is_refused(tmp_path: Path) -> None:
    server = start_light_triton(tmp_path)
    try:
        async with open_models(settings_for(server)) as models:
            server.kill()
            with pytest.raises(RetryError):
                await models.encode_photos(random_photos(1))
            write_light_models(tmp_path / "models", model_versions=("light-2",) * 3)
            server.start()
            with pytest.raises(StopError, match="light-2 instead of light-1"):
                await encode_when_back(models, random_photos(1))
    finally:
        server.kill()


async def test_a_full_queue_is_worth_a_retry(tmp_path: Path) -> None:
    repository = write_light_models(
        tmp_path / "models",
        batching="dynamic_batching { default_queue_policy { max_queue_size: 1 } }",
    )
    server = TritonProcess(repository, tmp_path / "triton")
    try:
        server.start()
        async with open_models(settings_for(server)) as models:
            answers = await asyncio.gather(
                *(models.encode_photos(random_photos(16)) for _ in range(100)),
                return_exceptions=True,
            )
    finally:
        server.kill()
    failures = [answer for answer in answers if isinstance(answer, BaseException)]
    assert failures
    assert all(isinstance(failure, RetryError) for failure in failures)
    assert "queue size" in str(failures[0])


@pytest.fixture(scope="module")
def tls_server(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[TritonProcess]:
    """Speaks TLS with those alone who have a certificate of the authority."""
    folder = tmp_path_factory.mktemp("tls")
    certificate = authority.issue("triton", "IP:127.0.0.1")
    arguments = (
        "--grpc-use-ssl-mutual=true",
        f"--grpc-server-cert={certificate.file}",
        f"--grpc-server-key={certificate.key_file}",
        f"--grpc-root-cert={authority.file}",
    )
    server = TritonProcess(
        write_light_models(folder / "models"), folder / "triton", arguments=arguments
    )
    server.start()
    yield server
    server.kill()


def _mutual(authority: Authority) -> dict[str, Path]:
    certificate = authority.issue("worker")
    return {"certificate_file": certificate.file, "key_file": certificate.key_file}


async def test_tls_is_spoken_with_a_private_authority_on_both_sides(
    tls_server: TritonProcess, authority: Authority
) -> None:
    settings = settings_for(tls_server, tls=True, ca_file=authority.file, **_mutual(authority))
    async with open_models(settings) as models:
        assert len(await models.encode_photos(random_photos(1))) == 1


async def test_an_unknown_authority_is_not_trusted(
    tls_server: TritonProcess, authority: Authority
) -> None:
    settings = settings_for(tls_server, tls=True, timeout_seconds=2, **_mutual(authority))
    with pytest.raises(RetryError, match="CERTIFICATE_VERIFY_FAILED"):
        async with open_models(settings):
            pass


async def test_a_client_is_not_trusted_without_a_certificate_of_the_authority(
    tls_server: TritonProcess, authority: Authority, strange_authority: Authority
) -> None:
    nobody = settings_for(tls_server, tls=True, ca_file=authority.file, timeout_seconds=2)
    stranger = nobody.model_copy(update=_mutual(strange_authority))
    for settings in (nobody, stranger):
        with pytest.raises(RetryError):
            async with open_models(settings):
                pass


async def test_a_missing_authority_file_is_named(server: TritonProcess, tmp_path: Path) -> None:
    settings = settings_for(server, tls=True, ca_file=tmp_path / "nothing.pem")
    with pytest.raises(StopError, match=r"TWINLIST_TRITON__CA_FILE=.*nothing\.pem cannot be read"):
        async with open_models(settings):
            pass

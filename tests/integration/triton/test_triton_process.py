"""The embedded Triton: what it serves, what it says when it cannot, what it leaves behind."""

import importlib.util
import platform
import socket
from collections.abc import Iterator
from pathlib import Path

import onnx
import pytest

from stream.adapters.triton.models import open_models
from stream.domain.errors import StopError
from stream.local.triton import SHARED_MEMORY, TritonProcess
from tests.support.light_models import write_light_models
from tests.support.triton import random_photos, settings_for


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TritonProcess]:
    server = TritonProcess(write_light_models(tmp_path / "models"), tmp_path / "triton")
    yield server
    server.kill()


def _left_behind(server: TritonProcess) -> list[Path]:
    return list(SHARED_MEMORY.glob(f"{server._shared_memory_prefix}*"))


def test_a_stopped_server_is_gone_and_leaves_no_shared_memory(server: TritonProcess) -> None:
    with server:
        assert server.is_alive
        assert _left_behind(server)
    assert not server.is_alive
    assert not _left_behind(server)


def test_a_killed_server_leaves_no_shared_memory(server: TritonProcess) -> None:
    server.start()
    server.kill()
    assert not server.is_alive
    assert not _left_behind(server)


async def test_two_servers_run_side_by_side(server: TritonProcess, tmp_path: Path) -> None:
    other = TritonProcess(tmp_path / "models", tmp_path / "other")
    try:
        for one in (server, other):
            one.start()
        for one in (server, other):
            async with open_models(settings_for(one)) as models:
                assert len(await models.encode_photos(random_photos(1))) == 1
    finally:
        other.kill()


def test_a_broken_model_file_is_named(server: TritonProcess, tmp_path: Path) -> None:
    (tmp_path / "models" / "pair_verifier" / "1" / "model.onnx").write_bytes(b"no model")
    with pytest.raises(StopError, match=r"(?s)triton\.log.*pair_verifier.*model\.onnx"):
        server.start()
    assert not server.is_alive


def test_a_missing_model_file_is_named(server: TritonProcess, tmp_path: Path) -> None:
    (tmp_path / "models" / "pair_verifier" / "1" / "model.onnx").unlink()
    with pytest.raises(StopError, match=r"pair_verifier.*model\.onnx"):
        server.start()


def test_a_config_that_does_not_fit_its_model_is_explained(
    server: TritonProcess, tmp_path: Path
) -> None:
    model = onnx.load(tmp_path / "models" / "listing_encoder" / "1" / "model.onnx")
    onnx.save(model, tmp_path / "models" / "photo_encoder" / "1" / "model.onnx")
    with pytest.raises(StopError, match=r"names inputs \['photos'\].*has \['mask', 'tokens'\]"):
        server.start()


def test_a_wrong_shape_in_a_config_is_explained(server: TritonProcess, tmp_path: Path) -> None:
    config = tmp_path / "models" / "photo_encoder" / "config.pbtxt"
    config.write_text(config.read_text().replace("[3, 32, 32]", "[3, 64, 64]"))
    with pytest.raises(StopError, match=r"photos is TYPE_UINT8 \[-1, 3, 64, 64\] in config\.pbtxt"):
        server.start()


def test_a_missing_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(StopError, match="nowhere is no folder"):
        TritonProcess(tmp_path / "nowhere", tmp_path / "triton").start()


def test_another_machine_is_refused(server: TritonProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(StopError, match=r"Linux x86-64 only.* aarch64: .*deploy/compose\.yaml"):
        server.check()


def test_a_missing_wheel_is_refused(server: TritonProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(StopError, match=r"pytriton.*install twinlist\[local\]"):
        server.check()


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    models = write_light_models(tmp_path / "models")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = TritonProcess(models, tmp_path / "triton", port=port)
        with pytest.raises(StopError, match=f"127.0.0.1:{port}.*already in use"):
            server.start()

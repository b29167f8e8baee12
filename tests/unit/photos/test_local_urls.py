"""Urls that need no network."""

import base64
import os
from pathlib import Path

import pytest

from stream.adapters.photos.local_urls import read_data_url, read_file_url
from stream.domain.errors import PhotoError

CONTENT = bytes(range(256))
LIMIT = 256


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64," + base64.b64encode(CONTENT).decode(),
        "DATA:;BASE64," + base64.b64encode(CONTENT).decode(),
        "data:;base64," + base64.b64encode(CONTENT).decode().replace("=", "%3D"),
        "data:;base64," + base64.encodebytes(CONTENT).decode(),
        "data:," + "".join(f"%{byte:02x}" for byte in CONTENT),
    ],
)
def test_a_data_url_carries_its_content(url: str) -> None:
    assert read_data_url(url, LIMIT) == CONTENT


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("data:image/png", "no comma"),
        ("data:;base64,a", "not base64"),
        ("data:;base64,a*b=", "not base64"),
        ("data:," + "x" * (LIMIT + 1), "more than 256 bytes"),
        ("data:," + "x" * (100 * LIMIT), "more than 256 bytes"),
    ],
)
def test_a_malformed_or_large_data_url_is_refused(url: str, complaint: str) -> None:
    with pytest.raises(PhotoError, match=complaint):
        read_data_url(url, LIMIT)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (root / "folder" / "photo").write_bytes(CONTENT)
    (tmp_path / "secret").write_bytes(b"secret")
    (root / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(root / "pipe")
    return root


def test_a_file_url_leads_to_a_file(root: Path) -> None:
    for url in (f"file://{root}/folder/photo", f"file://localhost{root}/fol%64er/photo"):
        assert read_file_url(url, root, LIMIT) == CONTENT


@pytest.mark.parametrize(
    "path",
    ["/../secret", "/%2e%2e/secret", "/folder/../../secret", "/link", "/../root-2/photo"],
)
def test_a_file_url_does_not_lead_out_of_its_root(root: Path, path: str) -> None:
    with pytest.raises(PhotoError, match="out of the allowed folder"):
        read_file_url(f"file://{root}{path}", root, LIMIT)


@pytest.mark.parametrize("path", ["/nothing", "/folder", "/pipe", "/null%00byte"])
def test_a_file_url_that_names_no_file_is_refused(root: Path, path: str) -> None:
    with pytest.raises(PhotoError):
        read_file_url(f"file://{root}{path}", root, LIMIT)


def test_a_file_url_of_another_host_is_refused(root: Path) -> None:
    with pytest.raises(PhotoError, match="host"):
        read_file_url(f"file://elsewhere{root}/folder/photo", root, LIMIT)


def test_a_large_file_is_refused(root: Path) -> None:
    with pytest.raises(PhotoError, match="more than 255 bytes"):
        read_file_url(f"file://{root}/folder/photo", root, 255)

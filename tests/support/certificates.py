"""Certificates for one test run: an authority, and what it signs, made by the command openssl."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
_EMPTY_CONFIG = "[req]\ndistinguished_name=name\n[name]\n"


@dataclass(frozen=True)
class Certificate:
    """PEM files of a certificate and its key, which has no password."""

    file: Path
    key_file: Path

    @property
    def both(self) -> str:
        """Key and certificate in one text, as Kafka's PEM stores hold them."""
        return self.key_file.read_text() + self.file.read_text()


class Authority:
    """A private authority, trusted by nobody who is not told to.

    Without openssl the reason is printed and the test skipped; with CI=true it fails.
    """

    def __init__(self, folder: Path, name: str) -> None:
        if shutil.which("openssl") is None:
            if os.environ.get("CI") == "true":
                pytest.fail("certificates need openssl on the path")
            pytest.skip("certificates need openssl on the path")
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._config = folder / "openssl.cnf"
        self._config.write_text(_EMPTY_CONFIG)
        self._own = self._make(
            name,
            *("-addext", "basicConstraints=critical,CA:TRUE"),
            *("-addext", "keyUsage=critical,keyCertSign"),
        )
        self.file = self._own.file

    def issue(self, name: str, alternative: str = "") -> Certificate:
        """Sign a certificate for `name`; `alternative` is a host, such as `IP:127.0.0.1`."""
        host = ("-addext", f"subjectAltName={alternative}") if alternative else ()
        return self._make(name, "-CA", self._own.file, "-CAkey", self._own.key_file, *host)

    def _make(self, name: str, *options: str | Path) -> Certificate:
        made = Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        _openssl(
            *("req", "-x509", *_NEW_KEY, "-config", self._config, "-days", "2"),
            *("-subj", f"/CN={name}", "-out", made.file, "-keyout", made.key_file),
            *options,
        )
        return made


def encrypt(key_file: Path, password: str) -> Path:
    """Write a key once more, with a password; return the file."""
    encrypted = key_file.with_suffix(".encrypted")
    _openssl("pkcs8", "-topk8", "-in", key_file, "-out", encrypted, "-passout", f"pass:{password}")
    return encrypted


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "authority")


@pytest.fixture(scope="session")
def strange_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("strange"), "strange")

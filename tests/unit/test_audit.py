"""The parts list of a worker, and what becomes of what is known against a part, or cannot be."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.audit.known import look_up
from tests.audit.parts import parts_list, runtime_parts
from tests.support.documents import ROOT

LOCK = (ROOT / "requirements.lock").read_text()
PARTS = runtime_parts(LOCK)
WEAKNESS = {
    "id": "PYSEC-2026-1",
    "aliases": ["CVE-2026-1"],
    "affected": [
        {
            "package": {"name": "pillow", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}],
        }
    ],
}


class _KnowsOfPillow(BaseHTTPRequestHandler):
    """Answers as OSV does."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        is_weak = asked["package"]["name"] == "pillow"
        answer = json.dumps({"vulns": [WEAKNESS]} if is_weak else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def data_url() -> Iterator[str]:
    """Data on vulnerabilities, where it can be reached."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _KnowsOfPillow)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    server.server_close()


def audit(url: str, *options: str) -> subprocess.CompletedProcess[str]:
    data = {"PIP_AUDIT_VULNERABILITY_SERVICE": "osv", "PIP_AUDIT_OSV_URL": url}
    return subprocess.run(
        [sys.executable, "-m", "tests.audit", *options],
        cwd=ROOT,
        env=os.environ | data,
        check=False,
        capture_output=True,
        text=True,
    )


def test_the_parts_of_a_worker_are_what_it_needs_in_the_versions_of_the_lock() -> None:
    assert {"aiokafka", "faust-streaming", "grpcio", "numpy", "pillow", "qdrant-client"} <= set(
        PARTS
    )
    assert not set(PARTS) & {"pytest", "pip-audit", "torch", "nvidia-pytriton", "twinlist"}
    assert all(f"\n{name}=={version}\n" in f"\n{LOCK}" for name, version in PARTS.items())


def test_what_only_an_extra_of_a_part_needs_is_a_part() -> None:
    assert "protobuf" in PARTS  # of tritonclient[grpc]


def test_the_parts_list_names_each_part_as_scanners_do() -> None:
    listed = json.loads(parts_list(PARTS))
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.6")
    assert listed["metadata"]["component"]["name"] == "twinlist"
    assert {part["purl"] for part in listed["components"]} == {
        f"pkg:pypi/{name}@{version}" for name, version in PARTS.items()
    }


def test_without_the_data_one_line_says_so_and_nothing_fails() -> None:
    done = audit("http://127.0.0.1:1/v1/query")
    assert done.returncode == 0
    listed, said = done.stdout.splitlines()
    assert listed == f"build/audit/sbom.cdx.json: {len(PARTS)} packages"
    assert said.startswith(
        "audit: the vulnerability data is not reachable from here, nothing was looked up ("
    )
    assert not done.stderr


def test_a_known_vulnerability_fails_and_is_named_with_what_mends_it(data_url: str) -> None:
    done = audit(data_url)
    assert done.returncode == 1
    _, known, said = done.stdout.splitlines()
    assert known == f"pillow {PARTS['pillow']}: PYSEC-2026-1, CVE-2026-1; mended in 99.1"
    assert said == f"audit: 1 known vulnerabilities in {len(PARTS)} packages"


def test_a_vulnerability_that_is_to_be_ignored_fails_nothing(data_url: str) -> None:
    done = audit(data_url, "--ignore-vuln", "CVE-2026-1")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        0,
        f"audit: 0 known vulnerabilities in {len(PARTS)} packages",
    )


def test_a_wrong_option_is_not_taken_for_want_of_data(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unrecognized arguments: --nonsense"):
        look_up({"pillow": "12.0.0"}, tmp_path, ["--nonsense"])

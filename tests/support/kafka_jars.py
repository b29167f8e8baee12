"""Apache Kafka's jars, from Maven Central: downloaded once, then found without a network."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

VERSION = "4.1.1"
POM = Path(__file__).with_name("kafka-pom.xml")
DOWNLOAD_ATTEMPTS = 3


class KafkaUnavailableError(Exception):
    """Apache Kafka cannot be had here; the message says what is missing."""


def install_kafka() -> Path:
    """Return the folder of Kafka's jars, downloaded once and kept."""
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "twinlist"
    jars = cache / f"kafka-{VERSION}"
    if "java" in missing or (missing and not jars.exists()):
        raise KafkaUnavailableError(f"real Kafka needs {' and '.join(missing)} on the path")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not jars.exists():
            _download(jars)
    return jars


def _download(jars: Path) -> None:
    with tempfile.TemporaryDirectory(dir=jars.parent) as folder:
        copied = Path(folder) / "jars"
        command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
        for _ in range(DOWNLOAD_ATTEMPTS):
            done = subprocess.run(
                [*command, f"-DoutputDirectory={copied}"],
                check=False,
                capture_output=True,
                text=True,
            )
            if done.returncode == 0:
                copied.rename(jars)
                return
        raise KafkaUnavailableError(f"Kafka cannot be downloaded: {done.stdout[-500:]}")

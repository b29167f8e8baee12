"""`make` says what can be made, all of it, and makes nothing by itself."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_make_alone_prints_the_help() -> None:
    assert _make() == _make("help")


def test_every_target_that_is_no_file_is_in_the_help() -> None:
    targets = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    explained = re.findall(r"^([a-z-]+) +\S", _make("help"), re.MULTILINE)
    assert sorted(explained) == sorted(" ".join(targets).split())


def _make(*targets: str) -> str:
    done = subprocess.run(
        ["make", "--no-print-directory", *targets],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout

"""What is known against packages, as pip-audit finds it where it can look."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

_SECONDS = 300
_LONGEST_REASON = 200
_WRONG_OPTIONS = 2


class Weakness(msgspec.Struct, frozen=True):
    """A known vulnerability of a package."""

    id: str
    fix_versions: list[str]
    aliases: list[str] = []


class Package(msgspec.Struct, frozen=True):
    """A package, looked up or not."""

    name: str
    version: str = ""
    vulns: list[Weakness] = []
    skip_reason: str = ""


class Findings(msgspec.Struct, frozen=True):
    """What a look at all packages has brought."""

    dependencies: list[Package] = []
    unreachable: str = ""
    """Why nothing could be looked up; empty otherwise."""

    @property
    def known(self) -> list[str]:
        """A line for each vulnerability."""
        return [
            f"{package.name} {package.version}: {', '.join([weakness.id, *weakness.aliases])}; "
            f"mended in {', '.join(weakness.fix_versions) or 'no version yet'}"
            for package in self.dependencies
            for weakness in package.vulns
        ]

    @property
    def summary(self) -> str:
        """What came out, in one line."""
        if self.unreachable:
            return (
                "audit: the vulnerability data is not reachable from here, nothing was looked up "
                f"({self.unreachable})"
            )
        skipped = sum(bool(package.skip_reason) for package in self.dependencies)
        looked_up = len(self.dependencies) - skipped
        rest = f", {skipped} are not known there" if skipped else ""
        return f"audit: {len(self.known)} known vulnerabilities in {looked_up} packages{rest}"


def look_up(parts: Mapping[str, str], folder: Path, options: Sequence[str] = ()) -> Findings:
    """Ask for what is known against packages; `folder` is for what pip-audit reads.

    Raises `ValueError` for options that pip-audit does not know, and never for want of an answer.
    """
    listed = folder / "runtime.txt"
    listed.write_text("".join(f"{name}=={version}\n" for name, version in parts.items()))
    command = [
        *(sys.executable, "-m", "pip_audit", "--requirement", str(listed)),
        *("--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"),
        *options,
    ]
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        return Findings(unreachable=f"no answer within {_SECONDS} s")
    if done.returncode == _WRONG_OPTIONS:
        raise ValueError(done.stderr)
    try:
        found = msgspec.json.decode(done.stdout, type=Findings)
    except msgspec.DecodeError:
        said = done.stderr.strip().splitlines() or [f"pip-audit ended with {done.returncode}"]
        return Findings(unreachable=said[-1][:_LONGEST_REASON])
    if all(package.skip_reason for package in found.dependencies):
        return Findings(unreachable=found.dependencies[0].skip_reason)
    return found

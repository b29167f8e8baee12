"""The packages that a worker runs on, in the versions of the lock, and a list of them."""

from collections.abc import Iterator, Mapping
from importlib.metadata import requires

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from stream import __version__

_ROOT = "twinlist"


def runtime_parts(lock: str) -> dict[str, str]:
    """Return the version of each package that twinlist needs without extras, at whatever remove.

    What needs what is read from the environment, versions from the lock.
    """
    locked = dict(line.strip().split("==") for line in lock.splitlines() if "==" in line)
    seen: set[tuple[str, str]] = set()
    left = [(_ROOT, "")]
    while left:
        one = left.pop()
        if one not in seen:
            seen.add(one)
            left += _needs(*one)
    return {name: locked[name] for name in sorted({name for name, _ in seen} - {_ROOT})}


def _needs(name: str, extra: str) -> Iterator[tuple[str, str]]:
    """Yield packages, each with one of the extras that are asked for, or with none."""
    for line in requires(name) or ():
        needed = Requirement(line)
        if needed.marker is None or needed.marker.evaluate({"extra": extra}):
            for wanted in ("", *needed.extras):
                yield canonicalize_name(needed.name), wanted


def parts_list(parts: Mapping[str, str]) -> str:
    """Return the same as CycloneDX (JSON), which scanners and customers read."""
    whole = Component(name=_ROOT, version=__version__, type=ComponentType.APPLICATION)
    bom = Bom(
        components=[
            Component(
                name=name,
                version=version,
                type=ComponentType.LIBRARY,
                bom_ref=f"{name}=={version}",
                purl=PackageURL("pypi", name=name, version=version),
            )
            for name, version in parts.items()
        ]
    )
    bom.metadata.component = whole
    bom.register_dependency(whole, bom.components)
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2)

"""`make audit`: write the parts list into build/, and fail when something is known against a part.

Options go to pip-audit: --ignore-vuln ID for what nobody can mend yet.
"""

import sys
from pathlib import Path

from tests.audit.known import look_up
from tests.audit.parts import parts_list, runtime_parts

_LOCK = Path("requirements.lock")
_BUILD = Path("build/audit")


def main() -> int:
    """Write and look up. Returns 1 when a vulnerability is known."""
    _BUILD.mkdir(parents=True, exist_ok=True)
    parts = runtime_parts(_LOCK.read_text())
    file = _BUILD / "sbom.cdx.json"
    file.write_text(parts_list(parts))
    print(f"{file}: {len(parts)} packages")  # noqa: T201 - what it is run for
    found = look_up(parts, _BUILD, sys.argv[1:])
    print("\n".join([*found.known, found.summary]))  # noqa: T201
    return int(bool(found.known))


if __name__ == "__main__":
    sys.exit(main())

"""`make fuzz`: as many inputs as are asked for; what fails is kept in build/fuzz/."""

import argparse
import sys
from pathlib import Path

from tests.fuzz.events import fuzz_events
from tests.fuzz.fetches import fuzz_answers, fuzz_urls
from tests.fuzz.photos import fuzz_photos

_KEPT = Path("build/fuzz")


def main() -> int:
    """Fuzz and report. Returns 1 when anything ended as it must not."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--events", type=int, default=50_000, help="how many (%(default)s)")
    parser.add_argument("--fetches", type=int, default=20_000, help="how many (%(default)s)")
    parser.add_argument("--photos", type=int, default=5_000, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="makes the inputs (%(default)s)")
    asked = parser.parse_args()
    failed = False
    for fuzz, count in (
        (fuzz_events, asked.events),
        (fuzz_urls, asked.fetches),
        (fuzz_answers, asked.fetches),
        (fuzz_photos, asked.photos),
    ):
        report = fuzz(count, asked.seed)
        print(report, flush=True)  # noqa: T201 - what it is run for
        for failure in report.failures:
            failed = True
            _KEPT.mkdir(parents=True, exist_ok=True)
            file = _KEPT / f"{report.name}-{report.seed}-{failure.number}"
            file.write_bytes(failure.content)
            print(f"{file}: {failure.error}")  # noqa: T201
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

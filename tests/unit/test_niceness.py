"""Work that can wait has the processor last, in whichever session it runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_NICE, _NICEST = 10, 19
_LEAVE_IT = """
import os, pathlib
from stream.niceness import leave_processor_to_others
leave_processor_to_others()
print(os.nice(0))
group = pathlib.Path("/proc/self/autogroup")
print(group.read_text() if group.exists() else "")
"""
_SHARED_BY_SESSIONS = Path("/proc/sys/kernel/sched_autogroup_enabled")


def _left(*, own_session: bool) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", _LEAVE_IT],
        start_new_session=own_session,
        capture_output=True,
        text=True,
        check=True,
    )
    niceness, _, group = done.stdout.partition("\n")
    return int(niceness), group.strip()


@pytest.mark.parametrize("own_session", [True, False])
def test_the_process_is_nice_in_its_session(own_session: bool) -> None:
    niceness, _ = _left(own_session=own_session)
    assert niceness == min(os.nice(0) + _NICE, _NICEST)


@pytest.mark.skipif(
    not _SHARED_BY_SESSIONS.exists() or "1" not in _SHARED_BY_SESSIONS.read_text(),
    reason="this kernel does not share the processor out to sessions",
)
def test_a_session_of_its_own_is_nice_and_that_of_others_stays_as_it_is() -> None:
    before = Path("/proc/self/autogroup").read_text().strip()
    assert _left(own_session=True)[1].endswith(f"nice {_NICE}")
    assert _left(own_session=False)[1] == before

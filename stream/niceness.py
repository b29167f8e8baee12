"""Leave the processor to others, where work that can wait runs beside work that cannot."""

import os
from contextlib import suppress
from pathlib import Path

_NICENESS = 10
_AUTOGROUP = Path("/proc/self/autogroup")


def leave_processor_to_others() -> None:
    """Make this process nice, and its session too, if that is its own.

    Linux may share the processor out to sessions before niceness counts, and then it counts only
    within one (`man 7 sched`, the autogroup feature). A session of others, such as the shell that
    this was started from, stays as it is.
    """
    os.nice(_NICENESS)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):  # the feature is off, or this is no Linux
            _AUTOGROUP.write_text(str(_NICENESS))

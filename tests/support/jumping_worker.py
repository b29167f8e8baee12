"""A worker whose wall clock jumps by days, back and forth, each second.

Run as `python -m tests.support.jumping_worker`, with settings as a worker has.
"""

import sys
import time

from stream.cli import main

_DAY_SECONDS = 86400
_right = time.time


def _jumping() -> float:
    now = _right()
    return now + _DAY_SECONDS * (int(now) % 3 - 1)


if __name__ == "__main__":
    time.time = _jumping
    sys.argv[1:] = ["worker"]
    main()

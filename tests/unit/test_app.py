"""A worker whose parts are not up yet: it says which it waits for, and ends with the way on."""

import pytest
import tenacity

from stream.app import work
from stream.domain.errors import RetryError, StopError
from stream.settings import QdrantSettings, Settings, TritonSettings
from stream.waiting import AwayError, WaitingLog
from tests.support.logs import logs_of

AWAY = "127.0.0.1:1"


async def test_a_worker_says_at_once_what_it_waits_for_and_ends_with_the_doctor() -> None:
    settings = Settings(
        triton=TritonSettings(url=AWAY),
        qdrant=QdrantSettings(url=f"http://user:hunter2@{AWAY}"),
        retry_seconds=0.05,
    )
    with (
        logs_of("stream.waiting") as logs,
        pytest.raises(
            StopError, match=rf"in vain: Qdrant .*{AWAY}: .*; `twinlist doctor` says more$"
        ),
    ):
        await work(settings)
    assert logs[0] == {
        "event": "waiting for a part",
        "log_level": "info",
        "part": "Qdrant",
        "address": AWAY,
    }


def test_each_part_is_waited_for_aloud_at_once_and_then_every_ten_seconds() -> None:
    seconds = 0.0
    told: list[tuple[float, str]] = []
    log = WaitingLog(lambda: seconds)
    for seconds, part in [
        (0, "Triton"),
        (1, "Triton"),
        (2, "Qdrant"),
        (9, "Triton"),
        (11, "Triton"),
    ]:
        state = tenacity.RetryCallState(tenacity.AsyncRetrying(), None, (), {})
        state.set_exception((RetryError, AwayError(part, AWAY, RetryError("no answer")), None))
        with logs_of("stream.waiting") as logs:
            log(state)
        told += [(seconds, line["part"]) for line in logs]
    assert told == [(0, "Triton"), (2, "Qdrant"), (11, "Triton")]

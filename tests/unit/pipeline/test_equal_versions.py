"""An event of a version that is indexed already: skipped, and not in silence if it differs."""

import pytest

from tests.support.logs import logs_of
from tests.support.memory_worker import MemoryWorker, deleted, posted

SKIPPED = "skipped: the version is known, with other photos"


@pytest.mark.parametrize(
    ("again", "is_told"),
    [
        (["a1", "!text"], False),
        (["https://photos.example/a1?signature=2", "!text"], False),
        (["a1", "a2"], False),
        (["a2"], True),
        (["!text"], True),
    ],
)
async def test_other_photos_under_a_known_version_are_told(
    again: list[str], *, is_told: bool
) -> None:
    worker = MemoryWorker()
    await worker.processor().process([posted("L-1", ["a1", "!text"])])
    before = worker.index.heads["L-1"]
    with logs_of("stream.pipeline.take_turn") as logs:
        await worker.processor().process([posted("L-1", again)])
    assert worker.index.heads["L-1"] == before
    told = [(line["listing_id"], line["version"]) for line in logs if line["event"] == SKIPPED]
    assert told == ([("L-1", 1)] if is_told else [])


async def test_a_delete_that_is_repeated_is_not_told() -> None:
    worker = MemoryWorker()
    with logs_of("stream.pipeline.take_turn") as logs:
        for message in (posted("L-1", ["a1"]), deleted("L-1", version=1)) * 2:
            await worker.processor().process([message])
    assert SKIPPED not in [line["event"] for line in logs]

"""What a process that fills the new index does otherwise than a worker."""

import pytest

from stream.domain.control import Rollout
from stream.domain.errors import OutageError, PhotoError, PhotoErrorReason
from stream.pipeline.handle_event import Manner
from stream.pipeline.process_batch import BatchProcessor
from stream.rollout.follow import Effort, Following
from stream.rollout.refill import event_of
from stream.settings import Settings
from tests.support.listings import NOON, head, policy
from tests.support.memory_control import MemoryControl
from tests.support.memory_worker import MemoryWorker, posted

AWAY = PhotoError(PhotoErrorReason.AWAY, "the connection failed; given up within 15 s")
MANY = 30


def follower(worker: MemoryWorker) -> BatchProcessor:
    following = Following(
        Settings(),
        Rollout(policy=policy(), started_at=NOON),
        MemoryControl(),
        Effort(),
        lambda _: None,
    )
    return worker.processor(retry_seconds=0.001, manner=Manner(process=following._process))


async def test_old_listings_whose_photo_servers_are_gone_say_nothing_of_the_network() -> None:
    worker = MemoryWorker()
    old = [head(f"L-{number}", [f"a{number}"]) for number in range(MANY)]
    worker.photos.failures |= {one.photos[0].url: AWAY for one in old}
    processor = follower(worker)
    for one in old:
        await processor.process([event_of(one)])
    assert len(worker.dead_letters.letters) == MANY
    await processor.process([posted("L-new", ["b"])])
    assert worker.index.heads["L-new"].is_finished


async def test_events_of_the_topic_still_do() -> None:
    worker = MemoryWorker()
    events = [posted(f"L-{number}", [f"a{number}"]) for number in range(10)]
    worker.photos.failures |= {f"https://photos.example/a{number}": AWAY for number in range(10)}
    processor = follower(worker)
    *first, tenth = events
    for event in first:
        await processor.process([event])
    with pytest.raises(OutageError, match="photo servers 10 did not"):
        await processor.process([tenth])

"""Events that kill their workers, or meet a bug, on real parts: quarantined, and no others are."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from stream.demo.sample import SampleEvent
from stream.demo.stack import environment_of
from stream.domain.errors import DeadLetterReason
from stream.local.child_process import ChildProcess
from stream.pipeline.retry import TRIES_ALONE
from tests.e2e.troubled_worker import BUG, KILLER
from tests.support.deployment import Deployment, draw_listings, until

_READY = r'"event": "worker ready"'
_SECONDS = 120


def _event(listing_id: str, url: str) -> SampleEvent:
    event = {
        "specversion": "1.0",
        "id": listing_id,
        "source": "/tests",
        "type": "listing.created.v1",
        "subject": listing_id,
        "time": "2026-01-01T00:00:00Z",
        "data": {
            "listing_id": listing_id,
            "version": 1,
            "seller_id": "s1",
            "category": "things",
            "created_at": "2026-01-01T00:00:00Z",
            "photos": [{"url": url}],
        },
    }
    return SampleEvent(listing_id.encode(), msgspec.json.encode(event))


def _troubled_worker(deployment: Deployment, life: int) -> ChildProcess:
    return ChildProcess(
        "the troubled worker",
        [sys.executable, "-m", "tests.e2e.troubled_worker"],
        log_file=deployment.log_file(f"life-{life}"),
        environment=environment_of(deployment.settings),
    )


async def _live(deployment: Deployment, life: int) -> None:
    """Let a worker live until it is killed."""
    worker = _troubled_worker(deployment, life)
    try:
        worker.start()
        async with asyncio.timeout(_SECONDS):
            while worker.is_alive:  # noqa: ASYNC110 - what is waited for is another process
                await asyncio.sleep(0.1)
    finally:
        worker.kill()


def _letters(deployment: Deployment) -> Sequence[tuple[bytes | None, str, int]]:
    return [
        (letter.key, letter.origin.reason, letter.origin.attempts)
        for letter in deployment.watched.dead_letters
        if letter.origin is not None
    ]


@pytest.mark.long
async def test_an_event_that_kills_its_worker_is_quarantined_and_all_others_are_processed(
    deployment: Deployment, tmp_path: Path
) -> None:
    sample = draw_listings(tmp_path / "photos", items=6, twins=3)
    middle = len(sample.events) // 2
    killer = _event("killer", f"file:///{KILLER}")
    await deployment.send([*sample.events[:middle], killer, *sample.events[middle:]])
    for life in range(1 + TRIES_ALONE):
        await _live(deployment, life)
    survivor = _troubled_worker(deployment, 1 + TRIES_ALONE)
    try:
        survivor.start()
        survivor.wait_ready(_READY, _SECONDS)
        async with deployment.watching() as watched:
            await until(
                lambda: len(watched.open_alerts) == 3 and bool(watched.dead_letters),
                seconds=_SECONDS,
            )
        assert survivor.is_alive
    finally:
        survivor.kill()
    attempts = 1 + TRIES_ALONE
    assert _letters(deployment) == [(b"killer", DeadLetterReason.QUARANTINED, attempts)]
    [letter] = deployment.watched.dead_letters
    assert letter.value == killer.value
    heads = await deployment.heads(tuple(sample.photos))
    assert len(heads) == len(sample.events)
    assert all(head.is_finished for head in heads.values())


async def test_a_bug_in_one_event_is_quarantined_without_the_end_of_the_worker(
    deployment: Deployment, tmp_path: Path
) -> None:
    sample = draw_listings(tmp_path / "photos", items=2, twins=1)
    worker = _troubled_worker(deployment, 0)
    try:
        worker.start()
        worker.wait_ready(_READY, _SECONDS)
        async with deployment.watching() as watched:
            await deployment.send([_event("buggy", f"file:///{BUG}"), *sample.events])
            await until(
                lambda: len(watched.open_alerts) == 1 and bool(watched.dead_letters),
                seconds=_SECONDS,
            )
        assert worker.is_alive
    finally:
        worker.kill()
    [letter] = deployment.watched.dead_letters
    assert letter.origin is not None
    assert letter.origin.reason == DeadLetterReason.QUARANTINED
    assert "ZeroDivisionError: no photo has an area" in letter.origin.error

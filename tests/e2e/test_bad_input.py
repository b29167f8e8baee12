"""Bad input of each kind ends as a dead letter, whole, and can be replayed once it is mended."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from stream.demo.sample import SampleEvent
from stream.demo.stack import environment_of
from stream.domain.alert import pair_id_of
from stream.domain.errors import DeadLetterReason
from tests.support.deployment import Deployment, draw_photo, until
from tests.support.kafka import Topics

CREATED: dict[str, Any] = {
    "specversion": "1.0",
    "id": "e1",
    "source": "/tests",
    "type": "listing.created.v1",
    "subject": "L1",
    "time": "2026-01-01T00:00:00Z",
}
LISTING: dict[str, Any] = {
    "listing_id": "L1",
    "version": 1,
    "seller_id": "s1",
    "category": "things",
    "created_at": "2026-01-01T00:00:00Z",
    "photos": [{"url": "file:///nowhere/1.jpg"}],
}
VERDICT = {
    **CREATED,
    "type": "duplicate.verdict.v1",
    "data": {"pair_id": pair_id_of("L8", "L9"), "verdict": "rejected", "revision": 1},
}

Bad = tuple[bytes | None, bytes | None]
"""Key and value."""


def _event(**data: object) -> bytes:
    return msgspec.json.encode({**CREATED, "data": {**LISTING, **data}})


BAD: dict[DeadLetterReason, Bad] = {
    DeadLetterReason.NULL_VALUE: (b"L1", None),
    DeadLetterReason.TOO_LARGE: (b"L1", _event(title="x" * 200_000)),
    DeadLetterReason.NOT_JSON: (b"L1", b"\xff\x00 not json"),
    DeadLetterReason.NOT_A_CLOUDEVENT: (b"L1", msgspec.json.encode(LISTING)),
    DeadLetterReason.UNKNOWN_TYPE: (
        b"L1",
        msgspec.json.encode({**CREATED, "type": "listing.sold.v1", "data": LISTING}),
    ),
    DeadLetterReason.INVALID_DATA: (b"L1", _event(version=-1)),
    DeadLetterReason.KEY_MISMATCH: (None, _event()),
    DeadLetterReason.NO_USABLE_PHOTO: (b"L1", _event()),
    DeadLetterReason.UNKNOWN_PAIR: (
        pair_id_of("L8", "L9").encode(),
        msgspec.json.encode(VERDICT),
    ),
}
ADVICE = {
    DeadLetterReason.NULL_VALUE: "send a listing.deleted.v1",
    DeadLetterReason.TOO_LARGE: "TWINLIST_KAFKA__MAX_MESSAGE_BYTES",
    DeadLetterReason.NOT_JSON: "send the event again",
    DeadLetterReason.NOT_A_CLOUDEVENT: "send specversion",
    DeadLetterReason.UNKNOWN_TYPE: "update Twinlist and replay",
    DeadLetterReason.INVALID_DATA: "$.data.version",
    DeadLetterReason.KEY_MISMATCH: "set the key in the producer",
    DeadLetterReason.NO_USABLE_PHOTO: "TWINLIST_PHOTOS__FILE_ROOT",
    DeadLetterReason.UNKNOWN_PAIR: "replay the verdict",
}


async def test_each_kind_of_bad_input_becomes_a_dead_letter_that_says_what_to_do(
    deployment: Deployment,
) -> None:
    # Those in test_quarantine.py, and in tests/contract/kafka/test_unreadable_records.py.
    elsewhere = {DeadLetterReason.QUARANTINED, DeadLetterReason.UNREADABLE_RECORD}
    of_input = set(DeadLetterReason) - elsewhere
    assert BAD.keys() == ADVICE.keys() == of_input, "every reason has its case"
    narrow = deployment.settings.kafka.model_copy(update={"max_message_bytes": 100_000})
    deployment.settings = deployment.settings.model_copy(update={"kafka": narrow})
    kafka = Topics(narrow)
    headers = [("trace", b"\x00\x01")]
    with deployment.worker():
        async with deployment.watching("worker") as watched:
            for reason, (key, value) in BAD.items():
                is_verdict = reason is DeadLetterReason.UNKNOWN_PAIR
                topic = kafka.settings.duplicate_verdicts if is_verdict else None
                await kafka.send(value, key=key, topic=topic, headers=headers)
            await until(lambda: len(watched.dead_letters) == len(BAD))
    letters = {
        letter.origin.reason: letter for letter in watched.dead_letters if letter.origin is not None
    }
    for reason, (key, value) in BAD.items():
        letter = letters[reason]
        assert (letter.key, letter.value) == (key, value)
        assert ("trace", b"\x00\x01") in letter.headers
        assert letter.origin is not None
        assert ADVICE[reason] in letter.origin.error
        assert letter.origin.topic in {
            kafka.settings.listing_events,
            kafka.settings.duplicate_verdicts,
        }
        assert letter.origin.partition == 0
    assert not watched.alerts


async def test_a_dead_letter_is_replayed_once_its_photos_are_mended(
    deployment: Deployment, tmp_path: Path
) -> None:
    random = np.random.default_rng(1)
    pattern = random.integers(0, 256, (4, 4, 3)).astype(np.float64)
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    draw_photo(first, pattern, random)
    events = [
        SampleEvent(
            listing_id.encode(),
            _event(listing_id=listing_id, photos=[{"url": photo.as_uri()}]),
        )
        for listing_id, photo in (("L1", first), ("L2", second))
    ]
    with deployment.worker():
        async with deployment.watching("worker") as watched:
            await deployment.send(events)
            await until(lambda: len(watched.dead_letters) == 1)
            assert not watched.open_alerts

            draw_photo(second, pattern, random)
            listed = _twinlist(deployment, "dead-letters", "list")
            assert "no_usable_photo" in listed
            replayed = _twinlist(
                deployment, "dead-letters", "replay", "--reason", "no_usable_photo"
            )
            assert replayed.startswith("sent")
            await until(lambda: len(watched.open_alerts) == 1)
    [alert] = watched.open_alerts
    assert [listing.listing_id for listing in alert.listings] == ["L1", "L2"]


def _twinlist(deployment: Deployment, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "stream.cli", *arguments],
        env=environment_of(deployment.settings),
        check=True,
        capture_output=True,
        text=True,
    ).stdout

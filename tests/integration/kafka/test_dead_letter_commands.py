"""`twinlist dead-letters` on a real broker, as somebody types it."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import msgspec
import pytest

from stream.adapters.kafka.producer import open_producer
from stream.adapters.kafka.publisher import KafkaDeadLetters
from stream.domain.errors import DeadLetterError, DeadLetterReason
from stream.domain.event import Message
from tests.support.kafka import Topics

NOT_JSON = DeadLetterError(DeadLetterReason.NOT_JSON, "no JSON: send it again")
NO_PHOTO = DeadLetterError(DeadLetterReason.NO_USABLE_PHOTO, "photo 0: answered 404")


@pytest.fixture
async def letters(kafka: Topics) -> Topics:
    """Two of one reason, of two listings, and one of another."""
    settings = kafka.settings
    async with open_producer(settings) as producer:
        dead_letters = KafkaDeadLetters(producer, settings.dead_letters, "0.1.0", "m1")
        for offset, (key, error) in enumerate(
            [(b"L-1", NO_PHOTO), (b"L-2", NO_PHOTO), (b"L-1", NOT_JSON)]
        ):
            message = Message(
                topic=settings.listing_events, partition=1, offset=offset, key=key, value=b"{"
            )
            await dead_letters.send(message, error, 1)
    return kafka


def twinlist(kafka: Topics, *arguments: str) -> subprocess.CompletedProcess[str]:
    names = {
        f"TWINLIST_KAFKA__{name.upper()}": getattr(kafka.settings, name)
        for name in ("brokers", "group", "listing_events", "dead_letters")
    }
    return subprocess.run(
        [sys.executable, "-m", "stream.cli", "dead-letters", *arguments],
        env=os.environ | names,
        check=True,
        capture_output=True,
        text=True,
    )


async def test_a_list_says_where_how_old_of_which_listing_and_why(letters: Topics) -> None:
    lines = twinlist(letters, "list", "--reason", "not_json").stdout.splitlines()
    [line] = lines
    assert " s  b'L-1' from " in line or " min  b'L-1' from " in line
    assert f"{letters.settings.listing_events}[1]@2, not_json: 'no JSON: send it again'" in line


async def test_a_list_can_be_of_one_listing_and_of_the_last_hours(letters: Topics) -> None:
    assert len(twinlist(letters, "list", "--listing", "L-1").stdout.splitlines()) == 2
    assert len(twinlist(letters, "list", "--hours", "1").stdout.splitlines()) == 3
    assert not twinlist(letters, "list", "--hours", "0").stdout


async def test_a_summary_counts_by_reason_the_most_frequent_first(letters: Topics) -> None:
    lines = twinlist(letters, "list", "--summary").stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [["2", "no_usable_photo"], ["1", "not_json"]]
    counts = msgspec.json.decode(twinlist(letters, "list", "--summary", "--json").stdout)
    assert [(one["reason"], one["count"]) for one in counts] == [
        ("no_usable_photo", 2),
        ("not_json", 1),
    ]
    oldest = datetime.fromisoformat(counts[0]["oldest"])
    assert oldest <= datetime.fromisoformat(counts[0]["newest"]) <= datetime.now(UTC)


async def test_a_replay_of_a_selection_says_what_it_did_and_keeps_the_history(
    letters: Topics,
) -> None:
    dry = twinlist(letters, "replay", "--listing", "L-1", "--dry-run")
    assert [line.split("  ")[0] for line in dry.stdout.splitlines()] == ["would send"] * 2
    done = twinlist(letters, "replay", "--listing", "L-1", "--reason", "not_json")
    assert done.stdout.startswith("sent  b'L-1'")
    assert done.stderr == "twinlist: 1 sent\n"
    [event] = await letters.read(letters.settings.listing_events, 1)
    assert (event.partition, event.key, event.value) == (1, b"L-1", b"{")
    headers = dict(event.headers)
    assert headers["twinlist-attempts"] == b"1"
    [failure] = msgspec.json.decode(headers["twinlist-history"])
    assert failure["reason"] == "not_json"


async def test_a_replay_of_nothing_says_so(letters: Topics) -> None:
    done = twinlist(letters, "replay", "--listing", "nobody")
    assert (done.stdout, done.stderr) == ("", "twinlist: no dead letters of this selection\n")


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--summary",)])
async def test_an_empty_topic_is_said_to_be_one_beside_the_output(
    kafka: Topics, arguments: tuple[str, ...]
) -> None:
    done = twinlist(kafka, "list", *arguments)
    assert (done.stdout, done.stderr) == ("", "twinlist: no dead letters\n")


async def test_a_letter_is_shown_with_who_gave_it_up(letters: Topics) -> None:
    place = twinlist(letters, "list", "--reason", "not_json").stdout.split()[:2]
    shown = twinlist(letters, "show", *place).stdout
    assert "after 1 tries" in shown
    assert "by Twinlist 0.1.0, models m1" in shown
    assert "value    b'{'" in shown

"""A minute of fuzzing, and what it would find."""

from functools import partial

import pytest

from stream.settings import PhotoSettings
from tests.fuzz.events import fuzz_events
from tests.fuzz.fetches import fuzz_answers, fuzz_urls
from tests.fuzz.mutations import mutate, random_of
from tests.fuzz.photos import fuzz_photos
from tests.fuzz.report import Report

SEED = 20261123


@pytest.mark.long
def test_every_event_ends_as_an_event_or_a_dead_letter() -> None:
    report = fuzz_events(50_000, SEED)
    assert report.failures == [], report
    assert {end for end in report.ends if end.startswith("dead letter")} >= {
        f"dead letter {reason}"
        for reason in ("not_json", "not_a_cloudevent", "unknown_type", "invalid_data", "null_value")
    }
    assert report.ends["ListingPosted"] > 1000


@pytest.mark.long
def test_every_url_ends_as_a_file_or_a_refusal_and_nobody_private_is_connected_to() -> None:
    report = fuzz_urls(5_000, SEED)
    assert report.failures == [], report
    assert report.ends["files"] > 100
    assert report.ends["refused as forbidden"] > 100


@pytest.mark.long
def test_every_answer_of_a_server_ends_as_a_file_or_a_refusal() -> None:
    report = fuzz_answers(5_000, SEED)
    assert report.failures == [], report
    assert report.ends["files"] > 100
    assert report.ends["worth a retry"] > 100


@pytest.mark.long
def test_every_photo_ends_as_a_picture_or_a_refusal_and_no_decoder_dies() -> None:
    report = fuzz_photos(3_000, SEED, settings=PhotoSettings(decode_timeout_seconds=30))
    assert report.failures == [], report
    assert report.ends["pictures"] > 300
    assert report.ends["refused as no_picture"] > 300


def test_the_same_seed_makes_the_same_inputs() -> None:
    one, other = fuzz_events(200, 7), fuzz_events(200, 7)
    assert one.ends == other.ends
    assert fuzz_events(200, 8).ends != one.ends


def test_an_input_is_hardly_ever_left_as_it_was() -> None:
    content = bytes(range(100))
    made = [mutate(content, [b"another"], random_of(7, number)) for number in range(1000)]
    assert sum(one == content for one in made) < 50
    assert len(set(made)) > 900


def test_what_ends_as_it_must_not_is_kept_with_its_number() -> None:
    report = Report("things", seed=1)
    report.take(0, b"good", partial(str, "fine"))
    report.take(1, b"bad", partial(str, b"\xff", "utf-8"))
    assert report.ends == {"fine": 1, "failure": 1}
    (failure,) = report.failures
    assert (failure.number, failure.content) == (1, b"bad")
    assert "UnicodeDecodeError" in failure.error
    assert "1 failures" in str(report)

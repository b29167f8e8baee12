"""A listing without any usable photo: the dead letter says whose turn it is."""

import pytest

from stream.domain.errors import DeadLetterReason, PhotoError, PhotoErrorReason
from tests.support.memory_photos import url_of
from tests.support.memory_worker import MemoryWorker, posted

PORT = PhotoError(PhotoErrorReason.FORBIDDEN, "port 81", setting="TWINLIST_PHOTOS__ALLOWED_PORTS")
GONE = PhotoError(PhotoErrorReason.NOT_SERVED, "answered 404")


@pytest.mark.parametrize(
    ("errors", "advice"),
    [
        ([GONE], "; mend the photos and replay"),
        ([PORT], "; change these settings if such photos are meant to be fetched, and replay"),
        ([PORT, GONE], "; mend the photos or these settings and replay"),
    ],
)
async def test_the_advice_is_for_whoever_can_follow_it(
    errors: list[PhotoError], advice: str
) -> None:
    worker = MemoryWorker()
    labels = [f"a{number}" for number in range(len(errors))]
    worker.photos.failures = {
        url_of(label): error for label, error in zip(labels, errors, strict=True)
    }
    await worker.processor().process([posted("L-1", labels)])
    [(_, error, _)] = worker.dead_letters.letters
    assert error.reason is DeadLetterReason.NO_USABLE_PHOTO
    assert advice in str(error)
    assert all(str(one) in str(error) for one in errors)

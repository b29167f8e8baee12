"""Decoding in child processes: what a file does to one of them ends there."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from stream.adapters.photos.decode import decode_photo
from stream.adapters.photos.decoder import Decoder, DecoderDiedError, _Task
from stream.adapters.photos.decoders import Decoders
from stream.domain.errors import PhotoError, PhotoErrorReason, RetryError
from stream.settings import PhotoSettings

SIZE = 32
MAX_PIXELS = 10**8
SETTINGS = PhotoSettings(decoders=1, decode_timeout_seconds=30, max_pixels=MAX_PIXELS)


@pytest.fixture
def decoders() -> Iterator[Decoders]:
    decoders = Decoders(SETTINGS)
    yield decoders
    decoders.close()


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    decoder = Decoder(SETTINGS.decode_memory_bytes)
    yield decoder
    decoder.close()


def _file(image: Image.Image, image_format: str = "PNG") -> bytes:
    buffer = BytesIO()
    image.save(buffer, image_format)
    return buffer.getvalue()


PHOTO = _file(Image.linear_gradient("L"))


def _child(decoders: Decoders) -> Decoder:
    (child,) = decoders._all
    return child


async def test_a_photo_is_decoded_as_decode_photo_does(decoders: Decoders) -> None:
    pixels = await decoders.decode(PHOTO, SIZE)
    np.testing.assert_array_equal(pixels, decode_photo(PHOTO, SIZE, max_pixels=MAX_PIXELS))
    assert pixels.flags["WRITEABLE"]


async def test_a_refusal_is_handed_on_with_its_reason_and_costs_no_child(
    decoders: Decoders,
) -> None:
    await decoders.decode(PHOTO, SIZE)
    child = _child(decoders)
    for content, reason in (
        (b"no picture", PhotoErrorReason.NO_PICTURE),
        (_file(Image.new("RGB", (9, 9))), PhotoErrorReason.BLANK),
        (_file(Image.new("1", (10_001, 10_000))), PhotoErrorReason.TOO_LARGE),
    ):
        with pytest.raises(PhotoError) as raised:
            await decoders.decode(content, SIZE)
        assert raised.value.reason is reason
    assert _child(decoders) is child


async def test_a_child_that_hangs_is_killed_and_the_next_photo_gets_another() -> None:
    decoders = Decoders(SETTINGS.model_copy(update={"decode_timeout_seconds": 3}))
    try:
        await decoders.decode(PHOTO, SIZE)
        hanging = _child(decoders)
        os.kill(hanging.pid, signal.SIGSTOP)  # like a codec that listens to nobody
        with pytest.raises(PhotoError, match="longer than 3 s") as raised:
            await decoders.decode(PHOTO, SIZE)
        assert raised.value.reason is PhotoErrorReason.TOO_LARGE
        assert not hanging.is_alive
        assert (await decoders.decode(PHOTO, SIZE)).shape == (3, SIZE, SIZE)
    finally:
        decoders.close()


async def test_a_small_file_that_takes_for_ever_is_cut_off() -> None:
    buffer = BytesIO()
    Image.new("L", (3000, 3000)).save(buffer, "JPEG", progressive=True)
    content = buffer.getvalue()
    last_scan = content[content.rfind(b"\xff\xda") : -2]
    endless = content[:-2] + 20_000 * last_scan + content[-2:]
    assert len(endless) < PhotoSettings().max_bytes
    decoders = Decoders(SETTINGS.model_copy(update={"decode_timeout_seconds": 1}))
    try:
        with pytest.raises(PhotoError, match="longer than 1 s"):
            await decoders.decode(endless, SIZE)
    finally:
        decoders.close()


async def test_a_child_that_others_killed_costs_no_photo(decoders: Decoders) -> None:
    await decoders.decode(PHOTO, SIZE)
    killed = _child(decoders)
    os.kill(killed.pid, signal.SIGKILL)
    assert (await decoders.decode(PHOTO, SIZE)).shape == (3, SIZE, SIZE)
    assert _child(decoders).pid != killed.pid


async def test_a_photo_that_kills_two_children_is_to_blame(
    decoders: Decoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode = Decoder.decode
    killed = []

    def crash(self: Decoder, *args: object, **options: object) -> object:
        killed.append(self.pid)
        os.kill(self.pid, signal.SIGSEGV)
        return decode(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Decoder, "decode", crash)
    with pytest.raises(PhotoError, match="crashes its decoder: it ended with -11"):
        await decoders.decode(PHOTO, SIZE)
    assert len(set(killed)) == 2


def test_a_photo_that_needs_too_much_memory_is_refused_and_the_child_lives() -> None:
    decoder = Decoder(2**28)
    try:
        with pytest.raises(PhotoError) as raised:
            _decode(decoder, _file(Image.new("RGB", (9_000, 9_000))))
        assert raised.value.reason is PhotoErrorReason.TOO_LARGE
        assert "memory" in str(raised.value)
        assert _decode(decoder, PHOTO).shape == (3, SIZE, SIZE)
    finally:
        decoder.close()


@pytest.mark.parametrize("stopping", [signal.SIGINT, signal.SIGTERM])
def test_signals_that_stop_a_worker_let_its_decoders_finish(
    decoder: Decoder, stopping: signal.Signals
) -> None:
    os.kill(decoder.pid, stopping)
    assert _decode(decoder, PHOTO).shape == (3, SIZE, SIZE)


def test_the_child_is_not_given_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINLIST_KAFKA__SASL_PASSWORD", "secret")
    decoder = Decoder(SETTINGS.decode_memory_bytes)
    try:
        with open(f"/proc/{decoder.pid}/environ", "rb") as environment:  # noqa: PTH123
            assert b"TWINLIST" not in environment.read()
    finally:
        decoder.close()


def test_the_child_ends_when_its_parent_is_gone() -> None:
    decoder = Decoder(SETTINGS.decode_memory_bytes)
    try:
        assert decoder._process.stdin is not None
        decoder._process.stdin.close()
        assert decoder._process.wait(30) == 0
    finally:
        decoder.close()


@pytest.mark.parametrize("python", ["/bin/false", "/no/python"])
def test_a_decoder_that_does_not_start_is_worth_a_retry(
    python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", python)
    with pytest.raises(RetryError, match=r"does not start|cannot be started"):
        Decoder(SETTINGS.decode_memory_bytes)


async def test_closing_ends_the_children_and_what_they_are_at(decoders: Decoders) -> None:
    await decoders.decode(PHOTO, SIZE)
    child = _child(decoders)
    os.kill(child.pid, signal.SIGSTOP)
    waiting = asyncio.create_task(decoders.decode(PHOTO, SIZE))
    await asyncio.sleep(0)  # it has gone to the thread
    await asyncio.to_thread(decoders.close)
    with pytest.raises((PhotoError, asyncio.CancelledError)):
        await waiting
    assert not child.is_alive


def test_an_answer_that_is_larger_than_asked_for_ends_the_child() -> None:
    decoder = Decoder(SETTINGS.decode_memory_bytes)
    try:
        asked = _Task(PHOTO, 64, MAX_PIXELS, timeout_seconds=30)
        with pytest.raises(DecoderDiedError):
            decoder._exchange(asked, length=32, timeout_seconds=30)
        assert not decoder.is_alive
    finally:
        decoder.close()


def _decode(decoder: Decoder, content: bytes) -> np.ndarray:  # type: ignore[type-arg]
    return decoder.decode(content, SIZE, max_pixels=MAX_PIXELS, timeout_seconds=30)

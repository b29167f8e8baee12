"""One decoder: a child process, so that what a hostile file does to a codec ends with the child.

Codecs are C, and some of their loops listen to nobody. A child can be killed, its address space is
limited, it can write no file, and it is not given the worker's environment, which holds secrets.
"""

import contextlib
import math
import os
import resource
import signal
import struct
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import IO, TypeVar

import msgspec
import numpy as np
from PIL import AvifImagePlugin

from stream.adapters.photos.decode import decode_photo
from stream.domain.errors import PhotoError, PhotoErrorReason, RetryError
from stream.ports import Pixels

_Read = TypeVar("_Read")
_LENGTH = struct.Struct("<I")
_START_SECONDS = 60
_LONGEST_MESSAGE = 300
_LARGEST_REST = 2**12
"""Bytes of an answer beside its pixels."""
# Where Python is found where it is not where it was built; all else, secrets too, stays here.
_INHERITED = ("PYTHONPATH", "LD_LIBRARY_PATH")
# Each thread would reserve address space, on large machines all that there is.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}


class DecoderDiedError(Exception):
    """The child is gone: through the file, or because somebody else killed it."""


class _Task(msgspec.Struct, array_like=True):
    content: bytes
    size: int
    max_pixels: int
    timeout_seconds: float


class _Answer(msgspec.Struct, array_like=True):
    pixels: bytes = b""
    """RGB uint8 [3, size, size]; empty when the photo is refused."""
    reason: PhotoErrorReason = PhotoErrorReason.NO_PICTURE
    message: str = ""


class Decoder:
    """A child process that decodes a photo at a time. One thread may use it at a time.

    Args:
        memory_bytes: Its address space.

    Raises `RetryError` when it cannot be started.
    """

    def __init__(self, memory_bytes: int) -> None:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        try:
            # In a session of its own Ctrl-C does not reach it: the worker finishes what it began.
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-m", "stream.adapters.photos.decoder", str(memory_bytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=inherited | _ENVIRONMENT,
                start_new_session=True,
            )
        except OSError as error:
            raise RetryError(f"a decoder of photos cannot be started: {error}") from error
        try:
            self._exchange(None, 0, _START_SECONDS)
        except DecoderDiedError as error:
            self.close()
            raise RetryError(f"a decoder of photos does not start: {error}") from error

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def decode(
        self, content: bytes, size: int, *, max_pixels: int, timeout_seconds: float
    ) -> Pixels:
        """Do `decode_photo` in the child, which is killed when it takes longer.

        Raises `PhotoError`, or `DecoderDiedError`; after the latter this decoder is of no use.
        """
        started = time.monotonic()
        task = _Task(content, size, max_pixels, timeout_seconds)
        try:
            answer = self._exchange(task, 3 * size * size, timeout_seconds)
        except DecoderDiedError as error:
            if time.monotonic() - started < timeout_seconds:
                raise
            raise PhotoError(
                PhotoErrorReason.TOO_LARGE,
                f"decoding the picture takes longer than {timeout_seconds:g} s",
            ) from error
        if len(answer.pixels) != 3 * size * size:
            raise PhotoError(answer.reason, answer.message[:_LONGEST_MESSAGE])
        pixels = np.frombuffer(bytearray(answer.pixels), np.uint8)
        return pixels.reshape(3, size, size)

    @property
    def is_alive(self) -> bool:
        """Whether it can take another photo."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End the child at once; it has nothing to lose."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End the child and let go of its pipes."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):  # of what nobody will read any more
                    pipe.close()

    def _exchange(self, task: _Task | None, length: int, timeout_seconds: float) -> _Answer:
        """Send a task, if any, and take an answer with up to `length` bytes of pixels."""
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            raise AssertionError("both pipes were asked for")
        timer = threading.Timer(timeout_seconds, self._process.kill)
        timer.start()
        try:
            if task is not None:
                _write(requests, task)
            return _read(answers, _Answer, length + _LARGEST_REST)
        except (OSError, EOFError, msgspec.MsgspecError) as error:
            self.kill()
            raise DecoderDiedError(f"it ended with {self._process.returncode}") from error
        finally:
            timer.cancel()


def _write(pipe: IO[bytes], message: msgspec.Struct) -> None:
    encoded = msgspec.msgpack.encode(message)
    pipe.write(_LENGTH.pack(len(encoded)))
    pipe.write(encoded)
    pipe.flush()


def _read(pipe: IO[bytes], of: type[_Read], longest: int) -> _Read:
    """Read a message. Raises `EOFError` when there is none, or one that is longer."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    if length > longest:
        raise EOFError
    encoded = pipe.read(length)
    if len(encoded) < length:
        raise EOFError
    return msgspec.msgpack.decode(encoded, type=of)


def _serve(memory_bytes: int) -> None:
    """Be the child: decode what comes in, until the parent closes the pipe or is gone."""
    for ignored in (signal.SIGINT, signal.SIGTERM):  # sent to all of a service when it is stopped
        signal.signal(ignored, signal.SIG_IGN)
    warnings.simplefilter("ignore")  # of what a file lacks; they would go to the worker's log
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    with contextlib.suppress(OSError):  # rather this than the worker, should memory run out
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a codec that prints must not print into the answers
    for limit, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    _write(answers, _Answer())
    while True:
        try:
            task = _read(requests, _Task, sys.maxsize)
        except EOFError:
            return
        signal.alarm(math.ceil(task.timeout_seconds) + 1)  # should nobody be left to kill it
        _write(answers, _answer(task))
        signal.alarm(0)


def _answer(task: _Task) -> _Answer:
    try:
        pixels = decode_photo(task.content, task.size, max_pixels=task.max_pixels)
    except PhotoError as refusal:
        return _Answer(reason=refusal.reason, message=str(refusal)[:_LONGEST_MESSAGE])
    return _Answer(pixels.tobytes())


if __name__ == "__main__":
    _serve(int(sys.argv[1]))

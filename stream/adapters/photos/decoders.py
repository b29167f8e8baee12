"""A few decoders, started when they are needed and again when a file has killed one."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from stream.adapters.photos.decoder import Decoder, DecoderDiedError
from stream.domain.errors import PhotoError, PhotoErrorReason
from stream.ports import Pixels
from stream.settings import PhotoSettings

_TRIES = 2
"""A decoder may be killed by others: only a file that ends two of them is to blame."""


class Decoders:
    """Decodes photos in child processes, at most `settings.decoders` at once."""

    def __init__(self, settings: PhotoSettings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(settings.decoders, thread_name_prefix="decode")
        self._own = threading.local()
        self._all: set[Decoder] = set()
        self._lock = threading.Lock()
        self._is_closed = False

    async def decode(self, content: bytes, size: int) -> Pixels:
        """Return a picture as RGB uint8 [3, size, size]; see `decode_photo`.

        Raises `PhotoError`, also when the file needs more time or memory than the settings allow,
        and `RetryError` when no decoder can be started.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._decode, content, size)

    def close(self) -> None:
        """Kill the decoders; whoever waits for one gets an error."""
        with self._lock:
            self._is_closed = True
            for decoder in self._all:
                decoder.kill()
        self._threads.shutdown(cancel_futures=True)
        for decoder in self._all:
            decoder.close()

    def _decode(self, content: bytes, size: int) -> Pixels:
        for _ in range(_TRIES):
            decoder = self._decoder_of_this_thread()
            try:
                return decoder.decode(
                    content,
                    size,
                    max_pixels=self._settings.max_pixels,
                    timeout_seconds=self._settings.decode_timeout_seconds,
                )
            except DecoderDiedError as error:
                death = str(error)
        raise PhotoError(PhotoErrorReason.NO_PICTURE, f"the picture crashes its decoder: {death}")

    def _decoder_of_this_thread(self) -> Decoder:
        decoder: Decoder | None = getattr(self._own, "decoder", None)
        if decoder is not None and decoder.is_alive:
            return decoder
        with self._lock:
            if self._is_closed:
                raise PhotoError(PhotoErrorReason.AWAY, "the decoders are closed")
            if decoder is not None:
                self._all.discard(decoder)
                decoder.close()
            started = self._own.decoder = Decoder(self._settings.decode_memory_bytes)
            self._all.add(started)
        return started

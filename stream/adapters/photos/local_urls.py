"""Urls that need no network: `data:`, which carries the file itself, and `file:` under a root."""

import base64
import binascii
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from stream.domain.errors import PhotoError, PhotoErrorReason


def read_data_url(url: str, max_bytes: int) -> bytes:
    """Return what a data url carries. Source of the form: RFC 2397.

    Raises `PhotoError` when it is malformed or larger than `max_bytes`.
    """
    header, comma, payload = url.partition(",")
    if not comma:
        raise PhotoError(PhotoErrorReason.INVALID_URL, "the data url has no comma")
    if len(payload) > 4 * max_bytes:  # nothing that fits is written longer: %xx is 3 for 1
        raise PhotoError(
            PhotoErrorReason.TOO_LARGE, f"the data url holds more than {max_bytes} bytes"
        )
    content = unquote_to_bytes(payload)
    if header.lower().endswith(";base64"):
        try:
            content = base64.b64decode(b"".join(content.split()), validate=True)
        except binascii.Error as error:
            raise PhotoError(
                PhotoErrorReason.INVALID_URL, f"the data url is not base64: {error}"
            ) from error
    if len(content) > max_bytes:
        raise PhotoError(
            PhotoErrorReason.TOO_LARGE, f"the data url holds more than {max_bytes} bytes"
        )
    return content


def read_file_url(url: str, root: Path, max_bytes: int) -> bytes:
    """Return the file that a file url names, if it lies under `root` once links are followed.

    Raises `PhotoError` when it does not, is missing, unreadable or larger than `max_bytes`.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise PhotoError(PhotoErrorReason.INVALID_URL, "the file url is not valid") from error
    if parts.netloc not in {"", "localhost"}:
        raise PhotoError(
            PhotoErrorReason.FORBIDDEN, f"the file url names the host {parts.netloc[:80]!r}"
        )
    try:
        path = Path(unquote(parts.path)).resolve()
        if not path.is_relative_to(root.resolve()):
            raise PhotoError(
                PhotoErrorReason.FORBIDDEN,
                "the file url leads out of the allowed folder",
                setting="TWINLIST_PHOTOS__FILE_ROOT",
            )
        if not path.is_file():
            raise PhotoError(PhotoErrorReason.NOT_SERVED, "the file url names no file")
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except (OSError, ValueError, RuntimeError) as error:  # null bytes, loops of links
        raise PhotoError(
            PhotoErrorReason.NOT_SERVED, f"the file cannot be read: {type(error).__name__}"
        ) from error
    if len(content) > max_bytes:
        raise PhotoError(PhotoErrorReason.TOO_LARGE, f"the file holds more than {max_bytes} bytes")
    return content

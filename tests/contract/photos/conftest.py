"""A photo server on the one address that these tests let through."""

import ipaddress
from collections.abc import AsyncIterator

import pytest

from tests.support.photo_server import PhotoServer, serve_photos

ALLOWED = ipaddress.ip_address("127.0.0.1")


@pytest.fixture
async def server() -> AsyncIterator[PhotoServer]:
    async with serve_photos(str(ALLOWED)) as server:
        yield server

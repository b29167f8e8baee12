"""Who has to keep the contract of `Models`: Triton with the light models, and the fake."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import NamedTuple

import pytest

from stream.adapters.triton.models import open_models
from stream.local.triton import TritonProcess
from stream.ports import Models
from tests.support.memory_models import MemoryModels
from tests.support.triton import settings_for, start_light_triton

PHOTOS_PER_REQUEST = 4


class Subject(NamedTuple):
    """Models under test, and how their server goes and comes back."""

    models: Models
    go_away: Callable[[], None]
    come_back: Callable[[], None]


@pytest.fixture(scope="session")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TritonProcess]:
    server = start_light_triton(tmp_path_factory.mktemp("triton"))
    yield server
    server.kill()


@asynccontextmanager
async def _on_triton(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    server: TritonProcess = request.getfixturevalue("triton")
    settings = settings_for(server, photos_per_request=PHOTOS_PER_REQUEST)
    async with open_models(settings) as models:
        yield Subject(models, server.kill, server.start)


@asynccontextmanager
async def _in_memory(_: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    models = MemoryModels()
    yield Subject(
        models,
        lambda: setattr(models, "is_away", True),
        lambda: setattr(models, "is_away", False),
    )


_SUBJECTS: dict[str, Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Subject]]] = {
    "triton": _on_triton,
    "memory": _in_memory,
}


@pytest.fixture(params=_SUBJECTS)
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    async with _SUBJECTS[request.param](request) as subject:
        yield subject


@pytest.fixture
def models(subject: Subject) -> Models:
    return subject.models

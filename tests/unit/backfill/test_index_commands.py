"""`twinlist index list` and `drop`, as somebody types and reads them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from stream.adapters.kafka.backfill_record import Stretch, Tally
from stream.backfill.shadow import ShadowRecord
from stream.cli import app
from stream.domain.errors import StopError


def _record(name: str, offset: int) -> ShadowRecord:
    return ShadowRecord(
        name=name,
        range="earliest..latest",
        topic="events",
        model_version="m1",
        policy_version="p1",
        started_at=datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
        stretches={0: Stretch(start=0, end=9, offset=offset, tally=Tally(processed=offset))},
    )


@pytest.fixture(autouse=True)
def _without_qdrant(monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def connect(_settings: object) -> AsyncIterator[None]:
        yield None

    async def list_shadows(_client: object, _settings: object) -> list[ShadowRecord]:
        return [_record("april", 4), _record("march", 9)]

    monkeypatch.setattr("stream.adapters.qdrant.client.connect", connect)
    monkeypatch.setattr("stream.backfill.shadow.list_shadows", list_shadows)


def test_shadows_are_listed_with_what_they_hold() -> None:
    listed = CliRunner().invoke(app, ["index", "list"])
    assert listed.stdout.splitlines() == [
        "april  earliest..latest  not done, 4 events  model m1, policy p1"
        "  begun 2026-03-01 12:00:00 UTC",
        "march  earliest..latest  done, 9 events  model m1, policy p1"
        "  begun 2026-03-01 12:00:00 UTC",
    ]


def test_for_machines_they_are_records() -> None:
    listed = json.loads(CliRunner().invoke(app, ["index", "list", "--json"]).stdout)
    assert [one["name"] for one in listed] == ["april", "march"]
    assert listed[0]["stretches"]["0"]["offset"] == 4


def test_what_was_dropped_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drop_shadow(_settings: object, name: str) -> list[str]:
        return [f"into-{name}-listings-m1", f"into-{name}-pairs"]

    monkeypatch.setattr("stream.backfill.into.drop_shadow", drop_shadow)
    dropped = CliRunner().invoke(app, ["index", "drop", "march"])
    assert dropped.stdout == "dropped into-march-listings-m1, into-march-pairs\n"


def test_a_shadow_that_is_none_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drop_shadow(_settings: object, name: str) -> list[str]:
        raise StopError(f"there is no shadow {name!r}")

    monkeypatch.setattr("stream.backfill.into.drop_shadow", drop_shadow)
    refused = CliRunner().invoke(app, ["index", "drop", "march"])
    assert refused.exit_code == 1
    assert refused.stderr == "twinlist: there is no shadow 'march'\n"

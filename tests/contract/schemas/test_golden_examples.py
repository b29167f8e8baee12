"""Version 1 changes only by addition: what was written then is read now, and means the same."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from stream.asyncapi.document import document
from stream.domain.alert import decode_alert
from stream.domain.event import Event, Message, VerdictGiven
from stream.pipeline.decode import decode

GOLDEN = Path(__file__).parent / "golden"
CONSUMED = sorted(
    file for file in GOLDEN.glob("*.json") if not file.name.startswith("listing.duplicate.")
)
ALERTS = sorted(GOLDEN.glob("listing.duplicate.*.json"))

every_event = pytest.mark.parametrize("file", CONSUMED, ids=lambda file: file.stem)
every_alert = pytest.mark.parametrize("file", ALERTS, ids=lambda file: file.stem)


@pytest.mark.parametrize("file", [*CONSUMED, *ALERTS], ids=lambda file: file.stem)
def test_fits_its_schema(file: Path) -> None:
    golden = json.loads(file.read_text())
    schemas = document()
    messages = schemas["components"]["messages"].values()
    message = next(one for one in messages if one["name"] == golden["type"])
    Draft7Validator(schemas | message["payload"]).validate(golden)


@every_event
def test_structured_mode_is_read(file: Path) -> None:
    golden = json.loads(file.read_text())
    _assert_says(_decode(golden), golden)


@every_event
def test_binary_mode_is_read(file: Path) -> None:
    golden = json.loads(file.read_text())
    attributes = {name: value for name, value in golden.items() if name != "data"}
    content_type = attributes.pop("datacontenttype", "application/json")
    headers = {f"ce_{name}": value for name, value in attributes.items()}
    event = decode(
        Message(
            topic="listing-events",
            partition=0,
            offset=0,
            key=_key(golden),
            value=json.dumps(golden["data"]).encode(),
            headers=(
                ("content-type", content_type.encode()),
                *((name, value.encode()) for name, value in headers.items()),
            ),
        ),
        max_bytes=2**20,
    )
    _assert_says(event, golden)


@every_event
def test_unknown_fields_are_ignored(file: Path) -> None:
    golden = json.loads(file.read_text())
    assert _decode(_with_unknown_fields(golden)) == _decode(golden)


@every_alert
def test_alerts_of_the_past_are_read_whole(file: Path) -> None:
    golden = json.loads(file.read_text())
    assert _as_json(decode_alert(file.read_bytes())) == golden


@every_alert
def test_unknown_fields_of_alerts_are_ignored(file: Path) -> None:
    added = _with_unknown_fields(json.loads(file.read_text()))
    assert decode_alert(json.dumps(added).encode()) == decode_alert(file.read_bytes())


def _decode(golden: dict[str, Any]) -> Event:
    value = json.dumps(golden).encode()
    message = Message(topic="t", partition=0, offset=0, key=_key(golden), value=value)
    return decode(message, max_bytes=2**20)


def _key(golden: dict[str, Any]) -> bytes:
    data = golden["data"]
    key: str = data["pair_id" if "pair_id" in data else "listing_id"]
    return key.encode()


def _assert_says(event: Event, golden: dict[str, Any]) -> None:
    said = event.verdict if isinstance(event, VerdictGiven) else event.listing
    fields = _as_json(said)
    assert {name: fields[name] for name in golden["data"]} == golden["data"]
    assert all(fields[name] is None for name in fields.keys() - golden["data"].keys())
    assert event.cause.event_id == golden["id"]
    assert _as_json(event.cause.time) == golden["time"]


def _as_json(value: object) -> Any:
    return json.loads(msgspec.json.encode(value))


def _with_unknown_fields(value: object) -> Any:
    match value:
        case dict():
            known = {name: _with_unknown_fields(item) for name, item in value.items()}
            return known | {"added_later": {"deep": [1, "ä", None]}}
        case list():
            return [_with_unknown_fields(item) for item in value]
    return value

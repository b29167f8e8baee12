"""What the pages say is there is there: links, commands, settings, fields, limits."""

import json
import re
from typing import Any

import msgspec
import pytest
import typer.main
from typer.core import TyperGroup

from stream.cli import app
from stream.domain.alert import decode_alert, encode_alert, pair_id_of
from stream.domain.event import (
    ListingCreatedEvent,
    ListingPosted,
    Message,
    VerdictEvent,
    VerdictGiven,
)
from stream.domain.match import CANDIDATES_LIMIT, VERIFIED_LIMIT, VERIFIED_PHOTOS
from stream.pipeline.decode import decode
from stream.settings import Settings, describe
from stream.shipped import read_policy
from stream.training.data import LabelledListing
from tests.support.documents import ROOT, Document, read_documents

DOCUMENTS = list(read_documents())
README = Document(ROOT / "README.md")
GUIDE = Document(ROOT / "deploy" / "from-demo-to-your-kafka.md")
EVENT, ALERT, VERDICT, LABELLED = (
    json.loads(block.text) for block in README.blocks if block.language == "json"
)

every_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda one: str(one.file.relative_to(ROOT))
)


@every_document
def test_every_link_leads_somewhere(document: Document) -> None:
    for link in document.links:
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (document.file.parent / path).resolve() if path else document.file
        assert target.exists(), link
        assert not anchor or anchor in Document(target).anchors, link


@every_document
def test_every_command_that_is_named_exists_with_its_options(document: Document) -> None:
    for command in [*document.inline_commands, *document.commands]:
        words = command.split()
        if words[0] == "twinlist":
            _check_command(typer.main.get_command(app), words[1:])


@every_document
def test_every_variable_that_is_named_is_a_setting(document: Document) -> None:
    variables = {setting.variable for setting in describe(Settings())} | {
        "TWINLIST_ENV_FILE",
        "TWINLIST_SECRETS_DIR",
    }
    assert set(re.findall(r"TWINLIST_[A-Z0-9_]+", document.text)) <= variables


@pytest.mark.parametrize("document", [README, GUIDE], ids=["readme", "guide"])
def test_every_block_says_what_it_is(document: Document) -> None:
    assert {block.language for block in document.blocks} <= {"sh", "json", "text"}


def test_the_readmes_events_are_read_and_hold_only_fields_that_exist() -> None:
    posted = decode(_message(EVENT, key="bike-2"), max_bytes=2**20)
    assert isinstance(posted, ListingPosted)
    assert _fields(EVENT) <= _fields_of(ListingCreatedEvent, EVENT)

    given = decode(_message(VERDICT, key=ALERT["subject"]), max_bytes=2**20)
    assert isinstance(given, VerdictGiven)
    assert _fields(VERDICT) <= _fields_of(VerdictEvent, VERDICT)


def test_the_readmes_alert_is_what_is_written() -> None:
    alert = decode_alert(json.dumps(ALERT).encode())
    assert json.loads(encode_alert(alert.data, alert.time)) == ALERT
    one, other = (listing.listing_id for listing in alert.data.listings)
    assert alert.data.pair_id == pair_id_of(one, other)


def test_the_readmes_alert_is_one_of_the_shipped_models() -> None:
    policy = read_policy(Settings())
    data = decode_alert(json.dumps(ALERT).encode()).data
    assert data.model_version == policy.model_version
    assert data.policy_version == policy.policy_version
    assert data.threshold == policy.thresholds.default
    assert data.kind == policy.kind(data.evidence)


def test_readme_and_guide_show_one_probability_of_copies() -> None:
    """tests/e2e/test_readme.py holds it against what the models say."""
    (printed,) = (block.text for block in GUIDE.blocks if block.language == "text")
    assert float(printed.split()[-1]) == ALERT["data"]["probability"]


def test_the_readmes_event_alert_and_verdict_belong_together() -> None:
    assert ALERT["data"]["caused_by"] == EVENT["id"]
    assert ALERT["time"] == EVENT["time"]
    assert EVENT["data"].items() >= ALERT["data"]["listings"][1].items()
    assert (
        VERDICT["data"].items()
        >= {name: ALERT["data"][name] for name in ("pair_id", "revision")}.items()
    )


def test_the_readmes_labelled_listing_is_a_line_of_a_manifest() -> None:
    msgspec.convert(LABELLED, LabelledListing)
    assert LABELLED.keys() <= set(LabelledListing.__struct_fields__)


def test_every_field_of_an_alert_that_the_readme_explains_exists() -> None:
    section = README.text.partition("## What an alert means")[2].partition("\n## ")[0]
    explained = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert explained
    assert explained <= ALERT["data"].keys()


@pytest.mark.parametrize(
    "limit",
    [
        f"{CANDIDATES_LIMIT} candidates are looked at and {VERIFIED_LIMIT}",
        f"at most {VERIFIED_PHOTOS} photos of each side",
        f"More than {Settings().max_open_pairs} open pairs",
        f"stays away for {Settings().photos.patience_seconds:g} seconds",
        f"more than {Settings().tombstone_days:g} days ago",
    ],
)
def test_the_limits_that_the_readme_names_are_those_of_the_code(limit: str) -> None:
    assert limit in " ".join(README.text.split())


def _check_command(command: Any, words: list[str]) -> None:
    """Follow the words through the command's tree, as far as they are no values."""
    options = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    for place, word in enumerate(words):
        if word.startswith("--"):
            assert word in options, f"{command.name} has no {word}"
        elif isinstance(command, TyperGroup):
            for name in word.split("|"):
                assert name in command.commands, f"{command.name} has no {name}"
            _check_command(command.commands[word.split("|")[0]], words[place + 1 :])
            return


def _message(event: dict[str, Any], key: str) -> Message:
    value = json.dumps(event).encode()
    return Message(topic="t", partition=0, offset=0, key=key.encode(), value=value)


def _fields(value: object, path: str = "") -> set[str]:
    """Paths of all fields of a JSON value."""
    match value:
        case dict():
            inner = [_fields(item, f"{path}.{name}") for name, item in value.items()]
            return {f"{path}.{name}" for name in value}.union(*inner)
        case list():
            return set().union(*(_fields(item, path) for item in value))
    return set()


def _fields_of(kind: type[msgspec.Struct], event: dict[str, Any]) -> set[str]:
    """Paths of the fields that a type keeps of an event."""
    return _fields(json.loads(msgspec.json.encode(msgspec.convert(event, kind, strict=False))))

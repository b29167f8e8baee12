"""The committed document says what the code does, and its examples fit its schemas."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from stream.adapters.kafka.dead_letters import Provenance
from stream.asyncapi.document import document, schemas
from stream.asyncapi.yaml import to_yaml

COMMITTED = Path(__file__).parents[3] / "deploy" / "asyncapi.yaml"
DOCUMENT = document()
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]


def test_committed_document_is_what_the_code_generates() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == to_yaml(DOCUMENT), (
        "run `python -m stream.asyncapi`, and look whether the change is an addition"
    )


@pytest.mark.parametrize("name", schemas())
def test_schemas_are_json_schema_of_the_draft_that_asyncapi_takes(name: str) -> None:
    Draft7Validator.check_schema(schemas()[name])


@pytest.mark.parametrize("name", [name for name in MESSAGES if name != "deadLetter"])
def test_examples_fit_their_schemas(name: str) -> None:
    message = MESSAGES[name]
    for example in message["examples"]:
        Draft7Validator(DOCUMENT | message["payload"]).validate(example["payload"])


def test_dead_letter_names_every_header_that_is_written() -> None:
    headers = MESSAGES["deadLetter"]["headers"]
    assert set(headers["required"]) == {f"twinlist-{name}" for name in Provenance.__struct_fields__}
    for example in MESSAGES["deadLetter"]["examples"]:
        Draft7Validator(headers).validate(example["headers"])


def test_every_reference_leads_somewhere() -> None:
    for reference in _references(DOCUMENT):
        target: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


def test_yaml_quotes_what_yaml_would_read_otherwise() -> None:
    assert to_yaml({"$ref": "no", "on-off": [], "list": [{"it": 1}, None]}) == (
        '"$ref": "no"\non-off: []\nlist:\n  -\n    it: 1\n  - null\n'
    )


def _references(value: object) -> list[str]:
    match value:
        case {"$ref": str(reference)}:
            return [reference]
        case dict():
            return [found for item in value.values() for found in _references(item)]
        case list():
            return [found for item in value for found in _references(item)]
    return []

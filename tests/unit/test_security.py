"""The security page names tests that exist, and limits that are those of the code."""

import ast
import re

import pytest

from stream.adapters.kafka.record_batches import MOST_HEADERS
from stream.adapters.kafka.unpacking import LARGEST_BYTES
from stream.domain.listing import MAX_PHOTOS
from stream.settings import PhotoSettings
from stream.training.evaluation.edits import MEASURED
from tests.support.documents import ROOT

PAGE = (ROOT / "deploy" / "security.md").read_text()
BEFORE, HIDING, AFTER = re.split(
    r"(### Who hides.*?)(?=^### )", PAGE, flags=re.DOTALL | re.MULTILINE
)


def rows_of(text: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in text.splitlines()
        if line.startswith("| ") and not line.startswith(("| --- ", "| input ", "| trick "))
    ]


ROWS = rows_of(BEFORE + AFTER)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_every_kind_of_input_is_shown_by_a_test(row: list[str]) -> None:
    _, outcome, shown = row
    assert outcome
    file = ""
    named = re.findall(r"`([^`]*)::(\w+)`", shown)
    assert named or shown == "likewise"
    for path, name in named:
        file = path or file
        tree = ast.parse((ROOT / file).read_text())
        tests = {
            node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert name in tests, file


def test_every_trick_that_is_measured_has_its_place_and_no_other() -> None:
    named = [name for _, rows, *_ in rows_of(HIDING) for name in re.findall(r"`([^`]+)`", rows)]
    assert sorted(named) == sorted(MEASURED)


def test_the_limits_that_are_named_are_those_of_the_code() -> None:
    photos = PhotoSettings()
    text = " ".join(PAGE.split())
    for limit in (
        f"{photos.max_redirects} are followed",
        f"after {photos.read_timeout_seconds:g} s of silence, {photos.timeout_seconds:g} s a try, "
        f"{photos.patience_seconds:g} s in all",
        f"Cut off at {photos.max_bytes // 2**20} MiB",
        f"{photos.host_concurrency} at once of one host",
        f"left out {photos.deadline_seconds:g} s after",
        f"killed after {photos.decode_timeout_seconds:g} s",
        f"More than {MAX_PHOTOS} photos",
        f"More than {MOST_HEADERS} headers",
        f"unpacks to more than {LARGEST_BYTES // 2**20} MiB",
    ):
        assert limit in text

"""What the runbook says of log lines and exit codes is what the code does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stream import cli
from stream.adapters.kafka import faust_app
from stream.cli_topics import _DIFFERS_STATUS
from stream.domain.errors import PhotoErrorReason, StopError

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "deploy" / "runbook.md").read_text()
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def _rows(section: str) -> list[list[str]]:
    """The cells of the section's table, without its head."""
    text = RUNBOOK.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[2:]]


def _logged() -> Iterator[tuple[str, str]]:
    """What is logged anywhere in the source, and how severe."""
    for file in sorted((ROOT / "stream").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="_log"), attr=level),
                    args=[message, *_],
                ) if level in LEVELS:
                    assert isinstance(message, ast.Constant), f"{file}:{node.lineno}"
                    yield str(message.value), "error" if level == "exception" else level


def test_every_log_line_is_explained_with_its_level_and_no_other_is() -> None:
    explained = {(row[0].strip("`"), row[1]) for row in _rows("Log lines")}
    assert explained == set(_logged())


def test_loggers_have_one_name_so_that_their_lines_are_found() -> None:
    made = re.compile(
        r"^(\w+) = (?:structlog\.stdlib\.get_logger|logging\.getLogger)\(__name__", re.MULTILINE
    )
    names = {
        name for file in (ROOT / "stream").rglob("*.py") for name in made.findall(file.read_text())
    }
    assert names == {"_log"}


@pytest.mark.parametrize("reason", PhotoErrorReason)
def test_every_reason_why_a_photo_fails_is_explained(reason: PhotoErrorReason) -> None:
    section = RUNBOOK.partition("\n### TwinlistPhotosFail\n")[2].partition("\n### ")[0]
    assert f"`{reason}`" in section


def test_the_exit_codes_are_all_there() -> None:
    assert [row[0] for row in _rows("Exit codes")] == [
        "0",
        "1",
        "2",
        str(_DIFFERS_STATUS),
        "130",
        "143",
    ]


def test_a_command_that_is_done_ends_with_0() -> None:
    assert CliRunner().invoke(cli.app, ["settings"]).exit_code == 0


@pytest.mark.parametrize(
    ("error", "code"), [(StopError("a topic is missing"), 1), (KeyboardInterrupt(), 130)]
)
def test_a_worker_ends_with_1_and_one_sentence_or_as_a_signal_says(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    async def work(_: object) -> None:
        raise error

    monkeypatch.setattr("stream.app.work", work)
    done = CliRunner().invoke(cli.app, ["worker"])
    assert done.exit_code == code
    assert len(done.stderr.splitlines()) == 1


def test_a_command_line_that_is_not_understood_ends_with_2() -> None:
    assert CliRunner().invoke(cli.app, ["worker", "--hurry"]).exit_code == 2


def test_faust_does_not_log_in_our_name() -> None:
    """Its services take the name of the module that subclasses them, and would need rows here."""
    for service in (faust_app.WorkerApp, faust_app._Consumer, faust_app._ConsumerThread):
        assert service.logger.name == "faust"

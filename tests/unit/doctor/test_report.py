"""Findings on the screen and for machines."""

from io import StringIO

import msgspec
import pytest
from rich.console import Console

from stream.doctor.finding import Finding, State
from stream.doctor.report import Report, print_json, print_lines, report_of

FINE = Finding("qdrant", State.OK, "answers")
ODD = Finding("kafka sizes", State.WARNING, "small", "make it [bold]larger[/bold]")
BAD = Finding("triton", State.WRONG, "away:\n\x1b[2Jgone " + "x" * 200, "start it")


def _console(*, is_terminal: bool = False) -> Console:
    return Console(
        file=StringIO(),
        width=40,
        force_terminal=is_terminal,
        color_system="standard" if is_terminal else "auto",
        no_color=False,
    )


def _text(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_piped_it_is_plain_and_a_line_a_check() -> None:
    console = _console()
    print_lines(report_of([FINE, ODD, BAD]), console)
    assert _text(console).splitlines() == [
        "ok      qdrant              answers",
        "warning kafka sizes         small -> make it [bold]larger[/bold]",
        f"wrong   triton              away:  [2Jgone {'x' * 200} -> start it",
    ]


def test_what_was_skipped_of_a_part_is_one_line_for_each_cause() -> None:
    causes = (("topics", "kafka"), ("sizes", "kafka"), ("group", "kafka topics"))
    findings = [
        FINE,
        *(Finding(f"kafka {check}", State.SKIPPED, f"see {cause}") for check, cause in causes),
        Finding("qdrant version", State.SKIPPED, "see qdrant"),
    ]
    console = _console()
    print_lines(report_of(findings), console)
    assert _text(console).splitlines() == [
        "ok      qdrant              answers",
        "skipped kafka               topics, sizes: see kafka",
        "skipped kafka               group: see kafka topics",
        "skipped qdrant              version: see qdrant",
    ]


def test_on_a_terminal_the_state_has_a_colour() -> None:
    console = _console(is_terminal=True)
    print_lines(report_of([FINE]), console)
    assert _text(console).startswith("\x1b[32mok")


def test_machines_get_one_object_that_reads_back() -> None:
    console = _console()
    print_json(report_of([FINE, BAD]), console)
    report = msgspec.json.decode(_text(console), type=Report)
    assert report == Report(State.WRONG, (FINE, BAD))


@pytest.mark.parametrize(
    ("findings", "state"),
    [
        ([Finding("kafka sizes", State.SKIPPED, "see kafka"), FINE], State.OK),
        ([FINE], State.OK),
        ([FINE, ODD], State.WARNING),
        ([BAD, ODD, FINE], State.WRONG),
    ],
)
def test_all_is_as_grave_as_the_gravest(findings: list[Finding], state: State) -> None:
    assert report_of(findings).state is state

"""Findings on the screen: one line a check for people, one object for machines."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec
from rich.console import Console
from rich.text import Text

from stream.doctor.finding import Finding, State

_STYLES = {
    State.OK: "green",
    State.WARNING: "yellow",
    State.SKIPPED: "dim",
    State.WRONG: "bold red",
}
_NAME_WIDTH = 20


class Report(msgspec.Struct, frozen=True):
    """What `--json` prints."""

    state: State
    findings: tuple[Finding, ...]


def report_of(findings: Sequence[Finding]) -> Report:
    """Sum up: as grave as the gravest finding."""
    states = {finding.state for finding in findings}
    gravest = next((s for s in (State.WRONG, State.WARNING) if s in states), State.OK)
    return Report(gravest, tuple(findings))


def print_lines(report: Report, console: Console) -> None:
    """Print a line for each finding: plain where the console is no terminal.

    What was skipped of a part for one cause is one line, so that what is wrong stands out.
    """
    for finding in _folded(report.findings):
        line = Text.assemble(
            (f"{finding.state:8}", _STYLES[finding.state]),
            f"{finding.name:{_NAME_WIDTH}}",
            _one_line(finding.seen),
        )
        if finding.mend:
            line.append(f" -> {_one_line(finding.mend)}", style="bold")
        console.print(line, soft_wrap=True, highlight=False)


def _folded(findings: Sequence[Finding]) -> Iterator[Finding]:
    for (part, state, seen), group in groupby(findings, _part_state_and_seen):
        same = list(group)
        if state is State.SKIPPED:
            checks = ", ".join(one.name.removeprefix(f"{part} ") for one in same)
            yield Finding(part, state, f"{checks}: {seen}")
        else:
            yield from same


def _part_state_and_seen(finding: Finding) -> tuple[str, State, str]:
    return finding.name.partition(" ")[0], finding.state, finding.seen


def print_json(report: Report, console: Console) -> None:
    """Print the report as one JSON object."""
    text = msgspec.json.format(msgspec.json.encode(report)).decode()
    console.print(text, soft_wrap=True, highlight=False, markup=False, style=None)


def _one_line(text: str) -> str:
    """What a server says may hold anything; a line stays one, and commands no terminal."""
    return "".join(one if one.isprintable() else " " for one in " ".join(text.split()))

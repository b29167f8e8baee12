"""The command `twinlist backfill`."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from stream.cli_frame import Json, Verbose, frame, print_json
from stream.domain.errors import StopError
from stream.niceness import leave_processor_to_others
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.adapters.kafka.backfill_record import Record
    from stream.adapters.kafka.live_lag import LiveLag
    from stream.backfill.dry_run import DryRun
    from stream.backfill.into import IntoOptions
    from stream.backfill.pace import Pace
    from stream.backfill.run import BackfillReport

_STOPPED_STATUS = 130
_LINE_SECONDS = 30
"""How often progress is told where there is no terminal."""


def backfill(
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="First event: earliest (the default), an offset, or an RFC 3339 time.",
        ),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(
            "--to", help="Where it ends: latest (the default; at the start), an offset, a time."
        ),
    ] = None,
    alerts: Annotated[
        str | None,
        typer.Option(
            help="Alerts to send: none; new (the default), those never sent; all that the ledger "
            "has, also once more; or a topic, for all of them and nobody else."
        ),
    ] = None,
    into: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Replay as it was: in the order of event time, by one process, into a shadow of "
            "the index and the ledger that nobody is alerted from.",
        ),
    ] = "",
    compare: Annotated[
        bool,
        typer.Option("--compare", help="With --into: say at the end where live differs, and why."),
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Only say what it would do.")] = False,
    share: Annotated[
        float,
        typer.Option(help="Of what a worker takes at once: events, photos.", min=0.01, max=1),
    ] = 0.25,
    yield_after: Annotated[
        float,
        typer.Option(help="Slow down when a live event has waited for so many seconds.", min=0.5),
    ] = 3,
    run: Annotated[
        str, typer.Option(help="A name of your own, to replay a range that was replayed before.")
    ] = "",
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Replay a range of listing events, beside live workers and as many times as you like.

    Start it in several places to share the work. When it was stopped, or killed, the same command
    goes on. Nothing is fetched or encoded twice, and no alert is sent twice unless you ask for it.
    """
    with frame(is_verbose=verbose):
        from stream.adapters.kafka.backfill_range import EARLIEST, LATEST, parse_range

        is_any_range = start is None and end is None
        wanted = parse_range(start or EARLIEST, end or LATEST)
        leave_processor_to_others()
        if into or compare:
            _check_into(into, alerts, run, is_dry_run=dry_run)

            from stream.backfill.into import IntoOptions

            options = IntoOptions(
                name=into,
                wanted=None if is_any_range else wanted,
                share=share,
                yield_seconds=yield_after,
            )
            _backfill_into(options, is_compared=compare, as_json=as_json)
            return

        from stream.backfill.alerts import AlertChoice
        from stream.backfill.dry_run import dry_run as try_out
        from stream.backfill.run import BackfillOptions
        from stream.backfill.run import backfill as replay

        settings = Settings()
        chosen = BackfillOptions(
            wanted=wanted,
            alerts=AlertChoice(alerts or "new"),
            share=share,
            yield_seconds=yield_after,
            run=run,
        )
        with _progress() as screen:
            if dry_run:
                tried = asyncio.run(try_out(settings, chosen, screen.show))
            else:
                report = asyncio.run(replay(settings, chosen, screen.show_record))
        if dry_run:
            print_json(tried) if as_json else _print_dry_run(tried)
            return
        print_json(report) if as_json else _print_report(report, "--run NAME does it again")
        if not report.is_done:
            raise typer.Exit(_STOPPED_STATUS)


def _check_into(into: str, alerts: str | None, run: str, *, is_dry_run: bool) -> None:
    """Raise `StopError` for options that mean nothing together."""
    if not into:
        raise StopError("--compare compares a shadow with what is live: name it, --into NAME")
    if alerts not in {None, "none"}:
        raise StopError(f"--into {into} alerts nobody: leave out --alerts {alerts}")
    if run:
        raise StopError(f"--into {into} is a name of its own: leave out --run {run}")
    if is_dry_run:
        raise StopError("--dry-run counts what the live index lacks: leave it out, or --into")


def _backfill_into(options: "IntoOptions", *, is_compared: bool, as_json: bool) -> None:
    from stream.backfill.compare import compare
    from stream.backfill.comparison_table import print_comparison
    from stream.backfill.into import backfill_into

    settings = Settings()
    with _progress() as screen:
        report = asyncio.run(backfill_into(settings, options, screen.show_record))
    if not as_json:
        _print_report(report, "--into another name does it again")
    if is_compared and report.is_done:
        comparison = asyncio.run(compare(settings, options.name))
        if as_json:
            print_json({"replay": report, "comparison": comparison})
        else:
            print_comparison(comparison, Console())
    elif as_json:
        print_json(report)
    if not report.is_done:
        raise typer.Exit(_STOPPED_STATUS)


class _Screen:
    """Shows how far a backfill is: a bar on a terminal, elsewhere a line now and then."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("reading", total=None, rate="")
        self._told = self._began = time.monotonic()
        self._first: int | None = None

    def show(self, done: int, total: int, doing: str = "reading") -> None:
        """So many events of so many are done, by all processes."""
        now = time.monotonic()
        self._first = done if self._first is None else self._first
        rate = f"{(done - self._first) / max(now - self._began, 1e-3):.0f} events/s"
        self._progress.update(self._task, completed=done, total=total, description=doing, rate=rate)
        if self._progress.disable and now - self._told >= _LINE_SECONDS:
            self._told = now
            typer.echo(f"twinlist: {doing}: {done} of {total} events, {rate}", err=True)

    def show_record(self, record: "Record", live: "LiveLag", pace: "Pace") -> None:
        """How far all processes are, and whether the live stream waits."""
        if not record:
            return
        done = sum(stretch.done for stretch in record.values())
        total = sum(stretch.end - stretch.start for stretch in record.values())
        waits = f"live waits {live.oldest_seconds:.0f} s, {live.events} events"
        self.show(done, total, "replaying" if pace.is_open else f"giving way ({waits})")


@contextmanager
def _progress() -> Iterator[_Screen]:
    console = Console(stderr=True)
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        yield _Screen(progress)


def _print_dry_run(tried: "DryRun") -> None:
    found = tried.estimate
    if tried.done_before:
        typer.echo(f"{tried.done_before:>10}  events were replayed before; the rest is told here")
    lines: list[tuple[str, str]] = [
        (f"{found.events}", f"events in {tried.range}"),
        (f"{found.to_do}", "of them bring something that is not indexed"),
        (f"{found.skipped}", "are superseded, or were done before"),
        (f"{found.dead_letters}", "cannot be read, and become dead letters"),
        (f"{found.photos_to_fetch}", "photos to fetch"),
        (
            f"{found.photos_to_encode}",
            f"photos to encode at most; Triton encodes {found.photos_per_second:.0f} a second now",
        ),
        (_time(found.seconds), "at that rate, without waiting for photo servers or live events"),
        (_bytes(found.index_bytes), "more in the index"),
    ]
    _print_lines([*lines, *_left_to_live(tried.left_to_live)])


def _print_report(report: "BackfillReport", once_more: str) -> None:
    if report.is_done and report.done_before == report.events:
        typer.echo(f"twinlist: this range was replayed before; {once_more}", err=True)
    tally = report.tally
    _print_lines(
        [
            (f"{report.done}", f"of {report.events} offsets in {report.range} are done"),
            (f"{tally.processed}", "events processed"),
            (f"{tally.stale}", "skipped as stale"),
            (f"{tally.repeated}", "skipped because they were done before"),
            (f"{tally.dead_letters}", "dead letters"),
            (f"{tally.pairs_found}", "pairs found"),
            (f"{tally.alerts}", "alerts sent"),
            *_left_to_live(report.left_to_live),
        ]
    )
    if not report.is_done:
        typer.echo("twinlist: stopped; the same command goes on from here", err=True)


def _left_to_live(count: int) -> list[tuple[str, str]]:
    meaning = "more are left to live workers, who have not done them yet and will alert"
    return [(f"{count}", meaning)] if count else []


def _print_lines(lines: list[tuple[str, str]]) -> None:
    for figure, meaning in lines:
        typer.echo(f"{figure:>10}  {meaning}")


def _time(seconds: float) -> str:
    for unit, length in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"


def _bytes(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"

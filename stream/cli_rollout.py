"""The command `twinlist rollout`."""

import asyncio
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from stream.cli_frame import Json, Verbose, frame, print_json
from stream.niceness import leave_processor_to_others
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.domain.policy import Policy
    from stream.rollout.diff import Diff
    from stream.rollout.follow import Followed
    from stream.rollout.status import Status

_STOPPED_STATUS = 130
_LINE_SECONDS = 10
"""How often progress is told."""

rollout = typer.Typer(
    help="Put another model and policy in use while the ones before it serve.",
    no_args_is_help=True,
)


@rollout.command()
def start(
    policy: Annotated[Path, typer.Argument(help="The policy, of the model that it names.")],
    share: Annotated[
        float,
        typer.Option(help="Of what a worker takes at once: events, photos.", min=0.01, max=1),
    ] = 0.25,
    yield_after: Annotated[
        float,
        typer.Option(help="Slow down when a live event has waited for so many seconds.", min=0.5),
    ] = 3,
    verbose: Verbose = False,
) -> None:
    """Fill the new model's index from the topic, then keep it up with what happens.

    Alerts stay those of the model in use. Start it in several places to share the work. When it was
    stopped, or killed, the same command goes on. It ends by itself after `finish` or `abort`.
    """
    with frame(is_verbose=verbose):
        from stream.rollout.follow import Effort
        from stream.rollout.start import start as begin

        settings, told = Settings(), _Told()
        wanted = _read(policy)
        leave_processor_to_others()
        effort = Effort(share=share, yield_seconds=yield_after)
        if not asyncio.run(begin(settings, wanted, effort, told.show)):
            typer.echo("twinlist: stopped; the same command goes on from here", err=True)
            raise typer.Exit(_STOPPED_STATUS)
        typer.echo("twinlist: the rollout needs nothing more of this process", err=True)


@rollout.command()
def status(as_json: Json = False) -> None:
    """Say what is in use, which workers run it, and how far a rollout is."""
    with frame():
        from stream.rollout.status import read_status

        found = asyncio.run(read_status(Settings()))
        print_json(found) if as_json else _print_status(found)


@rollout.command()
def diff(
    page: Annotated[
        Path | None, typer.Option(help="Write a page of pairs with their photos side by side.")
    ] = None,
    examples: Annotated[int, typer.Option(help="Pairs on the page, at most.", min=1)] = 60,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Say which alerts `finish` would raise, take back and change; changes nothing."""
    with frame(is_verbose=verbose):
        from stream.rollout.diff import diff as compare
        from stream.rollout.page import draw_page

        settings, told = Settings(), _Told()
        found, shown = asyncio.run(
            compare(
                settings,
                examples if page is not None else 0,
                lambda count: told.tell(f"{count} pairs compared"),
            )
        )
        print_json(found) if as_json else _print_diff(found)
        if page is not None:
            drawn = asyncio.run(draw_page(found, shown, settings.photos))
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(drawn, encoding="utf-8")
            typer.echo(f"twinlist: {len(shown)} pairs with their photos: {page}", err=True)


@rollout.command()
def finish(
    behind: Annotated[
        int, typer.Option(help="Events that the new index may be behind at the switch.", min=0)
    ] = 100,
    missing: Annotated[int, typer.Option(help="Listings that may be missing in it.", min=0)] = 0,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Switch all workers to the new model and policy, then bring every alert to what they say.

    Refuses before anything is changed while the new index is not up to it. Killed later, the same
    command goes on.
    """
    with frame(is_verbose=verbose):
        from stream.rollout.finish import FinishOptions
        from stream.rollout.finish import finish as end

        told = _Told()
        options = FinishOptions(behind=behind, missing=missing)
        done = asyncio.run(end(Settings(), options, told.tell))
        if as_json:
            print_json(done)
            return
        counted = ", ".join(f"{count} {outcome}" for outcome, count in done.outcomes.items())
        typer.echo(f"model {_name(done.policy)} is in use; pairs: {counted or 'none'}")
        typer.echo(
            f"To go back: `twinlist rollout start` with the policy {done.before.policy_version} of "
            f"model {done.before.model_version}, then `finish`. To give that up, which a delete's "
            "erasure asks for: `twinlist rollout forget`"
        )


@rollout.command()
def abort(verbose: Verbose = False) -> None:
    """Undo a rollout before its switch; what it has filled is removed."""
    with frame(is_verbose=verbose):
        from stream.rollout.abort import abort as undo

        typer.echo(f"the rollout of model {_name(asyncio.run(undo(Settings())))} is undone")


@rollout.command()
def forget(verbose: Verbose = False) -> None:
    """Remove what is kept for going back to the model before."""
    with frame(is_verbose=verbose):
        from stream.rollout.abort import forget as give_up

        forgotten = asyncio.run(give_up(Settings()))
        typer.echo(f"removed: model {_name(forgotten)}" if forgotten else "nothing is kept")


def _read(file: Path) -> "Policy":
    from stream.shipped import read_policy_file

    return read_policy_file(
        file,
        mend="`twinlist rollout start POLICY` takes the file of the new model's policy, as "
        "`twinlist calibrate` writes it",
    )


def _name(policy: "Policy") -> str:
    return f"{policy.model_version} with policy {policy.policy_version}"


class _Told:
    """Tells on standard error what is going on: at once what is new, the same now and again."""

    def __init__(self) -> None:
        self._kind = ""
        self._told_at = -float(_LINE_SECONDS)
        self._done: tuple[float, int] | None = None

    def show(self, followed: "Followed") -> None:
        """How far a rollout's processes are."""
        now, lag = time.monotonic(), followed.lag
        began, first = self._done = self._done or (now, lag.done)
        rate = (lag.done - first) / max(now - began, 1e-3)
        left = f", {_duration(lag.behind / rate)} left" if lag.behind and rate > 0 else ""
        missing = followed.missing
        line = f"{lag.behind} events behind, {rate:.0f} events/s{left}"
        if missing is not None and missing.listings:
            line += f"; {missing.listings} listings are missing, their photos cannot be had"
        if followed.is_giving_way:
            line += f"; giving way, live waits {followed.live.oldest_seconds:.0f} s"
        self.tell(line, kind="giving way" if followed.is_giving_way else "following")

    def tell(self, line: str, kind: str = "") -> None:
        """Tell a line, unless one of its kind was told a moment ago."""
        now, kind = time.monotonic(), kind or re.sub(r"\d+", "", line.partition(":")[0])
        if kind != self._kind or now - self._told_at >= _LINE_SECONDS:
            self._kind, self._told_at = kind, now
            typer.echo(f"twinlist: {line}", err=True)


def _print_status(found: "Status") -> None:
    typer.echo(f"in use: model {found.model_version}, policy {found.policy_version}")
    workers = ", ".join(f"{count} with model {name}" for name, count in found.workers.items())
    typer.echo(f"workers: {workers or 'none'}")
    if found.kept_model_version is not None:
        typer.echo(f"kept for going back: model {found.kept_model_version}")
    under_way = found.rollout
    if under_way is None:
        typer.echo("no rollout is under way")
        return
    typer.echo(
        f"rollout: model {under_way.model_version}, policy {under_way.policy_version}, "
        f"{under_way.phase} since {under_way.started_at:%Y-%m-%d %H:%M:%SZ}"
    )
    typer.echo(f"filled by: {under_way.processes} processes")
    left = "" if under_way.seconds_left is None else f", {_duration(under_way.seconds_left)} left"
    typer.echo(
        f"events: {under_way.events_done} done, {under_way.events_behind} behind, "
        f"{under_way.events_per_second:.0f} a second{left}"
    )
    if under_way.listings_missing is not None:
        typer.echo(f"listings missing in the new index: {under_way.listings_missing}")


def _print_diff(found: "Diff") -> None:
    from stream.rollout.diff import Fate

    table = Table("category", "probability", *(str(fate) for fate in Fate))
    for (categories, probability), counts in found.table().items():
        table.add_row(categories, probability, *(str(counts.get(fate, "")) for fate in Fate))
    if table.row_count:
        Console().print(table)
    totals = ", ".join(f"{found.total(fate)} {fate}" for fate in Fate)
    typer.echo(f"model {found.model_version}, policy {found.policy_version}: {totals}")


def _duration(seconds: float) -> str:
    for unit, length in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"

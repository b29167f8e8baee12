"""The command `twinlist redecide`."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from stream.cli_frame import Json, Verbose, frame, print_json
from stream.domain.errors import StopError
from stream.domain.policy import Policy
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.domain.event import Cause
    from stream.pipeline.redecide import Redecided, Redecision


Row = tuple[str, str, str]
"""Categories, tenth of the probability, outcome."""


def redecide(
    policy: Annotated[Path, typer.Option(help="The policy to decide by, as `calibrate` writes.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would change; change nothing.")
    ] = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Decide all pairs again by another policy, from what the ledger keeps; needs no Triton.

    Give the workers the policy first. It may run beside them, be killed, and be repeated.

    Lists pairs raised and retracted; as JSON, one object a line, those that stay open, too.
    """
    with frame(is_verbose=verbose):
        from stream.pipeline.redecide import Outcome

        settings = Settings()
        chosen = _read(settings, policy)

        async def run() -> Counter[Row]:
            rows: Counter[Row] = Counter()
            async with _open(settings, chosen, is_dry_run=dry_run) as redecision:
                with _progress(await redecision.ledger.count_all()) as advance:
                    async for page in redecision.run(_cause(chosen)):
                        for one in page:
                            if as_json and one.outcome is not Outcome.CLOSED:
                                print_json(one, indent=-1)
                            elif not as_json and one.outcome in {Outcome.RAISED, Outcome.RETRACTED}:
                                typer.echo(_line(one))
                        rows.update(map(_row, page))
                        advance(len(page))
            return rows

        _report(asyncio.run(run()), chosen, is_dry_run=dry_run)


def _read(settings: Settings, file: Path) -> Policy:
    """Read the policy and compare it with the one in use. Raises `StopError` if it cannot hold."""
    from stream.pipeline.redecide import out_of_reach
    from stream.shipped import read_policy, read_policy_file

    used = read_policy(settings)
    chosen = read_policy_file(
        file, mend="`--policy POLICY` takes the file of a policy, as `twinlist calibrate` writes it"
    )
    if chosen.model_version != used.model_version:
        raise StopError(
            f"the policy {file} is for model {chosen.model_version}, and what the ledger keeps is "
            f"of model {used.model_version}, by the policy in use: another model's thresholds mean "
            "nothing to it"
        )
    if chosen.policy_version == used.policy_version and chosen != used:
        raise StopError(
            f"the policy {file} differs from the one in use and has its policy_version, "
            f"{used.policy_version}: give it one of its own, since alerts name it"
        )
    for name, threshold in out_of_reach(chosen, used.near_miss_floor).items():
        typer.echo(
            f"twinlist: the threshold {threshold:g} ({name}) is below {used.near_miss_floor:g}, "
            "from which on the policy in use keeps near misses (near_miss_floor): what is less "
            "likely than that is not in the ledger and cannot be raised; replay its events for it",
            err=True,
        )
    return chosen


@asynccontextmanager
async def _open(
    settings: Settings, policy: Policy, *, is_dry_run: bool
) -> AsyncIterator["Redecision"]:
    from stream.adapters.kafka.producer import open_producer
    from stream.adapters.kafka.publisher import KafkaAlertPublisher
    from stream.adapters.qdrant.control import check_in_use
    from stream.adapters.qdrant.store import open_records
    from stream.pipeline.redecide import Redecision

    await check_in_use(settings.qdrant, policy.model_version)
    async with AsyncExitStack() as opened:
        records = await opened.enter_async_context(
            open_records(settings.qdrant, policy.model_version)
        )
        publisher = None
        if not is_dry_run:
            producer = await opened.enter_async_context(open_producer(settings.kafka))
            publisher = KafkaAlertPublisher(producer, settings.kafka.duplicate_alerts)
        yield Redecision(
            heads=records.heads,
            ledger=records.ledger,
            publisher=publisher,
            policy=policy,
            max_open_pairs=settings.max_open_pairs,
        )


def _cause(policy: Policy) -> "Cause":
    from stream.domain.alert import Origin
    from stream.domain.event import Cause

    now = datetime.now(UTC)
    return Cause(f"redecide-{policy.policy_version}-{now:%Y%m%dT%H%M%SZ}", now, Origin.BACKFILL)


def _line(one: "Redecided") -> str:
    probability = f"{one.probability:.4f}" if one.probability is not None else "-"
    return (
        f"{one.outcome:<9}  {probability} of {one.threshold:g}  {_categories(one)}  "
        f"{' '.join(one.listings)}  {one.pair_id}"
    )


def _row(one: "Redecided") -> Row:
    if one.probability is None:
        return _categories(one), "-", one.outcome
    tenth = min(9, int(one.probability * 10)) / 10
    return _categories(one), f"{tenth:.1f} to {tenth + 0.1:.1f}", one.outcome


def _categories(one: "Redecided") -> str:
    return " + ".join(one.categories) or "-"


def _report(rows: Counter[Row], policy: Policy, *, is_dry_run: bool) -> None:
    """Say on standard error what became of how many, so that standard output stays for pairs."""
    from stream.pipeline.redecide import Outcome

    console = Console(stderr=True)
    told = [one for one in Outcome if one is not Outcome.CLOSED]
    table = Table("category", "probability", *told)
    for categories, tenth in sorted({row[:2] for row in rows}):
        counts = [rows[categories, tenth, one] for one in told]
        if any(counts):
            table.add_row(categories, tenth, *(str(count or "") for count in counts))
    if table.row_count:
        console.print(table)
    totals: Counter[str] = Counter()
    for (_, _, outcome), count in rows.items():
        totals[outcome] += count
    counted = ", ".join(f"{totals[one]} {one}" for one in Outcome if totals[one]) or "no pairs"
    would = "would be decided so, and nothing was changed" if is_dry_run else "done"
    typer.echo(f"twinlist: policy {policy.policy_version}: {counted}: {would}", err=True)
    if totals[Outcome.UNKNOWN]:
        typer.echo(
            f"twinlist: {totals[Outcome.UNKNOWN]} unknown: their photos, the model or the listed "
            "stock photos have changed since they were compared; they stay as they are until an "
            "event of one of their listings",
            err=True,
        )


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Show, on a terminal, how far it is, with the time left."""
    console = Console(stderr=True)
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("Deciding pairs again", total=total)
        yield lambda count: progress.advance(task, count)

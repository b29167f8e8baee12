"""The commands `twinlist dead-letters …`."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress

from stream.cli_frame import Json, Verbose, frame, print_json
from stream.domain.errors import DeadLetterReason, StopError
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.adapters.kafka.dead_letters import DeadLetter
    from stream.adapters.kafka.replay import Selection

dead_letters = typer.Typer(help="Events that could not be used.", no_args_is_help=True)

_OTHERS = "(not written by Twinlist)"

Reasons = Annotated[
    list[str] | None, typer.Option("--reason", help="Only these reasons; all by default.")
]
Listing = Annotated[
    str | None, typer.Option("--listing", help="Only of this listing, or pair for verdicts.")
]
Hours = Annotated[
    float | None, typer.Option("--hours", help="Only of the last so many hours.", min=0)
]
Partition = Annotated[int, typer.Argument(help="Partition, as `list` prints it.")]
Offset = Annotated[int, typer.Argument(help="Offset, as `list` prints it.")]


class ReasonCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many dead letters there are of a reason, and from when."""

    reason: str
    count: int
    oldest: datetime | None
    newest: datetime | None


@dead_letters.command("list")
def list_dead_letters(
    reason: Reasons = None,
    listing: Listing = None,
    hours: Hours = None,
    summary: Annotated[bool, typer.Option(help="Only how many there are of each reason.")] = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """List dead letters: where they lie, how old they are, of which listing, and why.

    It is the topic's history: one that was replayed stays.

    As JSON one object a line, with the original key, value and headers in base64.
    """
    with frame(is_verbose=verbose):
        from stream.adapters.kafka import replay

        selection = _selection(reason, listing, hours)

        async def run() -> None:
            found = replay.find_dead_letters(Settings().kafka, selection)
            if summary:
                counts = summarise([letter async for letter in found])
                _print_summary(counts, is_json=as_json)
                if not counts:
                    _tell_none(selection)
                return
            is_empty = True
            async for letter in found:
                is_empty = False
                if as_json:
                    print_json(letter, indent=-1)
                else:
                    age = _age(letter.given_up_at)
                    typer.echo(f"{letter.partition} {letter.offset}  {age:>6}  {letter.summary}")
            if is_empty:
                _tell_none(selection)

        asyncio.run(run())


@dead_letters.command("show")
def show_dead_letter(
    partition: Partition, offset: Offset, as_json: Json = False, verbose: Verbose = False
) -> None:
    """Show one dead letter, its history and its original bytes too, escaped."""
    with frame(is_verbose=verbose):
        from stream.adapters.kafka import replay

        async def run() -> bool:
            is_there, settings = False, Settings().kafka
            selection = replay.Selection(partition=partition, offset=offset)
            async for letter in replay.find_dead_letters(settings, selection):
                is_there = True
                whole = await replay.read_original(settings, letter) or letter
                if as_json:
                    print_json(whole)
                else:
                    _print_lines(whole)
            return is_there

        if not asyncio.run(run()):
            raise StopError(f"there is no dead letter at {partition} {offset}")


@dead_letters.command("replay")
def replay_dead_letters(
    reason: Reasons = None,
    listing: Listing = None,
    hours: Hours = None,
    partition: Annotated[int | None, typer.Option(help="Only of this partition.")] = None,
    offset: Annotated[int | None, typer.Option(help="Only at this offset.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Only say what would be sent.")] = False,
    verbose: Verbose = False,
) -> None:
    """Send dead letters back to the topic and partition that they came from.

    All that are selected are sent, whether or not they were before: that is harmless.
    """
    with frame(is_verbose=verbose):
        from stream.adapters.kafka import replay

        selection = msgspec.structs.replace(
            _selection(reason, listing, hours), partition=partition, offset=offset
        )

        async def run() -> None:
            counts = dict.fromkeys(("sent", "would send", "not sent"), 0)
            with _progress() as tell:
                async for replayed in replay.replay_dead_letters(
                    Settings().kafka, selection, is_dry_run=dry_run, tell=tell
                ):
                    if replayed.obstacle:
                        done = "not sent"
                    else:
                        done = "sent" if replayed.is_sent else "would send"
                    counts[done] += 1
                    why = f"  ({replayed.obstacle})" if replayed.obstacle else ""
                    typer.echo(f"{done}  {replayed.letter.summary}{why}")
            told = ", ".join(f"{count} {done}" for done, count in counts.items() if count)
            if told:
                typer.echo(f"twinlist: {told}", err=True)
            else:
                _tell_none(selection)

        asyncio.run(run())


def summarise(letters: "Iterable[DeadLetter]") -> list[ReasonCount]:
    """Count dead letters by reason, the most frequent first."""
    times: dict[str, list[datetime]] = {}
    counts: dict[str, int] = {}
    for letter in letters:
        reason = letter.reason or _OTHERS
        counts[reason] = counts.get(reason, 0) + 1
        if letter.given_up_at is not None:
            times.setdefault(reason, []).append(letter.given_up_at)
    return [
        ReasonCount(
            reason=reason,
            count=count,
            oldest=min(times.get(reason, ()), default=None),
            newest=max(times.get(reason, ()), default=None),
        )
        for reason, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    ]


def _print_summary(counts: list[ReasonCount], *, is_json: bool) -> None:
    if is_json:
        print_json(counts)
        return
    for one in counts:
        ages = f"{_age(one.newest)} to {_age(one.oldest)} old" if one.oldest is not None else ""
        typer.echo(f"{one.count:>7}  {one.reason}  {ages}".rstrip())


def _print_lines(letter: "DeadLetter") -> None:
    typer.echo(letter.summary)
    if letter.origin is not None:
        gave_up = f"after {letter.origin.attempts} tries, at {letter.origin.time}"
        by = f"by Twinlist {letter.origin.version}, models {letter.origin.model or 'not named'}"
        typer.echo(f"given up {gave_up}, {by}")
    for failure in letter.history:
        typer.echo(f"earlier  {failure.reason}, after {failure.attempts} tries, at {failure.time}")
    if letter.reference is not None:
        size = letter.reference.bytes
        typer.echo(f"the original, {size} bytes, is not kept any more where it was read")
        return
    typer.echo(f"key      {letter.key!r}")
    for name, value in letter.headers:
        typer.echo(f"header   {name!r}: {value!r}")
    typer.echo(f"value    {letter.value!r}")


def _selection(
    reasons: list[str] | None, listing_id: str | None, hours: float | None
) -> "Selection":
    from stream.adapters.kafka.replay import Selection

    known = [reason.value for reason in DeadLetterReason]
    if unknown := [reason for reason in reasons or () if reason not in known]:
        raise StopError(f"no such reason: {', '.join(unknown)}; there are {', '.join(known)}")
    return Selection(
        reasons=frozenset(reasons) if reasons else None,
        listing_id=listing_id,
        since=datetime.now(UTC) - timedelta(hours=hours) if hours is not None else None,
    )


def _tell_none(selection: "Selection") -> None:
    """Say on standard error that there is nothing, so that standard output stays for machines."""
    is_all = selection == type(selection)()
    typer.echo(f"twinlist: no dead letters{'' if is_all else ' of this selection'}", err=True)


def _age(time: datetime | None) -> str:
    if time is None:
        return "-"
    seconds = max(0, int((datetime.now(UTC) - time).total_seconds()))
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Show, on a terminal, how much of the topic has been looked at."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Looking through the dead letters", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)

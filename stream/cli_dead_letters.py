"""The commands `twinlist dead-letters …`."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from stream.cli_frame import Json, Verbose, frame, print_json
from stream.domain.errors import StopError
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.adapters.kafka.dead_letters import DeadLetter

dead_letters = typer.Typer(help="Events that could not be used.", no_args_is_help=True)

Reasons = Annotated[
    list[str] | None, typer.Option("--reason", help="Only these reasons; all by default.")
]
Partition = Annotated[int, typer.Argument(help="Partition, as `list` prints it.")]
Offset = Annotated[int, typer.Argument(help="Offset, as `list` prints it.")]


@dead_letters.command("list")
def list_dead_letters(
    reason: Reasons = None, as_json: Json = False, verbose: Verbose = False
) -> None:
    """List dead letters: where they lie, where they came from and why.

    As JSON one object a line, with the original key, value and headers in base64.
    """
    with frame(is_verbose=verbose):
        from stream.adapters.kafka import replay

        async def run() -> None:
            selection = replay.Selection(reasons=_chosen(reason))
            async for letter in replay.find_dead_letters(Settings().kafka, selection):
                if as_json:
                    print_json(letter, indent=-1)
                else:
                    typer.echo(f"{letter.partition} {letter.offset}  {letter.summary}")

        asyncio.run(run())


@dead_letters.command("show")
def show_dead_letter(
    partition: Partition, offset: Offset, as_json: Json = False, verbose: Verbose = False
) -> None:
    """Show one dead letter, its original bytes too, escaped."""
    with frame(is_verbose=verbose):
        from stream.adapters.kafka import replay

        async def run() -> bool:
            is_there = False
            selection = replay.Selection(partition=partition, offset=offset)
            async for letter in replay.find_dead_letters(Settings().kafka, selection):
                is_there = True
                if as_json:
                    print_json(letter)
                else:
                    _print_lines(letter)
            return is_there

        if not asyncio.run(run()):
            raise StopError(f"there is no dead letter at {partition} {offset}")


@dead_letters.command("replay")
def replay_dead_letters(
    reason: Reasons = None,
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

        async def run() -> None:
            selection = replay.Selection(
                reasons=_chosen(reason), partition=partition, offset=offset
            )
            async for replayed in replay.replay_dead_letters(
                Settings().kafka, selection, is_dry_run=dry_run
            ):
                done = "sent" if replayed.is_sent else "would send" if dry_run else "not sent"
                typer.echo(f"{done}  {replayed.letter.summary}")

        asyncio.run(run())


def _print_lines(letter: "DeadLetter") -> None:
    typer.echo(letter.summary)
    if letter.origin is not None:
        gave_up = f"after {letter.origin.attempts} tries, at {letter.origin.time}"
        typer.echo(f"given up {gave_up}, by Twinlist {letter.origin.version}")
    typer.echo(f"key      {letter.key!r}")
    for name, value in letter.headers:
        typer.echo(f"header   {name!r}: {value!r}")
    typer.echo(f"value    {letter.value!r}")


def _chosen(reasons: list[str] | None) -> frozenset[str] | None:
    return frozenset(reasons) if reasons else None

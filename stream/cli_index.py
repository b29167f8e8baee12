"""The commands `twinlist index …`."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.progress import DownloadColumn, Progress, TransferSpeedColumn

from stream.cli_frame import Json, Verbose, frame, print_json
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.backfill.shadow import ShadowRecord
    from stream.snapshot import Restored, Snapshot

index = typer.Typer(help="The index and the ledger of pairs, as a whole.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the snapshot.")]
Rest = Annotated[
    str | None,
    typer.Option("--rest", help="Qdrant's REST interface; default: port 6333 of its host."),
]


@index.command("snapshot")
def take_snapshot(
    folder: Folder, rest: Rest = None, as_json: Json = False, verbose: Verbose = False
) -> None:
    """Save all collections, with the offsets to catch up from; workers may go on meanwhile."""
    with frame(is_verbose=verbose):
        from stream import snapshot
        from stream.adapters.qdrant.snapshots import rest_url_of
        from stream.shipped import read_policy

        settings = Settings()
        url = rest or rest_url_of(settings.qdrant)
        with _progress("Fetching") as tell:
            taking = snapshot.take_snapshot(settings, read_policy(settings), folder, url, tell)
            taken = asyncio.run(taking)
        if as_json:
            print_json(taken)
            return
        size = decimal(sum(one.size_bytes for one in taken.files.values()))
        versions = f"model {taken.model_version}, policy {taken.policy_version}"
        typer.echo(f"{folder}: {size}, {versions}; to catch up from:")
        _print_offsets(taken)


@index.command("restore")
def restore_snapshot(
    folder: Folder,
    rest: Rest = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of an index that is there.")
    ] = False,
    set_offsets: Annotated[
        bool, typer.Option("--set-offsets", help="Also let the group go on from the offsets.")
    ] = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Put the index back and say from which offsets to catch up; all workers must have stopped.

    The ledger takes a new epoch, so that subscribers heed what it says. Repeat it if interrupted.
    """
    with frame(is_verbose=verbose):
        from stream import snapshot
        from stream.adapters.qdrant.snapshots import rest_url_of
        from stream.shipped import read_policy

        settings = Settings()
        policy = read_policy(settings)
        with _progress("Checking") as tell:
            taken = snapshot.read_snapshot(folder, policy, tell)
        restoring = snapshot.restore_snapshot(
            *(settings, taken, folder, rest or rest_url_of(settings.qdrant)),
            replaces=replace,
            sets_offsets=set_offsets,
        )
        restored = asyncio.run(restoring)
        if as_json:
            print_json(restored)
            return
        _print_restored(restored, settings, policy.policy_version)


@index.command("list")
def list_indexes(as_json: Json = False, verbose: Verbose = False) -> None:
    """List the shadows beside the live index, which `backfill --into` has filled."""
    with frame(is_verbose=verbose):
        from stream.adapters.qdrant.client import connect
        from stream.backfill.shadow import list_shadows

        settings = Settings()

        async def read() -> "list[ShadowRecord]":
            async with connect(settings.qdrant) as client:
                return await list_shadows(client, settings.qdrant)

        found = asyncio.run(read())
        if as_json:
            print_json(found)
            return
        for one in found:
            done = sum(stretch.tally.events for stretch in one.stretches.values())
            state = "done" if one.is_done else "not done"
            typer.echo(
                f"{one.name}  {one.range}  {state}, {done} events  model {one.model_version}, "
                f"policy {one.policy_version}  begun {one.started_at:%Y-%m-%d %H:%M:%S} UTC"
            )


@index.command("drop")
def drop_index(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The shadow, as it was named.")],
    verbose: Verbose = False,
) -> None:
    """Remove a shadow with all that is in it; the live index cannot be dropped."""
    with frame(is_verbose=verbose):
        from stream.backfill.into import drop_shadow

        dropped = asyncio.run(drop_shadow(Settings(), name))
        typer.echo(f"dropped {', '.join(dropped)}")


def _print_restored(restored: "Restored", settings: Settings, policy_version: str) -> None:
    taken = restored.snapshot
    typer.echo(f"restored as of {taken.taken_at:%Y-%m-%d %H:%M:%S} UTC, epoch {restored.epoch}")
    for gap in restored.gaps:
        typer.echo(f"twinlist: events are missing: {gap}", err=True)
    if restored.are_offsets_set:
        typer.echo(f"the group {settings.kafka.group} goes on from these offsets:")
    else:
        typer.echo(f"to catch up, let the group {settings.kafka.group} go on from these offsets:")
    _print_offsets(taken)
    if not restored.are_offsets_set:
        typer.echo(
            "twinlist: the group's offsets are as they were: set them by --set-offsets, or your "
            "Kafka's tools",
            err=True,
        )
    if taken.policy_version != policy_version:
        typer.echo(
            f"twinlist: it was taken under policy {taken.policy_version}, and {policy_version} is "
            "in use: run `twinlist redecide` with that, too",
            err=True,
        )


def _print_offsets(taken: "Snapshot") -> None:
    for topic, partitions in taken.offsets.items():
        for partition, offset in partitions.items():
            typer.echo(f"{topic} {partition} {offset}")


@contextmanager
def _progress(doing: str) -> Iterator[Callable[[str, int], None]]:
    """Show, on a terminal, which collection is at hand and how fast it comes."""
    console = Console(stderr=True)
    columns = (*Progress.get_default_columns()[:1], DownloadColumn(), TransferSpeedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task(doing, total=None)

        def tell(role: str, count: int) -> None:
            progress.update(task, description=f"{doing} {role}", advance=count)

        yield tell

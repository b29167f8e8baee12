"""The command `twinlist`."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from stream.domain.errors import TwinlistError
from stream.observability.logging import configure_logging
from stream.settings import Settings, describe

app = typer.Typer(
    name="twinlist",
    help="Finds duplicate marketplace listings by their photo sets, while they are posted.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals hold secrets
)
topics = typer.Typer(help="The Kafka topics.", no_args_is_help=True)
dead_letters = typer.Typer(help="Events that could not be used.", no_args_is_help=True)
app.add_typer(topics, name="topics")
app.add_typer(dead_letters, name="dead-letters")

Reasons = Annotated[
    list[str] | None, typer.Option("--reason", help="Only these reasons; all by default.")
]
Triton = Annotated[str | None, typer.Option(help="A running Triton, host:port.")]
Manifest = Annotated[Path, typer.Argument(help="Labelled listings, JSON Lines.")]


@app.command()
def worker() -> None:
    """Consume listing events and verdicts, publish duplicate alerts."""
    from stream.app import work

    with _clear_errors():
        settings = Settings()
        configure_logging(settings.log_format, settings.log_level)
        asyncio.run(work(settings))


@app.command()
def demo(
    manifest: Annotated[
        Path | None, typer.Option(help="Labelled listings to play instead of the scenes.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of reports, logs and data.")] = Path(
        "build/demo"
    ),
    rate: Annotated[float, typer.Option(help="Events a second.", min=0.1)] = 4.0,
    broker: Annotated[str | None, typer.Option(help="A running Kafka, host:port.")] = None,
    qdrant: Annotated[str | None, typer.Option(help="A running Qdrant, gRPC url.")] = None,
    triton: Triton = None,
) -> None:
    """Play sample listings through the whole pipeline, on embedded parts where none are named."""
    from stream.demo.run import DemoOptions, run_demo
    from stream.demo.sample import read_manifest, read_scenes

    options = DemoOptions(
        folder=out, events_per_second=rate, broker=broker, qdrant=qdrant, triton=triton
    )
    with _clear_errors():
        sample = read_manifest(manifest) if manifest is not None else read_scenes()
        run_demo(sample, options, Console())


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    deadline: Annotated[float, typer.Option(help="Seconds that a check may take.", min=0.1)] = 10,
) -> None:
    """Look at every part, say what is wrong and how to mend it; change nothing."""
    from stream.doctor.run import run_doctor

    raise typer.Exit(run_doctor(Console(), is_json=as_json, deadline_seconds=deadline))


@app.command()
def settings() -> None:
    """Print every setting as a file of settings: meaning, default and value; secrets masked."""
    with _clear_errors():
        for setting in describe(Settings()):
            typer.echo(f"# {setting.meaning} Default: {setting.default or 'none'}.")
            typer.echo(f"{setting.variable}={setting.value}\n")


@app.command()
def evaluate(
    manifest: Manifest,
    out: Annotated[Path, typer.Option(help="Where the report (JSON) goes.")],
    pairs: Annotated[
        Path | None, typer.Option(help="Where the pairs go that would be alerted (JSON Lines).")
    ] = None,
    base_rate: Annotated[
        float | None, typer.Option(help="Also measure with so many items listed twice.", max=1)
    ] = None,
    triton: Triton = None,
) -> None:
    """Measure the served models on labelled listings."""
    from stream.app import read_policy
    from stream.training import evaluate as evaluation
    from stream.training.serving import decoder, serve_models

    async def measure() -> None:
        async with serve_models(triton, None) as models:
            report, found = await evaluation.evaluate(
                manifest, models, decoder(), read_policy(Settings()), base_rate=base_rate
            )
        evaluation.write_report(report, out)
        if pairs is not None:
            evaluation.write_pairs(found, pairs)

    with _clear_errors():
        asyncio.run(measure())
    typer.echo(out.read_text())


@app.command()
def train(
    manifest: Manifest,
    build: Annotated[Path, typer.Option(help="Folder of features and checkpoints.")] = Path(
        "build/training"
    ),
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
) -> None:
    """Train the three models on labelled listings; needs twinlist[train]."""
    from stream.training.serving import decoder
    from stream.training.train import train as fit

    with _clear_errors():
        typer.echo(f"checkpoint: {fit(manifest, build, decoder(), seed=seed)}")


@app.command()
def export(
    checkpoint: Annotated[Path, typer.Argument(help="What `train` wrote.")],
    repository: Annotated[Path, typer.Option(help="The model repository to write.")] = Path(
        "model_repository"
    ),
) -> None:
    """Write a checkpoint as ONNX models that Triton serves; needs twinlist[train]."""
    from stream.training.export import export as write_models

    with _clear_errors():
        typer.echo(f"model version: {write_models(checkpoint, repository)}")


@app.command()
def calibrate(
    manifest: Manifest,
    policy: Annotated[Path, typer.Option(help="The policy to write anew.")] = Path(
        "model_repository/policy.json"
    ),
    source: Annotated[
        list[str] | None, typer.Option(help="Only listings of these sources; all by default.")
    ] = None,
    triton: Triton = None,
) -> None:
    """Choose the policy's thresholds on labelled listings that training did not see."""
    from stream.app import read_policy
    from stream.training import calibrate as calibration
    from stream.training.serving import decoder, serve_models

    async def choose() -> None:
        async with serve_models(triton, policy.parent) as models:
            before = read_policy(Settings(policy_file=policy))
            chosen = await calibration.calibrate(
                manifest, models, decoder(), before, sources=source or ()
            )
        calibration.write_policy(chosen, policy)

    with _clear_errors():
        asyncio.run(choose())
    typer.echo(policy.read_text())


@topics.command("create")
def create_topics(
    partitions: Annotated[int, typer.Option(help="Partitions of each topic.", min=1)] = 12,
    replication: Annotated[int, typer.Option(help="Replicas of each topic.", min=1)] = 3,
) -> None:
    """Create the topics that are missing; say which exist and what differs."""
    from stream.adapters.kafka import topics as kafka

    with _clear_errors():
        created = kafka.create_topics(
            Settings().kafka, partitions=partitions, replication=replication
        )
        for report in asyncio.run(created):
            typer.echo("; ".join((f"{report.name}: {report.state}", *report.differences)))


@dead_letters.command("list")
def list_dead_letters(reason: Reasons = None) -> None:
    """List dead letters: where they lie, where they came from and why."""
    asyncio.run(_list_dead_letters(reason))


@dead_letters.command("show")
def show_dead_letter(
    partition: Annotated[int, typer.Argument(help="Partition, as `list` prints it.")],
    offset: Annotated[int, typer.Argument(help="Offset, as `list` prints it.")],
) -> None:
    """Show one dead letter, its original bytes too, escaped."""
    asyncio.run(_show_dead_letter(partition, offset))


@dead_letters.command("replay")
def replay_dead_letters(
    reason: Reasons = None,
    dry_run: Annotated[bool, typer.Option(help="Only say what would be sent.")] = False,
) -> None:
    """Send dead letters back to the topic and partition that they came from."""
    asyncio.run(_replay_dead_letters(reason, is_dry_run=dry_run))


async def _list_dead_letters(reasons: list[str] | None) -> None:
    from stream.adapters.kafka.replay import Selection, find_dead_letters

    selection = Selection(reasons=frozenset(reasons) if reasons else None)
    with _clear_errors():
        async for letter in find_dead_letters(Settings().kafka, selection):
            typer.echo(f"{letter.partition} {letter.offset}  {letter.summary}")


async def _show_dead_letter(partition: int, offset: int) -> None:
    from stream.adapters.kafka.replay import Selection, find_dead_letters

    with _clear_errors():
        selection = Selection(partition=partition, offset=offset)
        async for letter in find_dead_letters(Settings().kafka, selection):
            typer.echo(letter.summary)
            typer.echo(f"key      {letter.key!r}")
            for name, value in letter.headers:
                typer.echo(f"header   {name!r}: {value!r}")
            typer.echo(f"value    {letter.value!r}")


async def _replay_dead_letters(reasons: list[str] | None, *, is_dry_run: bool) -> None:
    from stream.adapters.kafka.replay import Selection, replay_dead_letters

    selection = Selection(reasons=frozenset(reasons) if reasons else None)
    with _clear_errors():
        async for replayed in replay_dead_letters(
            Settings().kafka, selection, is_dry_run=is_dry_run
        ):
            done = "sent" if replayed.is_sent else "not sent"
            typer.echo(f"{done}  {replayed.letter.summary}")


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Turn an error of our own into one clear sentence and a non-zero exit."""
    try:
        yield
    except TwinlistError as error:
        typer.echo(f"twinlist: {error}", err=True)
        raise typer.Exit(1) from error
    except ValidationError as error:
        for one in error.errors():
            variable = "TWINLIST_" + "__".join(map(str, one["loc"])).upper()
            typer.echo(f"twinlist: {variable}: {one['msg']}; see `twinlist settings`", err=True)
        raise typer.Exit(1) from error


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()

"""The command `twinlist`."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from stream.cli_dead_letters import dead_letters
from stream.cli_errors import clear_errors
from stream.observability.logging import configure_logging
from stream.settings import Settings, describe

app = typer.Typer(
    name="twinlist",
    help="Finds duplicate marketplace listings by their photo sets, while they are posted.",
    no_args_is_help=True,
    rich_markup_mode=None,  # it would take the brackets of twinlist[train] for markup
    pretty_exceptions_show_locals=False,  # locals hold secrets
)
topics = typer.Typer(help="The Kafka topics.", no_args_is_help=True)
app.add_typer(topics, name="topics")
app.add_typer(dead_letters, name="dead-letters")

Triton = Annotated[str | None, typer.Option(help="A running Triton, host:port.")]
Manifest = Annotated[Path, typer.Argument(help="Labelled listings, JSON Lines.")]


@app.command()
def worker() -> None:
    """Consume listing events and verdicts, publish duplicate alerts."""
    from stream.app import work

    with clear_errors():
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

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every part is stopped
    options = DemoOptions(
        folder=out, events_per_second=rate, broker=broker, qdrant=qdrant, triton=triton
    )
    with clear_errors():
        sample = read_manifest(manifest) if manifest is not None else read_scenes()
        run_demo(sample, options, Console())


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    deadline: Annotated[float, typer.Option(help="Seconds that a check may take.", min=0.1)] = 10,
) -> None:
    """Look at every part, say what is wrong and how to mend it; change nothing."""
    from stream.doctor.run import run_doctor

    with clear_errors():
        raise typer.Exit(run_doctor(Console(), is_json=as_json, deadline_seconds=deadline))


@app.command()
def settings() -> None:
    """Print every setting as a file of settings: meaning, default and value; secrets masked."""
    with clear_errors():
        for setting in describe(Settings()):
            typer.echo(f"# {setting.meaning} Default: {setting.default or 'none'}.")
            # A mask is no value: it must not be read back as the secret.
            comment = "# " if setting.is_secret else ""
            typer.echo(f"{comment}{setting.variable}={setting.value}\n")


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

    with clear_errors():
        out.parent.mkdir(parents=True, exist_ok=True)
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
    with clear_errors():
        from stream.training.serving import decoder
        from stream.training.train import train as fit

        typer.echo(f"checkpoint: {fit(manifest, build, decoder(), seed=seed)}")


@app.command()
def export(
    checkpoint: Annotated[Path, typer.Argument(help="What `train` wrote.")],
    repository: Annotated[Path, typer.Option(help="The model repository to write.")] = Path(
        "model_repository"
    ),
) -> None:
    """Write a checkpoint as ONNX models that Triton serves; needs twinlist[train]."""
    with clear_errors():
        from stream.training.export import export as write_models

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

    with clear_errors():
        asyncio.run(choose())
    typer.echo(policy.read_text())


@topics.command("create")
def create_topics(
    partitions: Annotated[int, typer.Option(help="Partitions of each topic.", min=1)] = 12,
    replication: Annotated[int, typer.Option(help="Replicas of each topic.", min=1)] = 3,
) -> None:
    """Create the topics that are missing; say which exist and what differs."""
    from stream.adapters.kafka import topics as kafka

    with clear_errors():
        created = kafka.create_topics(
            Settings().kafka, partitions=partitions, replication=replication
        )
        for report in asyncio.run(created):
            typer.echo("; ".join((f"{report.name}: {report.state}", *report.differences)))


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()

"""The command `twinlist`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from stream import __version__
from stream.cli_backfill import backfill
from stream.cli_dead_letters import dead_letters
from stream.cli_frame import Json, Verbose, frame, print_json
from stream.cli_index import index
from stream.cli_models import calibrate, evaluate, export, train
from stream.cli_redecide import redecide
from stream.cli_rollout import rollout
from stream.cli_topics import topics
from stream.observability.logging import configure_logging
from stream.settings import Settings, describe

_TRY, _RUN, _MODELS = "See what it does", "Run it on your own Kafka", "Models"

app = typer.Typer(
    name="twinlist",
    help="Finds duplicate marketplace listings by their photo sets, while they are posted.",
    epilog="New here? `twinlist demo` takes half a minute and leaves nothing running.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,  # locals hold secrets
)


def _print_version(is_wanted: bool) -> None:
    if not is_wanted:
        return
    from stream.shipped import read_policy

    with frame():
        policy = read_policy(Settings())
    typer.echo(f"twinlist {__version__}")
    typer.echo(f"models {policy.model_version}")
    typer.echo(f"policy {policy.policy_version}")
    raise typer.Exit


@app.callback()
def twinlist(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the versions of Twinlist, its models and its policy.",
        ),
    ] = False,
) -> None:
    """Find duplicate marketplace listings by their photo sets, while they are posted."""


@app.command(rich_help_panel=_TRY)
def demo(
    manifest: Annotated[
        Path | None, typer.Option(help="Labelled listings to play instead of the scenes.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of reports, logs and data.")] = Path(
        "build/demo"
    ),
    rate: Annotated[float, typer.Option(help="Events a second.", min=0.1)] = 6.0,
    broker: Annotated[str | None, typer.Option(help="A running Kafka, host:port.")] = None,
    qdrant: Annotated[str | None, typer.Option(help="A running Qdrant, gRPC url.")] = None,
    triton: Annotated[str | None, typer.Option(help="A running Triton, host:port.")] = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Play sample listings through the whole pipeline, on embedded parts where none are named.

    With --json, standard output holds report.json alone, and all else goes to standard error.
    """
    with frame(is_verbose=verbose):
        from stream.demo.sample import read_manifest, read_scenes

        # What is wrong with the manifest is said before all that a run needs is imported.
        sample = read_manifest(manifest) if manifest is not None else read_scenes()

        from stream.demo.run import DemoOptions, run_demo

        options = DemoOptions(
            folder=out,
            events_per_second=rate,
            broker=broker,
            qdrant=qdrant,
            triton=triton,
            is_verbose=verbose,
        )
        report = run_demo(sample, options, Console(stderr=as_json))
        if as_json:
            print_json(report)


@app.command(rich_help_panel=_RUN)
def worker() -> None:
    """Consume listing events and verdicts, publish duplicate alerts."""
    with frame():
        from stream.app import work

        settings = Settings()
        configure_logging(settings.log_format, settings.log_level)
        asyncio.run(work(settings))


@app.command(rich_help_panel=_RUN)
def doctor(
    as_json: Json = False,
    deadline: Annotated[float, typer.Option(help="Seconds that a check may take.", min=0.1)] = 10,
) -> None:
    """Look at every part, say what is wrong and how to mend it; change nothing."""
    with frame():
        from stream.doctor.run import run_doctor

        raise typer.Exit(run_doctor(Console(), is_json=as_json, deadline_seconds=deadline))


@app.command(rich_help_panel=_RUN)
def settings(as_json: Json = False) -> None:
    """Print every setting as a file of settings: meaning, default and value; secrets masked."""
    with frame():
        described = list(describe(Settings()))
    if as_json:
        print_json(described)
        return
    for setting in described:
        typer.echo(f"# {setting.meaning} Default: {setting.default or 'none'}.")
        # A mask is no value: it must not be read back as the secret.
        comment = "# " if setting.is_secret else ""
        typer.echo(f"{comment}{setting.variable}={setting.value}\n")


app.add_typer(topics, name="topics", rich_help_panel=_RUN)
app.add_typer(dead_letters, name="dead-letters", rich_help_panel=_RUN)
app.command(rich_help_panel=_RUN)(backfill)
app.command(rich_help_panel=_RUN)(redecide)
app.add_typer(rollout, name="rollout", rich_help_panel=_RUN)
app.add_typer(index, name="index", rich_help_panel=_RUN)
for one in (train, export, calibrate, evaluate):
    app.command(rich_help_panel=_MODELS)(one)


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()

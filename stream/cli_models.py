"""The commands that make and measure models, in the order in which they are used."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from stream.cli_frame import Verbose, frame
from stream.settings import Settings

Triton = Annotated[str | None, typer.Option(help="A running Triton, host:port.")]
Manifest = Annotated[Path, typer.Argument(help="Labelled listings, JSON Lines.")]


def train(
    manifest: Manifest,
    build: Annotated[Path, typer.Option(help="Folder of features and checkpoints.")] = Path(
        "build/training"
    ),
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
    verbose: Verbose = False,
) -> None:
    """Train the three models on labelled listings; needs the extra `train`."""
    with frame(is_verbose=verbose):
        from stream.training.serving import decoder
        from stream.training.train import train as fit

        typer.echo(f"checkpoint: {fit(manifest, build, decoder(), seed=seed)}")


def export(
    checkpoint: Annotated[Path, typer.Argument(help="What `train` wrote.")],
    repository: Annotated[Path, typer.Option(help="The model repository to write.")] = Path(
        "model_repository"
    ),
    verbose: Verbose = False,
) -> None:
    """Write a checkpoint as ONNX models that Triton serves; needs the extra `train`."""
    with frame(is_verbose=verbose):
        from stream.training.export import export as write_models

        typer.echo(f"model version: {write_models(checkpoint, repository)}")


def calibrate(
    manifest: Manifest,
    policy: Annotated[Path, typer.Option(help="The policy to write anew.")] = Path(
        "model_repository/policy.json"
    ),
    source: Annotated[
        list[str] | None, typer.Option(help="Only listings of these sources; all by default.")
    ] = None,
    triton: Triton = None,
    verbose: Verbose = False,
) -> None:
    """Choose the policy's thresholds on labelled listings that training did not see."""
    from stream.app import read_policy
    from stream.training import calibrate as calibration
    from stream.training.data import read_manifest
    from stream.training.serving import decoder, serve_models

    async def choose() -> None:
        async with serve_models(triton, policy.parent) as models:
            before = read_policy(Settings(policy_file=policy))
            chosen = await calibration.calibrate(
                manifest, models, decoder(), before, sources=source or ()
            )
        calibration.write_policy(chosen, policy)

    with frame(is_verbose=verbose):
        read_manifest(manifest)  # what is wrong with it is said before a server is started
        asyncio.run(choose())
        typer.echo(policy.read_text())


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
    verbose: Verbose = False,
) -> None:
    """Measure the served models on labelled listings."""
    from stream.app import read_policy
    from stream.training import evaluate as evaluation
    from stream.training.data import read_manifest
    from stream.training.serving import decoder, serve_models

    async def measure() -> None:
        async with serve_models(triton, None) as models:
            report, found = await evaluation.evaluate(
                manifest, models, decoder(), read_policy(Settings()), base_rate=base_rate
            )
        evaluation.write_report(report, out)
        if pairs is not None:
            evaluation.write_pairs(found, pairs)

    with frame(is_verbose=verbose):
        read_manifest(manifest)  # what is wrong with it is said before a server is started
        out.parent.mkdir(parents=True, exist_ok=True)
        asyncio.run(measure())
        typer.echo(out.read_text())

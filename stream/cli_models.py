"""The commands that make and measure models, in the order in which they are used."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from stream.cli_frame import Json, Verbose, frame, print_json
from stream.settings import Settings
from stream.training.evaluation.ablation import Ablation

Triton = Annotated[str | None, typer.Option(help="A running Triton, host:port.")]
Manifest = Annotated[Path, typer.Argument(help="Labelled listings, JSON Lines.")]
Manifests = Annotated[
    list[Path], typer.Argument(metavar="MANIFEST...", help="Labelled listings, JSON Lines.")
]


def train(
    manifests: Manifests,
    build: Annotated[Path, typer.Option(help="Folder of features and checkpoints.")] = Path(
        "build/training"
    ),
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
    verbose: Verbose = False,
) -> None:
    """Train the three models on labelled listings; needs the extra `train`.

    A run that was stopped goes on after its last whole epoch.
    """
    with frame(is_verbose=verbose):
        from stream.training.serving import decoder
        from stream.training.train import train as fit

        typer.echo(f"checkpoint: {fit(manifests, build, decoder(), seed=seed)}")


def export(
    checkpoint: Annotated[Path, typer.Argument(help="What `train` wrote.")],
    repository: Annotated[Path, typer.Option(help="The model repository to write.")] = Path(
        "model_repository"
    ),
    calibration: Annotated[
        Path | None,
        typer.Option(help="What `calibrate --probabilities` wrote; as trained by default."),
    ] = None,
    verbose: Verbose = False,
) -> None:
    """Write a checkpoint as ONNX models that Triton serves; needs the extra `train`."""
    with frame(is_verbose=verbose):
        from stream.training.calibration import UNCALIBRATED, read_calibration
        from stream.training.export import export as write_models

        fitted = UNCALIBRATED if calibration is None else read_calibration(calibration)
        typer.echo(f"model version: {write_models(checkpoint, repository, fitted)}")


def calibrate(
    manifests: Manifests,
    policy: Annotated[Path, typer.Option(help="The policy to write anew.")] = Path(
        "model_repository/policy.json"
    ),
    source: Annotated[
        list[str] | None, typer.Option(help="Only listings of these sources; all by default.")
    ] = None,
    fold: Annotated[
        str | None, typer.Option(help="Only households of this fold, as 2/6: the third of six.")
    ] = None,
    probabilities: Annotated[
        Path | None,
        typer.Option(help="Write what makes probabilities chances, for `export`; no policy."),
    ] = None,
    triton: Triton = None,
    verbose: Verbose = False,
) -> None:
    """Choose the policy's thresholds on labelled listings that training did not see."""
    with frame(is_verbose=verbose):
        from stream.shipped import read_policy
        from stream.training import calibrate as calibration
        from stream.training.calibration import write_calibration
        from stream.training.corpus import read_manifests
        from stream.training.data import Fold, keep_fold, keep_sources
        from stream.training.serving import decoder, serve_models

        # What is wrong with the files is said before a server is started.
        listings = keep_sources(read_manifests(manifests), source or ())
        if fold is not None:
            listings = keep_fold(listings, Fold.parse(fold))
        before = read_policy(Settings(policy_file=policy))

        async def choose() -> Path:
            async with serve_models(triton, policy.parent) as models:
                if probabilities is None:
                    chosen = await calibration.calibrate(listings, models, decoder(), before)
                    calibration.write_policy(chosen, policy)
                    return policy
                fitted = await calibration.calibrate_probabilities(
                    listings, models, decoder(), before
                )
                write_calibration(fitted, probabilities)
                return probabilities

        typer.echo(asyncio.run(choose()).read_text())


def evaluate(
    manifest: Manifest,
    out: Annotated[Path, typer.Option(help="Where the report (JSON) goes.")],
    base_rate: Annotated[
        float | None,
        typer.Option(help="Also measure with so many items listed twice.", min=0.001, max=1),
    ] = None,
    cases: Annotated[
        Path | None, typer.Option(help="Labels of single pairs, as the scenes' expected.json.")
    ] = None,
    views: Annotated[
        bool, typer.Option("--views", help="Also compare single photos, by how views differ.")
    ] = False,
    edits: Annotated[
        bool, typer.Option("--edits", help="Also post listings again with edited photos.")
    ] = False,
    ablate: Annotated[
        list[Ablation] | None, typer.Option(help="Also measure without a part; repeatable.")
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option(help="Where the pairs go that would be alerted (JSON Lines).")
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(help="Where a page goes with plots and the worst pairs. It holds photos."),
    ] = None,
    repository: Annotated[
        Path | None, typer.Option(help="Models and policy to measure; the shipped ones by default.")
    ] = None,
    triton: Triton = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Measure the served models on labelled listings."""
    with frame(is_verbose=verbose):
        from stream.shipped import read_policy
        from stream.training import evaluate as evaluation
        from stream.training.data import read_manifest
        from stream.training.evaluation.cases import read_labels
        from stream.training.evaluation.page import write_page
        from stream.training.evaluation.report import write_pairs, write_report
        from stream.training.evaluation.tables import print_report
        from stream.training.serving import decoder, serve_models

        # What is wrong with the files is said before a server is started.
        listings = read_manifest(manifest)
        questions = evaluation.Questions(
            base_rate=base_rate,
            labels=read_labels(cases) if cases is not None else None,
            with_views=views,
            with_edits=edits,
            ablations=tuple(ablate or ()),
        )
        policy = read_policy(
            Settings() if repository is None else Settings(policy_file=repository / "policy.json")
        )
        for file in (out, pairs, page):
            if file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)

        async def measure() -> evaluation.Evaluation:
            async with serve_models(triton, repository) as models:
                return await evaluation.evaluate(listings, models, decoder(), policy, questions)

        measured = asyncio.run(measure())
        write_report(measured.report, out)
        if pairs is not None:
            write_pairs(measured.alerted_pairs, pairs)
        if page is not None:
            write_page(measured, page)
        if as_json:
            print_json(measured.report)
        else:
            print_report(measured.report, Console())

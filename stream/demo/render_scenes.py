"""Renders the sample listings' photos and writes the files that describe them.

    python -m stream.demo.render_scenes [--only LISTING …] [--samples N] [--maps] [--describe]

Needs Blender's Python module; `make scenes` has it in an environment of its own. `--only` makes
the photos of some listings and no descriptions, `--maps` no photos but what is known of where
things are in them, `--describe` only the descriptions, for which no Blender is needed. Seeded: on
one machine every run gives the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from stream.demo.rendering import story
from stream.demo.rendering.plan import Posting
from stream.demo.rendering.postings import POSTINGS
from stream.demo.rendering.production import Production
from stream.demo.sample import SCENES
from stream.domain.errors import StopError

DEFAULT_SAMPLES = 20


def main(arguments: Sequence[str] | None = None) -> None:
    """Make what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", metavar="LISTING", nargs="+", help="these listings' photos")
    parser.add_argument("--samples", type=int, default=DEFAULT_SAMPLES, metavar="N")
    parser.add_argument("--maps", action="store_true", help="object maps, but no photos")
    parser.add_argument("--describe", action="store_true", help="descriptions only")
    parser.add_argument("--out", type=Path, default=SCENES, metavar="FOLDER")
    options = parser.parse_args(arguments)
    known = {posting.listing_id for posting in POSTINGS}
    if unknown := sorted(set(options.only or ()) - known):
        parser.error(f"no such listing: {', '.join(unknown)}")
    if not options.describe:
        chosen = [p for p in POSTINGS if not options.only or p.listing_id in options.only]
        try:
            produce(chosen, Production(options.out, options.samples, is_drawing=not options.maps))
        except StopError as error:
            sys.exit(f"render_scenes: {error}")
    if not options.only:
        story.write(options.out, photos=options.out)


def produce(postings: Sequence[Posting], production: Production) -> None:
    """Make the postings' photos and maps; copies come last, when what they copy is there."""
    columns = (
        SpinnerColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns) as progress:
        task = progress.add_task("", total=sum(len(posting.photos) for posting in postings))
        for make in (production.shoot, production.reuse):
            for posting in postings:
                progress.update(task, description=posting.listing_id)
                for _ in make(posting):
                    progress.advance(task)
    production.write_maps()


if __name__ == "__main__":
    main()

"""Renders the sample listings' photos and writes the files that describe them.

    python -m stream.demo.render_scenes [--only LISTING] [--samples N] [--describe]

Needs Blender's Python module (`pip install "twinlist[scenes]"`) and, on slim Debian systems, the
packages libxkbcommon0 libsm6 libxi6 libxxf86vm1 libxfixes3 libgl1. `--describe` writes the
descriptions only and needs neither.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from pathlib import Path

from stream.demo.rendering import darkroom, story
from stream.demo.rendering.plan import Copied, Posting, Shot, Unreadable
from stream.demo.rendering.postings import POSTINGS

SCENES = Path(__file__).parent / "scenes"
DEFAULT_SAMPLES = 20


def main(arguments: Sequence[str] | None = None) -> None:
    """Render what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", metavar="LISTING", help="render this listing's photos only")
    parser.add_argument("--samples", type=int, default=DEFAULT_SAMPLES, metavar="N")
    parser.add_argument("--describe", action="store_true", help="render nothing")
    parser.add_argument("--out", type=Path, default=SCENES, metavar="FOLDER")
    options = parser.parse_args(arguments)
    if not options.describe:
        chosen = [p for p in POSTINGS if options.only in (None, p.listing_id)]
        if not chosen:
            parser.error(f"no such listing: {options.only}")
        render_all(chosen, options.out, options.samples)
    story.write(options.out)


def render_all(postings: Sequence[Posting], folder: Path, samples: int) -> None:
    """Render the postings' photos; copies come last, when what they copy is there."""
    total = sum(len(posting.photos) for posting in postings)
    done = 0
    for wanted in (Shot, Unreadable, Copied):
        for posting in postings:
            started = time.monotonic()
            made = _make(posting, wanted, folder, samples)
            done += made
            if made:
                seconds = time.monotonic() - started
                _say(f"[{done}/{total}] {posting.listing_id}: {made} photos in {seconds:.0f} s")


def _make(posting: Posting, wanted: type, folder: Path, samples: int) -> int:
    due = [
        (photo, folder / posting.photo_path(index))
        for index, photo in enumerate(posting.photos)
        if isinstance(photo, wanted)
    ]
    if wanted is Shot and due:
        _shoot(posting, [(photo, path) for photo, path in due if isinstance(photo, Shot)], samples)
        return len(due)
    for photo, path in due:
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(photo, Unreadable):
            path.write_text(photo.text)
        elif isinstance(photo, Copied):
            source = folder / f"photos/{photo.listing_id}/{photo.number}.jpg"
            if photo.edit is None:
                shutil.copyfile(source, path)
            else:
                darkroom.edit(source, path, photo.edit)
    return len(due)


def _shoot(posting: Posting, shots: Sequence[tuple[Shot, Path]], samples: int) -> None:
    # Only here: whoever describes scenes, or reads their data, needs no Blender.
    from stream.demo.rendering.studio import Studio  # noqa: PLC0415

    studio = Studio(posting, samples)
    with tempfile.TemporaryDirectory() as scratch:
        rendered = Path(scratch) / "shot.png"
        for shot, path in shots:
            studio.take(shot.view, rendered)
            darkroom.develop(rendered, path, seed=_seed(path))


def _seed(path: Path) -> int:
    # The same grain in every rendering, wherever it is written to.
    return zlib.crc32("/".join(path.parts[-2:]).encode())


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

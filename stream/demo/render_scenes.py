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
from typing import TypeVar

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
    """Make the postings' photos; copies come last, when what they copy is there."""
    for number, posting in enumerate(postings, 1):
        started = time.monotonic()
        shots = _photos(posting, Shot, folder)
        _shoot(posting, shots, samples)
        for fake, path in _photos(posting, Unreadable, folder):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(fake.text)
        seconds = time.monotonic() - started
        _say(f"[{number}/{len(postings)}] {posting.listing_id}: {len(shots)} in {seconds:.0f} s")
    for posting in postings:
        for copied, path in _photos(posting, Copied, folder):
            _copy(copied, path, folder)


_Kind = TypeVar("_Kind", Shot, Copied, Unreadable)


def _photos(posting: Posting, kind: type[_Kind], folder: Path) -> list[tuple[_Kind, Path]]:
    return [
        (photo, folder / posting.photo_path(index))
        for index, photo in enumerate(posting.photos)
        if isinstance(photo, kind)
    ]


def _shoot(posting: Posting, shots: Sequence[tuple[Shot, Path]], samples: int) -> None:
    if not shots:
        return
    # Only here: whoever describes scenes, or reads their data, needs no Blender.
    from stream.demo.rendering.studio import Studio  # noqa: PLC0415

    studio = Studio(posting, samples)
    with tempfile.TemporaryDirectory() as scratch:
        rendered = Path(scratch) / "shot.png"
        for shot, path in shots:
            studio.take(shot.view, rendered)
            darkroom.develop(rendered, path, seed=_seed(path))


def _copy(copied: Copied, path: Path, folder: Path) -> None:
    source = folder / f"photos/{copied.listing_id}/{copied.number}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    if copied.edit is None:
        shutil.copyfile(source, path)
    else:
        darkroom.edit(source, path, copied.edit)


def _seed(path: Path) -> int:
    # The same grain in every rendering, wherever it is written to.
    return zlib.crc32("/".join(path.parts[-2:]).encode())


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

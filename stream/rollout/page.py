"""A page of pairs that a rollout would decide otherwise, their photos side by side, to look at.

It holds photos of sellers: where it may go is for whoever runs it to say.
"""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from stream.adapters.photos.fetch import open_photos
from stream.demo.page.markup import Markup, element
from stream.demo.page.sheet import render_sheet
from stream.demo.page.strips import draw_strips
from stream.demo.page.thumbnails import Album, define, read_album
from stream.domain.errors import PhotoError
from stream.domain.listing import Head
from stream.ports import PhotoSource
from stream.rollout.diff import Diff, Example, Fate
from stream.settings import PhotoSettings

_SIDE_PIXELS = 320
_TONES = {Fate.NEW: "found", Fate.GONE: "missed", Fate.CHANGED: "false"}
"""What the page's style colours a card by."""

Files = Mapping[str, Path]
"""Photos by where they were fetched from; what could not be had is absent."""


async def draw_page(found: Diff, examples: Sequence[Example], photos: PhotoSettings) -> str:
    """Fetch the photos of the examples, within the same limits as workers, and return the page."""
    heads = [head for one in examples for head in one.heads if head is not None]
    urls = sorted({photo.url for head in heads for photo in head.photos})
    with tempfile.TemporaryDirectory() as folder:
        async with open_photos(photos) as source:
            fetched = await asyncio.gather(
                *(
                    _fetch(source, url, Path(folder) / f"{place}.png")
                    for place, url in enumerate(urls)
                )
            )
        files = {url: file for url, file in fetched if file is not None}
        return render_page(found, examples, files)


def render_page(found: Diff, examples: Sequence[Example], files: Files) -> str:
    """Return the page. What comes from listings is text in it, never markup."""
    album = read_album(files.values())
    name = f"What model {found.model_version} would alert"
    return render_sheet(
        name,
        element("header", element("h1", name), _say_what(found), _figures(found)),
        _draw_counts(found),
        define(album),
        element("main", *(_draw_card(one, files, album) for one in examples)),
    )


async def _fetch(source: PhotoSource, url: str, file: Path) -> tuple[str, Path | None]:
    try:
        photo = await source.fetch(url, _SIDE_PIXELS)
    except PhotoError:
        return url, None
    Image.fromarray(photo.pixels.transpose(1, 2, 0)).save(file)
    return url, file


def _strip(head: Head | None, files: Files) -> Sequence[Path]:
    """Return a listing's photos by their place in its event; evidence names them by that."""
    if head is None:
        return ()
    urls = {photo.index: photo.url for photo in head.photos}
    return [files.get(urls.get(place, ""), Path()) for place in range(max(urls, default=-1) + 1)]


def _say_what(found: Diff) -> Markup:
    unknown = found.total(Fate.UNKNOWN)
    return element(
        "p",
        "Alerts that a finish would raise, take back and change, if it came now. Policy ",
        element("code", found.policy_version),
        ". Photos are drawn as squares.",
        f" {unknown} pairs wait for their listings." * bool(unknown),
        class_="run",
    )


def _figures(found: Diff) -> Markup:
    return element(
        "ul",
        *(
            element(
                "li",
                element("b", str(found.total(fate))),
                element("span", f"{fate} alerts"),
                class_=_TONES.get(fate, "speed"),
            )
            for fate in (Fate.NEW, Fate.GONE, Fate.CHANGED, Fate.SAME)
        ),
        class_="figures",
    )


def _draw_counts(found: Diff) -> Markup:
    """Draw a row for each kind of listing and each tenth of probability."""
    if not found.counts:
        return Markup()
    columns = ("category", "probability", *Fate)
    return element(
        "section",
        element("h2", "Alerts by category and probability"),
        element(
            "table",
            element(
                "thead",
                element("tr", *(element("th", name, scope="col") for name in columns)),
            ),
            element(
                "tbody",
                *(
                    element(
                        "tr",
                        element("th", categories, scope="row"),
                        element("td", probability),
                        *(element("td", str(alerts.get(fate, ""))) for fate in Fate),
                    )
                    for (categories, probability), alerts in found.table().items()
                ),
            ),
        ),
        class_="cases",
    )


def _draw_card(one: Example, files: Files, album: Album) -> Markup:
    pair, (left, right) = one.pair, one.heads
    names = " and ".join(pair.listings)
    strips = (_strip(left, files), _strip(right, files))
    return element(
        "article",
        element(
            "header",
            element("span", one.fate, class_="verdict"),
            element("h3", names),
            *(element("span", category, class_="case") for category in pair.categories),
        ),
        element(
            "div",
            draw_strips(strips, one.evidence, album, title=f"Photos of {names}"),
            class_="photos",
        ),
        element("div", *_say_probabilities(one), class_="says"),
        class_=f"card {_TONES.get(one.fate, '')}",
    )


def _say_probabilities(one: Example) -> Sequence[Markup]:
    pair = one.pair
    said = [
        element("p", element("b", _number(pair.probability)), " probability", class_="probability"),
        element("p", f"threshold {_number(pair.threshold)}", class_="least"),
        element("p", f"by the model in use {_number(pair.probability_before)}"),
    ]
    if one.fate is Fate.CHANGED:
        said.append(element("p", f"{pair.kind_before} before, {pair.kind} now"))
    return said


def _number(value: float | None) -> str:
    return f"{value:.3f}" if value is not None else "unknown"

"""The photos of two listings, one strip above the other, and what connects them."""

from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate
from pathlib import Path

import msgspec

from stream.demo.page.markup import Markup, element, fragment
from stream.demo.page.thumbnails import TILE_HEIGHT, TILE_WIDTH, Album, Thumbnail
from stream.domain.alert import Box, PhotoPair

MATCHES_LIMIT = 5
"""Photo pairs that are drawn in a colour of their own."""
_OTHERS_LIMIT = 5
_PHOTOS_LIMIT = 6
_SPACE = 10
_CAPTION = 26
_GAP = 60
_ABOVE = _CAPTION + TILE_HEIGHT
_BELOW = _ABOVE + _GAP
_HEIGHT = _BELOW + TILE_HEIGHT + _CAPTION
_TAG = 18
_THIN, _THICK = 1, 6


class _Tile(msgspec.Struct, frozen=True):
    """A photo in its place."""

    thumbnail: Thumbnail | None
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


def best_matches(evidence: Sequence[PhotoPair]) -> tuple[PhotoPair, ...]:
    """Choose, best first, photo pairs that share no photo, so that each can be told from the rest.

    Evidence names every photo of one side with every photo of the other; all of it at once
    would be a tangle.
    """
    chosen: list[PhotoPair] = []
    for pair in evidence:
        if all(
            pair.left.index != other.left.index and pair.right.index != other.right.index
            for other in chosen
        ):
            chosen.append(pair)
    return tuple(chosen[:MATCHES_LIMIT])


def draw_strips(
    files: tuple[Sequence[Path], Sequence[Path]],
    evidence: Sequence[PhotoPair],
    album: Album,
    *,
    title: str,
) -> Markup:
    """Draw both strips: coloured lines and outlines for the best matches, grey for the rest."""
    matches = best_matches(evidence)
    above = _place(files[0], [pair.left.index for pair in matches], album, is_above=True)
    below = _place(files[1], [pair.right.index for pair in matches], album, is_above=False)
    drawable = [p for p in evidence if p.left.index in above and p.right.index in below]
    others = [pair for pair in drawable if pair not in matches][:_OTHERS_LIMIT]
    width = max([tile.x + tile.width for tile in (*above.values(), *below.values())], default=0)
    return element(
        "svg",
        element("title", title),
        element("desc", _describe(matches)),
        *(_draw_tile(index, tile, is_above=True) for index, tile in above.items()),
        *(_draw_tile(index, tile, is_above=False) for index, tile in below.items()),
        *(
            element(
                "path", d=_curve(above[pair.left.index], below[pair.right.index]), class_="hint"
            )
            for pair in others
        ),
        *(
            _draw_match(place, pair, above[pair.left.index], below[pair.right.index])
            for place, pair in enumerate(matches)
            if pair in drawable
        ),
        class_="strips",
        role="img",
        viewBox=f"-2 0 {width + 4:.0f} {_HEIGHT}",
        style=f"max-width: {width + 4:.0f}px",
    )


def _describe(matches: Sequence[PhotoPair]) -> str:
    if not matches:
        return "Photos of the first listing above, of the second below."
    said = ", ".join(f"{p.left.index + 1} and {p.right.index + 1}" for p in matches)
    return f"Photos of the first listing above, of the second below. Matching photos: {said}."


def _place(
    files: Sequence[Path], wanted: Collection[int], album: Album, *, is_above: bool
) -> Mapping[int, _Tile]:
    """Lay out a strip, by place in the listing: what is evidence, then as many more as fit."""
    by_merit = sorted(range(len(files)), key=lambda index: (index not in wanted, index))
    shown = sorted(by_merit[:_PHOTOS_LIMIT])
    thumbnails = [album.get(files[index]) for index in shown]
    sizes = [(one.width, one.height) if one else (TILE_WIDTH, TILE_HEIGHT) for one in thumbnails]
    starts = accumulate((width + _SPACE for width, _ in sizes), initial=0.0)
    return {
        index: _Tile(thumbnail, x, _ABOVE - height if is_above else _BELOW, width, height)
        for index, thumbnail, x, (width, height) in zip(
            shown, thumbnails, starts, sizes, strict=False
        )
    }


def _draw_tile(index: int, tile: _Tile, *, is_above: bool) -> Markup:
    caption = tile.y - 7 if is_above else tile.y + tile.height + 19
    return fragment(
        (
            element("use", href=f"#{tile.thumbnail.name}", x=tile.x, y=tile.y)
            if tile.thumbnail
            else element(
                "rect", x=tile.x, y=tile.y, width=tile.width, height=tile.height, class_="blank"
            ),
            element(
                "text",
                f"photo {index + 1}" if tile.thumbnail else f"photo {index + 1}: no picture",
                x=tile.middle,
                y=caption,
                class_="caption",
            ),
        )
    )


def _draw_match(place: int, pair: PhotoPair, left: _Tile, right: _Tile) -> Markup:
    curve = _curve(left, right)
    boxes = [
        _draw_region(str(number), box, tile)
        for number, regions in enumerate(pair.regions, start=1)
        for box, tile in ((regions.left, left), (regions.right, right))
    ]
    return element(
        "g",
        element(
            "title",
            f"photo {pair.left.index + 1} and photo {pair.right.index + 1}: "
            f"similarity {pair.similarity:.2f}",
        ),
        element("path", d=curve, class_="link", stroke_width=_thickness(pair.similarity)),
        element("circle", cx=left.middle, cy=left.y + left.height, r=5),
        element("circle", cx=right.middle, cy=right.y, r=5),
        *boxes,
        class_=f"match m{place}",
    )


def _thickness(similarity: float) -> float:
    """How thick a match is drawn: what proves little is thin."""
    return _THIN + (_THICK - _THIN) * min(max(similarity, 0.0), 1.0) ** 2


def _draw_region(number: str, box: Box, tile: _Tile) -> Markup:
    """Outline a region; the same number marks what it matches in the other photo."""
    x, y = tile.x + box[0] * tile.width + 2, tile.y + box[1] * tile.height + 2
    width = max(0.0, (box[2] - box[0]) * tile.width - 4)
    height = max(0.0, (box[3] - box[1]) * tile.height - 4)
    place = {"x": x, "y": y, "width": width, "height": height}
    return fragment(
        (
            element("rect", class_="halo", **place),
            element("rect", class_="region", **place),
            element("rect", class_="tag", x=x, y=y, width=_TAG, height=_TAG),
            element("text", number, class_="number", x=x + _TAG / 2, y=y + 14),
        )
    )


def _curve(left: _Tile, right: _Tile) -> str:
    middle = _ABOVE + _GAP / 2
    return (
        f"M{left.middle:.1f} {_ABOVE} C{left.middle:.1f} {middle} "
        f"{right.middle:.1f} {middle} {right.middle:.1f} {_BELOW}"
    )

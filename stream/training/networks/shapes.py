"""Sizes that the three models share, and where the regions of a photo lie.

Letters used for shapes: B batch, N photos of a listing (padded), T tokens of a photo, D their
width, S side of a photo in pixels, R region pairs of a photo pair.
"""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom; relative to the photo."""

PHOTO_SIZE = 256

_REGION_SIDE = 0.4
_STARTS = tuple(step * (1 - _REGION_SIDE) / 2 for step in range(3))
# Three rows of three that overlap a little: so small that what is in the middle of one fills it.
REGION_BOXES: tuple[Box, ...] = tuple(
    (left, top, left + _REGION_SIDE, top + _REGION_SIDE) for top in _STARTS for left in _STARTS
)
WHOLE_BOX: Box = (0.0, 0.0, 1.0, 1.0)
TOKEN_COUNT = 1 + len(REGION_BOXES)

CONTENT_WIDTH = 192
TEXTURE_WIDTH = 64
TOKEN_WIDTH = CONTENT_WIDTH + TEXTURE_WIDTH
TEXTURE_LENGTH = 0.5
"""Of the texture part of a token before the whole is scaled to unit length; of the other, 1."""

EMBEDDING_WIDTH = 256
REGION_PAIRS = 2

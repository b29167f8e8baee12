"""Photos as they might also have been taken, or edited: batches of them, changed at random.

Everything works on float batches [B, 3, S, S] in 0..255, so that a few tensor operations serve
the whole batch.
"""

import io
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

_LUMA = (0.299, 0.587, 0.114)
_LEAST_FRAMED = 0.33  # of a frame's side: as of a page on a telephone, shown in a square


@dataclass(frozen=True)
class Strength:
    """How far photos are changed."""

    least_crop: float = 0.7
    """Of the photo's sides; the whole is the most."""
    lean: float = 0.06
    """By how much of a side each corner of the crop may move: tilt and perspective."""
    light: float = 0.25
    """Brightness, contrast, saturation and the colour of the light change by up to this share."""
    blurred: float = 0.2
    """Share of photos that lose detail."""
    covered: float = 0.2
    """Share of photos with a patch over a part."""
    compressed: float = 0.2
    """Share of photos that go through JPEG at low quality."""
    framed: float = 0.05
    """Share of photos in a frame: a border, a screenshot, a collage with another photo."""


OTHER_VIEW = Strength()
OTHER_PLACE = Strength(least_crop=0.45, lean=0.1, light=0.4, blurred=0.3, covered=0.4)
EDITED_COPY = Strength(least_crop=0.7, lean=0.04, covered=0.3, compressed=0.4, framed=0.5)


def augment(photos: Tensor, size: int, strength: Strength, random: torch.Generator) -> Tensor:
    """Return photos uint8 [B, 3, P, P] as floats [B, 3, size, size] in 0..255, each changed."""
    views = _framed(_retaken(photos.float(), size, strength, random), strength.framed, random)
    for change, share in ((_blurred, strength.blurred), (_covered, strength.covered)):
        chosen = torch.rand(len(views), generator=random) < share
        if chosen.any():
            views[chosen] = change(views[chosen], random)
    views = _relit(views, strength.light, random).clamp(0, 255)
    return _compressed(views, strength.compressed, random)


def _retaken(photos: Tensor, size: int, strength: Strength, random: torch.Generator) -> Tensor:
    """Crop, mirror, tilt and lean: a homography each, by the four corners it starts from."""
    count = len(photos)
    sides = _uniform((count, 2), strength.least_crop, 1.0, random)
    starts = torch.rand(count, 2, generator=random) * (1 - sides)
    unit = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    corners = starts[:, None] + unit * sides[:, None]
    corners = corners + _uniform((count, 4, 2), -strength.lean, strength.lean, random)
    mirrored = torch.rand(count, generator=random) < 0.5
    corners[mirrored] = corners[mirrored][:, [1, 0, 3, 2]]
    transform = _homographies(unit.expand(count, 4, 2), corners)
    steps = (torch.arange(size) + 0.5) / size
    rows, columns = torch.meshgrid(steps, steps, indexing="ij")
    points = torch.stack((columns, rows, torch.ones_like(rows)), -1).view(1, -1, 3)
    found = points @ transform.transpose(1, 2)
    places = (found[..., :2] / found[..., 2:]).view(count, size, size, 2)
    return functional.grid_sample(
        photos, places * 2 - 1, padding_mode="reflection", align_corners=False
    )


def _homographies(sources: Tensor, targets: Tensor) -> Tensor:
    """Return [B, 3, 3] that map four points [B, 4, 2] to four others.

    Source: the linear system of Hartley and Zisserman, "Multiple View Geometry", 4.1.
    """
    x, y = sources.unbind(-1)
    u, v = targets.unbind(-1)
    one, zero = torch.ones_like(x), torch.zeros_like(x)
    rows = (
        torch.stack((x, y, one, zero, zero, zero, -u * x, -u * y), -1),
        torch.stack((zero, zero, zero, x, y, one, -v * x, -v * y), -1),
    )
    solution = torch.linalg.solve(torch.cat(rows, 1), torch.cat((u, v), 1))
    return torch.cat((solution, torch.ones(len(x), 1)), 1).view(-1, 3, 3)


def _framed(photos: Tensor, share: float, random: torch.Generator) -> Tensor:
    """Put some photos, smaller, on a plain ground or on another photo."""
    size = photos.shape[-1]
    framed = photos.clone()
    for at in torch.nonzero(torch.rand(len(photos), generator=random) < share).flatten().tolist():
        height, width = (int(side) for side in _uniform((2,), _LEAST_FRAMED, 0.95, random) * size)
        top = int(_uniform((), 0, size - height, random))
        left = int(_uniform((), 0, size - width, random))
        if torch.rand((), generator=random) < 0.5:
            ground = _uniform((3, 1, 1), 0, 255, random).expand(3, size, size).clone()
        else:
            ground = photos[int(torch.randint(len(photos), (), generator=random))].clone()
        ground[:, top : top + height, left : left + width] = functional.interpolate(
            photos[at : at + 1], (height, width), mode="bilinear", antialias=True
        )[0]
        framed[at] = ground
    return framed


def _blurred(photos: Tensor, random: torch.Generator) -> Tensor:
    size = photos.shape[-1]
    small = int(_uniform((), 0.35, 0.8, random) * size)
    shrunk = functional.interpolate(photos, (small, small), mode="bilinear", antialias=True)
    return functional.interpolate(shrunk, (size, size), mode="bilinear")


def _covered(photos: Tensor, random: torch.Generator) -> Tensor:
    """Lay a patch over each: a thumb, a sticker, a line of text."""
    size = photos.shape[-1]
    covered = photos.clone()
    for photo in covered:
        height, width = (int(side) for side in _uniform((2,), 0.08, 0.45, random) * size)
        top = int(_uniform((), 0, size - height, random))
        left = int(_uniform((), 0, size - width, random))
        colours = _uniform((2, 3, 1, 1), 0, 255, random)
        if torch.rand((), generator=random) < 0.5:
            photo[:, top : top + height, left : left + width] = colours[0]
        else:  # strokes, as letters have them
            strokes = torch.rand(1, height // 4 + 1, width // 4 + 1, generator=random) < 0.4
            strokes = strokes.repeat_interleave(4, 1).repeat_interleave(4, 2)
            part = photo[:, top : top + height, left : left + width]
            part.copy_(torch.where(strokes[:, :height, :width], colours[0], part))
    return covered


def _relit(photos: Tensor, share: float, random: torch.Generator) -> Tensor:
    """Change brightness, contrast, saturation and the colour of the light."""
    count = len(photos)
    brightness, contrast, saturation = _uniform((3, count, 1, 1, 1), 1 - share, 1 + share, random)
    lamp = _uniform((count, 3, 1, 1), 1 - share / 2, 1 + share / 2, random)
    lit = photos * brightness * lamp
    grey = (lit * torch.tensor(_LUMA).view(3, 1, 1)).sum(1, keepdim=True)
    coloured = grey + (lit - grey) * saturation
    level = grey.mean((2, 3), keepdim=True)
    return level + (coloured - level) * contrast


def _compressed(photos: Tensor, share: float, random: torch.Generator) -> Tensor:
    for at in torch.nonzero(torch.rand(len(photos), generator=random) < share).flatten().tolist():
        pixels = photos[at].permute(1, 2, 0).byte().numpy()
        file = io.BytesIO()
        quality = int(torch.randint(12, 60, (), generator=random))
        Image.fromarray(pixels).save(file, "JPEG", quality=quality)
        photos[at] = torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1)
    return photos


def _uniform(shape: tuple[int, ...], low: float, high: float, random: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(shape, generator=random)

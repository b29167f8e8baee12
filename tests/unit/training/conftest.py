"""A manifest of drawn photos that the light models tell apart: patterns by item, noise by photo."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ITEMS = 12


def draw_photo(item: int, shot: int) -> Image.Image:
    """Return the item's pattern of 4 by 4 colours, with the shot's noise."""
    pattern = np.random.default_rng(item).integers(0, 256, (4, 4, 3))
    noise = np.random.default_rng((item, shot)).normal(0, 12, (4, 4, 3))
    colours = np.clip(pattern + noise, 0, 255).astype(np.uint8)
    return Image.fromarray(colours).resize((64, 64), Image.Resampling.NEAREST)


@pytest.fixture
def manifest_path(tmp_path: Path) -> Path:
    """Items 0 to 5 are listed twice, the others once; two photos a listing, four sellers."""
    lines = []
    for item in range(ITEMS):
        for side in range(2 if item < ITEMS // 2 else 1):
            photos = []
            for shot in (2 * side, 2 * side + 1):
                photos.append(f"{item}-{shot}.png")
                draw_photo(item, shot).save(tmp_path / photos[-1])
            lines.append(
                {
                    "listing_id": f"listing-{item}-{side}",
                    "item_id": f"item-{item}",
                    "seller_id": f"seller-{item % 4}",
                    "category": "toys",
                    "source": "drawn" if item else "other",
                    "photos": photos,
                }
            )
    path = tmp_path / "drawn.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path

"""Makes object maps: of what is rendered by looking, of copies by the edit that made them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from stream.demo.object_maps import MAP_HEIGHT, MAP_WIDTH, NOTHING, ObjectMap
from stream.demo.rendering.framing import PHOTO_SIZE, arrange, reframe
from stream.demo.rendering.labels import HOME
from stream.demo.rendering.plan import Edit, Posting

_BLANK = 0
_NEAREST = Image.Resampling.NEAREST


def map_of_shot(seen: Sequence[Sequence[str]], posting: Posting) -> ObjectMap:
    """Return the map of a rendered photo from the names of what it shows, row by row."""
    names, places = np.unique(np.array(seen), return_inverse=True)
    is_home = posting.item.thing.kind == HOME
    offered = {posting.item.item_id, *(offered.item.item_id for offered in posting.lot)}
    return ObjectMap(
        places.reshape(MAP_HEIGHT, MAP_WIDTH).astype(np.uint16),
        tuple(names.tolist()),
        frozenset(names.tolist()) - {NOTHING} if is_home else frozenset(offered),
    )


def map_of_copy(source: ObjectMap, edit: Edit | None) -> ObjectMap:
    """Return the map of a copied photo."""
    if edit is None:
        return source
    return _changed([source], lambda images: reframe(images[0], edit, _NEAREST))


def map_of_collage(sources: Sequence[ObjectMap]) -> ObjectMap:
    """Return the map of a collage of photos."""
    return _changed(sources, lambda images: arrange(images, _NEAREST, _BLANK))


def _changed(
    sources: Sequence[ObjectMap], change: Callable[[Sequence[Image.Image]], Image.Image]
) -> ObjectMap:
    """Do to maps what is done to photos: each is drawn as large as they are, blank is nothing."""
    names = (NOTHING, *sorted({name for source in sources for name in source.names} - {NOTHING}))
    place = {name: index for index, name in enumerate(names)}
    drawn = []
    for source in sources:
        table = np.array([place[name] for name in source.names], dtype=np.int32)
        drawn.append(Image.fromarray(table[source.objects]).resize(PHOTO_SIZE, _NEAREST))
    changed = change(drawn).resize((MAP_WIDTH, MAP_HEIGHT), _NEAREST)
    return ObjectMap(
        np.asarray(changed).astype(np.uint16),
        names,
        frozenset().union(*(source.for_sale for source in sources)),
    )

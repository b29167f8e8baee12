"""Heads, pairs and vectors to write: small, and different wherever it may matter."""

import hashlib
from datetime import UTC, datetime

import numpy as np

from stream.domain.alert import pair_id_of
from stream.domain.listing import Head, IndexedPhoto
from stream.domain.pair import Pair
from stream.ports import Floats
from tests.support.qdrant import SPEC

CREATED_AT = datetime(2024, 5, 17, 9, 30, tzinfo=UTC)
UNUSUAL_IDS = (
    "1",
    "a/b?c=d&e#f",
    'Анна\'s "sofa" 椅子 🪑',
    "..",
    "null",
    " leading and trailing ",
    "x" * 256,
    "椅" * 256,
)


def sha(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()


def head(listing_id: str, version: int = 1, **changes: object) -> Head:
    fields: dict[str, object] = {
        "seller_id": "seller",
        "category": "sofas",
        "region": "north",
        "created_at": CREATED_AT,
        "photos": (
            IndexedPhoto(0, "https://photos.example/é?x=1", sha((listing_id, 0))),
            IndexedPhoto(2, "data:image/jpeg;base64,AA==", sha((listing_id, 2))),
        ),
    }
    return Head(listing_id=listing_id, version=version, **(fields | changes))  # type: ignore[arg-type]


def tombstone(listing_id: str, version: int) -> Head:
    return Head(listing_id=listing_id, version=version, deleted=True)


def unit(seed: int, width: int = 256) -> Floats:
    vector = np.random.default_rng(seed).standard_normal(width)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def towards(near: Floats, far: Floats, cosine: float) -> Floats:
    """Return the unit vector at this cosine to `near`, in the plane of both."""
    sideways = far - (far @ near) * near
    sideways /= np.linalg.norm(sideways)
    return np.asarray(cosine * near + np.sqrt(1 - cosine**2) * sideways, np.float32)


def tokens(seed: int) -> Floats:
    shape = (SPEC.token_count, SPEC.token_width)
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def pair(left_id: str, right_id: str, revision: int, **changes: object) -> Pair:
    fields: dict[str, object] = {"is_open": True, "probability": 0.75}
    return Pair(
        pair_id=pair_id_of(left_id, right_id),
        left_id=left_id,
        right_id=right_id,
        revision=revision,
        **(fields | changes),  # type: ignore[arg-type]
    )

"""Photo sets as tensors of a few sizes, so that requests of many listings fit into one batch."""

from collections.abc import Sequence

import numpy as np

from stream.domain.errors import StopError
from stream.ports import Bits, Floats

LISTING_SIZES = (1, 2, 4, 8, 16, 24)
PAIR_SIZES = (1, 2, 4, 6)


def pad_sets(
    sets: Sequence[Floats], token_shape: tuple[int, int], sizes: Sequence[int]
) -> tuple[Floats, Bits]:
    """Stack sets of tokens [N_i, T, D] to [B, N, T, D] and a mask [B, N].

    N is the least of `sizes` that holds the largest set; a mask is true where a photo is. Raises
    `StopError` for a set that is empty, larger than any size, or not of `token_shape`, (T, D).
    """
    for tokens in sets:
        if tokens.shape[1:] != token_shape:
            raise StopError(
                f"Tokens are {list(tokens.shape)}, not [N, {token_shape[0]}, {token_shape[1]}]."
            )
    counts = [len(tokens) for tokens in sets]
    if min(counts) == 0:
        raise StopError("A listing without photos was given to a model.")
    largest = max(counts)
    if largest > sizes[-1]:
        raise StopError(f"A listing of {largest} photos was given to a model for {sizes[-1]}.")
    size = next(size for size in sizes if size >= largest)
    padded = np.zeros((len(sets), size, *token_shape), np.float32)
    mask = np.zeros((len(sets), size), np.bool_)
    for at, tokens in enumerate(sets):
        padded[at, : len(tokens)] = tokens
        mask[at, : len(tokens)] = True
    return padded, mask

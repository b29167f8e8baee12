"""Vectors on their way to and from Qdrant: checked before they leave."""

import numpy as np
from qdrant_client import grpc as messages

from stream.domain.errors import StopError
from stream.ports import Floats


def checked(values: Floats, shape: tuple[int, ...], what: str) -> Floats:
    """Return `values` as float32. Raises `StopError` unless of this shape and finite."""
    if values.shape != shape:
        raise StopError(f"{what} has the shape {list(values.shape)} where {list(shape)} is due")
    if not np.isfinite(values).all():
        raise StopError(f"{what} holds numbers that are not finite")
    return values.astype(np.float32, copy=False)


def multi_vector(tokens: Floats) -> messages.Vector:
    """Return tokens [T, D] as a multivector."""
    rows = [messages.DenseVector(data=row) for row in tokens.tolist()]
    return messages.Vector(multi_dense=messages.MultiDenseVector(vectors=rows))


def read_tokens(stored: messages.VectorsOutput, shape: tuple[int, int]) -> Floats:
    """Return the tokens [T, D] of a photo point, bit for bit as they were written.

    Numbers are taken from the message's wire form, in which each row is a header of constant
    length and its float32 numbers, little-endian: eight times faster than one by one.
    """
    count, width = shape
    multi = stored.vectors.vectors["tokens"].multi_dense
    lengths = {len(row.data) for row in multi.vectors}
    if len(multi.vectors) != count or lengths != {width}:
        raise StopError(
            f"stored tokens have {len(multi.vectors)} rows of {sorted(lengths)} numbers"
            f" where {count} of {width} are due: the model changed under one model version"
        )
    wire = np.frombuffer(multi.SerializeToString(), np.uint8).reshape(count, -1)
    return np.ascontiguousarray(wire[:, -4 * width :]).view("<f4")

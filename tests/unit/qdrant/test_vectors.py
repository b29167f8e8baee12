"""Vectors: refused before they leave when they cannot be right, read back bit for bit."""

import numpy as np
import pytest
from qdrant_client import grpc as messages

from stream.adapters.qdrant.vectors import checked, multi_vector, read_tokens
from stream.domain.errors import StopError
from stream.ports import Floats

TOKENS = np.random.default_rng(0).standard_normal((5, 7)).astype(np.float32)


def stored(tokens: Floats) -> messages.VectorsOutput:
    rows = multi_vector(tokens).multi_dense
    named = messages.NamedVectorsOutput(vectors={"tokens": messages.VectorOutput(multi_dense=rows)})
    return messages.VectorsOutput(vectors=named)


@pytest.mark.parametrize("width", [1, 7, 31, 32, 96, 128, 4096, 5000])
def test_tokens_come_back_bit_for_bit(width: int) -> None:
    tokens = np.random.default_rng(1).standard_normal((3, width)).astype(np.float32)
    tokens[0, 0] = -0.0
    read = read_tokens(stored(tokens), (3, width))
    assert read.dtype == np.float32
    assert read.tobytes() == tokens.tobytes()


@pytest.mark.parametrize("shape", [(5, 8), (4, 7), (35, 1)])
def test_stored_tokens_of_another_shape_stop_the_worker(shape: tuple[int, int]) -> None:
    with pytest.raises(StopError, match="the model changed under one model version"):
        read_tokens(stored(TOKENS), shape)


def test_a_point_without_tokens_stops_the_worker() -> None:
    with pytest.raises(StopError, match="stored tokens have 0 rows"):
        read_tokens(messages.VectorsOutput(), (5, 7))


def test_good_vectors_pass() -> None:
    assert checked(TOKENS, (5, 7), "tokens") is TOKENS
    assert checked(TOKENS.astype(np.float64), (5, 7), "tokens").dtype == np.float32


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_stay_here(number: float) -> None:
    spoilt = TOKENS.copy()
    spoilt[4, 6] = number
    with pytest.raises(StopError, match="tokens holds numbers that are not finite"):
        checked(spoilt, (5, 7), "tokens")


def test_other_shapes_stay_here() -> None:
    with pytest.raises(StopError, match=r"tokens has the shape \[5, 7\] where \[5, 8\] is due"):
        checked(TOKENS, (5, 8), "tokens")

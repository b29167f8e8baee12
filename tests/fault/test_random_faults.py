"""Faults of all kinds, one after another, over a stream of thousands of events."""

import os
import secrets

import pytest

from tests.fault.soak import soak
from tests.support.end_state import NO_DIFFERENCE
from tests.support.proving_ground import ProvingGround

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


async def test_a_random_mix_of_faults_loses_nothing(ground: ProvingGround) -> None:
    seed = int(os.environ.get("FAULT_SEED") or secrets.randbelow(2**32))
    print(f"FAULT_SEED={seed}")  # noqa: T201 (shown when the test fails)
    report = await soak(ground, seed, events=5000, faults=10)
    print(report)  # noqa: T201
    assert str(report.differences) == NO_DIFFERENCE


@pytest.mark.parametrize("seed", [61, 112, 286])
async def test_a_broker_that_pauses_before_anything_is_committed_loses_nothing(
    ground: ProvingGround, seed: int
) -> None:
    report = await soak(ground, seed, events=150, faults=1)
    assert [*report.faults] == ["pause the broker"]
    assert str(report.differences) == NO_DIFFERENCE

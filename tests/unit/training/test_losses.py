import math

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="no torch here: make test-training")

from stream.training.losses import info_nce  # noqa: E402

TEMPERATURE = 0.1


def test_info_nce_is_what_plain_loops_find() -> None:
    random = np.random.default_rng(5)
    scores = random.uniform(-1, 1, (3, 6))
    is_same = np.zeros((3, 6), np.bool_)
    is_same[[0, 1, 1, 2], [0, 1, 4, 2]] = True
    is_uncertain = np.zeros((3, 6), np.bool_)
    is_uncertain[0, 3] = True

    found = info_nce(
        torch.from_numpy(scores),
        torch.from_numpy(is_same),
        torch.from_numpy(is_uncertain),
        TEMPERATURE,
    )

    negatives = [
        sum(
            math.exp(scores[row, at] / TEMPERATURE)
            for at in range(6)
            if not is_same[row, at] and not is_uncertain[row, at]
        )
        for row in range(3)
    ]
    losses = []
    for row in range(3):
        of_row: list[float] = []
        for at in np.flatnonzero(is_same[row]):
            positive = math.exp(scores[row, at] / TEMPERATURE)
            of_row += [
                -math.log(positive / (positive + others))
                for others in (negatives[row], sum(negatives) / 3)
            ]
        losses.append(sum(of_row) / len(of_row))
    assert float(found) == pytest.approx(sum(losses) / 3)


def test_nothing_is_learned_from_uncertain_pairs() -> None:
    scores = torch.tensor([[0.5, 0.9, 0.1]], requires_grad=True)
    is_same = torch.tensor([[True, False, False]])
    is_uncertain = torch.tensor([[False, True, False]])

    info_nce(scores, is_same, is_uncertain, TEMPERATURE).backward()

    assert scores.grad is not None
    assert scores.grad[0, 0] < 0 < scores.grad[0, 2]
    assert scores.grad[0, 1] == 0


def test_a_twin_must_stand_above_the_negatives_of_other_queries_too() -> None:
    scores = torch.tensor([[0.5, 0.1], [0.9, 0.95]], requires_grad=True)
    is_same = torch.tensor([[True, False], [False, True]])

    info_nce(scores, is_same, torch.zeros_like(is_same), TEMPERATURE).backward()

    apart = scores.detach().clone().requires_grad_()
    info_nce(apart[:1], is_same[:1], torch.zeros_like(is_same[:1]), TEMPERATURE).backward()
    assert scores.grad is not None
    assert apart.grad is not None
    assert 2 * scores.grad[0, 0] < apart.grad[0, 0]

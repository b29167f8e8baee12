"""Whether the regions of two photos match as they would if both showed one place."""

import torch
from torch import Tensor, nn

from stream.training.networks.matching import mutual_matches
from stream.training.networks.shapes import REGION_BOXES

LEAST_ALIKE = 0.4
"""Regions less alike than this say nothing."""

_STEP = 0.3  # between the middles of neighbouring regions
_FARTHEST = 2


class Arrangement(nn.Module):
    """Cosines of regions [..., R, R] to how strongly they speak for one arrangement [...].

    Regions that are each other's best match vote, the more alike the stronger, for how far the
    second photo is shifted against the first as it is or mirrored; a vote counts half for shifts
    half a step away. The strongest shift decides: the Hough vote of Lowe, "Distinctive Image
    Features from Scale-Invariant Keypoints", IJCV 2004, for places on a coarse grid. Zero for
    padding, whose cosines are below `LEAST_ALIKE`.
    """

    votes: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("votes", _votes(), persistent=False)

    def forward(self, similarities: Tensor) -> Tensor:
        """Weigh the strongest arrangement."""
        return self._of_shifts(similarities).amax(-1)

    def fits(self, similarities: Tensor) -> Tensor:
        """Tell which two regions lie as the strongest arrangement has them [..., R, R].

        Where nothing speaks for any, all do.
        """
        found = self._of_shifts(similarities)
        strongest, shift = found.max(-1)
        does_fit = self.votes.T[shift].view(similarities.shape) > 0
        return does_fit | (strongest == 0)[..., None, None]

    def _of_shifts(self, similarities: Tensor) -> Tensor:
        strength = (similarities - LEAST_ALIKE).clamp(min=0) * mutual_matches(similarities)
        return strength.flatten(-2) @ self.votes


def _votes() -> Tensor:
    """Return [R · R, shifts]: how much a match of two regions counts for each shift."""
    boxes = torch.tensor(REGION_BOXES)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    mirrored = torch.stack((1 - middles[:, 0], middles[:, 1]), -1)
    steps = torch.arange(-_FARTHEST, _FARTHEST + 1.0)
    shifts = torch.cartesian_prod(steps, steps)
    of_turns = []
    for start in (middles, mirrored):
        found = (middles[None] - start[:, None]) / _STEP
        distance = (found[:, :, None] - shifts).abs().amax(-1)
        of_turns.append((1 - distance / 2).clamp(min=0).flatten(0, 1))
    return torch.cat(of_turns, -1)

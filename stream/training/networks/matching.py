"""How well two sets of tokens match: each token looks for its best counterpart on the other side.

Late interaction of Khattab and Zaharia, "ColBERT", SIGIR 2020, made symmetrical, with learned
weights: a wall that every photo of a home shows should count for less than what is for sale.
"""

import torch
from torch import Tensor, nn

from stream.training.networks.shapes import TOKEN_WIDTH

NOTHING = -1.0
"""As low as a similarity gets."""

_NEVER = -1e4


class TokenRelevance(nn.Module):
    """Weights [..., K] of tokens [..., K, D] that sum to one; equal before anything is learned."""

    def __init__(self) -> None:
        super().__init__()
        self.logit = nn.Linear(TOKEN_WIDTH, 1)
        nn.init.zeros_(self.logit.weight)
        nn.init.zeros_(self.logit.bias)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Weigh the tokens where the mask [..., K] is set; the others get nothing."""
        logits = self.logit(tokens).squeeze(-1)
        return torch.softmax(logits.masked_fill(~mask, _NEVER), -1) * mask


def best_match(similarities: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """Return the weighted mean similarity of each side's tokens to their best counterparts [...].

    Args:
        similarities: [..., K, M]; `NOTHING` where either token is padding.
        left: weights [..., K], 0 for padding.
        right: weights [..., M], 0 for padding.
    """
    found_right = (left * similarities.amax(-1)).sum(-1)
    found_left = (right * similarities.amax(-2)).sum(-1)
    return (found_right + found_left) / 2


def mutual_matches(similarities: Tensor) -> Tensor:
    """Tell which tokens are each other's best counterpart [..., K, M]."""
    return (similarities == similarities.amax(-1, keepdim=True)) & (
        similarities == similarities.amax(-2, keepdim=True)
    )


def all_pairs(left: Tensor, right: Tensor, left_mask: Tensor, right_mask: Tensor) -> Tensor:
    """Return cosines [Q, R, K, M] of tokens [Q, K, D] and [R, M, D]; `NOTHING` for padding."""
    rows = left.flatten(0, 1) @ right.flatten(0, 1).T
    cosines = rows.view(*left.shape[:2], *right.shape[:2]).transpose(1, 2)
    is_pair = left_mask[:, None, :, None] & right_mask[None, :, None, :]
    return cosines.masked_fill(~is_pair, NOTHING)

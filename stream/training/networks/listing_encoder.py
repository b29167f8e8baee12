"""The photo set of a listing to one embedding: attention over all tokens of all photos."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from stream.training.networks.shapes import EMBEDDING_WIDTH, TOKEN_WIDTH

_ATTENTION_WIDTH = 64
_NEVER = -1e4


class ListingEncoder(nn.Module):
    """tokens [B, N, T, D] and mask [B, N] to an embedding [B, 256] of unit length."""

    def __init__(self) -> None:
        super().__init__()
        self.whole_attention = TokenAttention()
        self.region_attention = TokenAttention()
        self.projection = nn.Linear(2 * TOKEN_WIDTH, EMBEDDING_WIDTH)

    def pool(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Return what the projection sees: pooled global and pooled regional token [B, 2 D]."""
        whole, regions = tokens[:, :, 0], tokens[:, :, 1:]
        of_regions = mask.unsqueeze(2).expand(regions.shape[:3])
        return torch.cat(
            (
                self.whole_attention(whole, mask),
                self.region_attention(regions.flatten(1, 2), of_regions.flatten(1, 2)),
            ),
            -1,
        )

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Encode the photo set of a listing."""
        return functional.normalize(self.projection(self.pool(tokens, mask)), dim=-1)


class TokenAttention(nn.Module):
    """A weighted mean [B, D] of tokens [B, K, D]; a plain mean before anything is learned.

    Gated pooling of Ilse, Tomczak and Welling, "Attention-based Deep Multiple Instance Learning",
    ICML 2018, without the gate.
    """

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(TOKEN_WIDTH, _ATTENTION_WIDTH)
        self.logit = nn.Linear(_ATTENTION_WIDTH, 1)
        nn.init.zeros_(self.logit.weight)
        nn.init.zeros_(self.logit.bias)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Average where the mask [B, K] is set."""
        logits = self.logit(torch.tanh(self.hidden(tokens))).squeeze(-1)
        weights = torch.softmax(logits.masked_fill(~mask, _NEVER), -1)
        return (weights.unsqueeze(1) @ tokens).squeeze(1)

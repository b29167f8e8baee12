"""What training minimises, given how alike listings were found."""

import torch
from torch import Tensor
from torch.nn import functional


def info_nce(scores: Tensor, is_same: Tensor, is_uncertain: Tensor, temperature: float) -> Tensor:
    """Return the mean over queries of how hard it is to pick a true twin among all others.

    Supervised InfoNCE of Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020, with the
    sum over positives outside the logarithm; a positive never stands among another's negatives.

    Args:
        scores: [Q, K], higher is more alike.
        is_same: [Q, K], one at least in each row.
        is_uncertain: [Q, K]: pairs that are neither positives nor negatives.
        temperature: small ones look at the hardest negatives only.
    """
    logits = scores / temperature
    negatives = logits.masked_fill(is_same | is_uncertain, -torch.inf).logsumexp(1, keepdim=True)
    losses = functional.softplus(negatives - logits)
    weights = is_same / is_same.sum(1, keepdim=True)
    return (losses * weights).sum(1).mean()

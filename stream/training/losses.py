"""What training minimises, given how alike listings were found."""

import math

import torch
from torch import Tensor
from torch.nn import functional


def info_nce(scores: Tensor, is_same: Tensor, is_uncertain: Tensor, temperature: float) -> Tensor:
    """Return how hard it is to tell a true twin from all others, mean over queries.

    Supervised InfoNCE of Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020, with the
    sum over positives outside the logarithm; a positive never stands among another's negatives.
    Half of the loss compares a positive with the negatives of its own query, which is what ranks
    candidates; the other half with those of all queries, for one threshold serves them all.

    Args:
        scores: [Q, K], higher is more alike.
        is_same: [Q, K], one at least in each row.
        is_uncertain: [Q, K]: pairs that are neither positives nor negatives.
        temperature: small ones look at the hardest negatives only.
    """
    logits = scores / temperature
    negatives = logits.masked_fill(is_same | is_uncertain, -torch.inf)
    of_query = negatives.logsumexp(1, keepdim=True)
    of_all = negatives.logsumexp((0, 1)) - math.log(len(scores))
    losses = functional.softplus(of_query - logits) + functional.softplus(of_all - logits)
    weights = is_same / is_same.sum(1, keepdim=True)
    return (losses * weights).sum(1).mean() / 2

"""Recall: how far two listings match by what the ledger tells, without models or photos."""

from collections.abc import Mapping, Sequence

from stream.domain.listing import Head
from stream.domain.match import Match, Unknown
from stream.domain.policy import Policy
from stream.pipeline.verify import Comparison


class Recollection:
    """Stands in for the verifier: knows what was compared before, under the policy's model.

    A match counts only for the very photos that it was found on. When these have changed, an event
    is on its way that decides the pair.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    async def verify(
        self, pairs: Sequence[tuple[Head, Head]], known: Mapping[str, Match] | None = None
    ) -> Sequence[Match | Unknown | None]:
        """Return what is known of each two heads; None where they cannot match."""
        return [self._recall(Comparison.of(*pair, self._policy), known or {}) for pair in pairs]

    def _recall(
        self, comparison: Comparison | None, known: Mapping[str, Match]
    ) -> Match | Unknown | None:
        if comparison is None:
            return None
        return known.get(comparison.name_under(self._policy.model_version), Unknown.UNKNOWN)

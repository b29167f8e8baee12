"""Watch photo servers: tell a listing's own server that is away from a network that is."""

import time
from collections import OrderedDict
from collections.abc import Callable

from stream.domain.errors import RetryError

_SAMPLE_LISTINGS = 10
_AWAY_SHARE = 0.9
_WINDOW_SECONDS = 300


class PhotoServerWatch:
    """A circuit that opens when hardly any listing's photo servers answer.

    Listings are counted, each once, so that no single one, however many photos it has and however
    often it is tried, can say that the network is away. What a server refuses is an answer, too.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, tuple[float, bool]] = OrderedDict()

    def record(self, listing_id: str, *, is_answered: bool) -> None:
        """Take in whether any photo server of a listing answered."""
        self._seen.pop(listing_id, None)
        self._seen[listing_id] = (self._clock(), is_answered)

    def check(self) -> None:
        """Raise `RetryError` while hardly any server answers: one's own is not to blame then."""
        oldest = self._clock() - _WINDOW_SECONDS
        while self._seen and next(iter(self._seen.values()))[0] < oldest:
            self._seen.popitem(last=False)
        count = len(self._seen)
        away = sum(not is_answered for _, is_answered in self._seen.values())
        if count >= _SAMPLE_LISTINGS and away >= _AWAY_SHARE * count:
            raise RetryError(
                f"of the last {count} listings' photo servers {away} did not answer: look at this "
                "machine's network, its resolver and the photo servers"
            )

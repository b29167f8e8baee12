"""Which alerts a backfill sends, and where to."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

import msgspec

from stream.domain.pair import Pair
from stream.pipeline.publish import Sending, publish
from stream.ports import AlertPublisher, PairLedger


class AlertChoice(msgspec.Struct, frozen=True):
    """`none`, `new`, `all`, or the name of a topic of its own.

    With `none` and with a topic, what is found stays quiet: the ledger has it, and no subscriber
    hears of it before a backfill sends `new` ones or `all`.
    """

    name: str

    @property
    def is_quiet(self) -> bool:
        """Whether subscribers hear nothing."""
        return self.name not in {"new", "all"}

    @property
    def topic(self) -> str | None:
        """The topic of its own."""
        return self.name if self.name not in {"none", "new", "all"} else None


class NotedAlerts(AlertPublisher):
    """Knows which alert of each pair was sent last, or is about to be.

    Args:
        publisher: sends them.
    """

    def __init__(self, publisher: AlertPublisher) -> None:
        self._publisher = publisher
        self._sent: dict[str, int] = {}

    async def publish(self, pair_id: str, message: bytes) -> None:
        """Send an alert and wait until the broker has it."""
        self._sent[pair_id] = hash(message)
        try:
            await self._publisher.publish(pair_id, message)
        except BaseException:
            self.forget(pair_id)
            raise

    def claim(self, pair: Pair) -> bool:
        """Whether the pair's newest alert is for the caller to send: nobody else did or will."""
        digest = hash(pair.message)
        if self._sent.get(pair.pair_id) == digest:
            return False
        self._sent[pair.pair_id] = digest
        return True

    def forget(self, pair_id: str) -> None:
        """What was to be sent was not."""
        self._sent.pop(pair_id, None)


class StoredAlerts:
    """Sends what the ledger has of a listing, as far as that was chosen.

    Each alert is sent once by a process, whichever listings and events of its pair come by.

    Args:
        choice: which alerts.
        publisher: the way to the subscribers, or to the topic that was chosen in their stead.
    """

    def __init__(self, choice: AlertChoice, publisher: AlertPublisher) -> None:
        self._choice = choice
        self._noted = NotedAlerts(publisher)

    @property
    def publisher(self) -> AlertPublisher:
        """The same way, which what is sent by others takes too."""
        return self._noted

    async def send(self, listing_ids: Collection[str], ledger: PairLedger) -> Counter[str]:
        """Send what is to be sent of these listings' pairs; returns how many alerts of each.

        An alert of two of them counts for one.
        """
        counts = Counter[str]()
        if self._choice.name == "none":
            return counts
        sending = Sending.NEW if self._choice.name == "new" else Sending.ALL
        async for page in ledger.read_of_listings(listing_ids):
            due = defaultdict[str, list[Pair]](list)
            for pair in page:
                if sending.includes(pair) and self._noted.claim(pair):
                    due[pair.left_id if pair.left_id in listing_ids else pair.right_id].append(pair)
            try:
                for listing_id, pairs in due.items():
                    counts[listing_id] += await self._send(pairs, ledger, sending)
            except BaseException:
                for pair in itertools.chain(*due.values()):
                    self._noted.forget(pair.pair_id)
                raise
        return counts

    async def _send(self, pairs: Sequence[Pair], ledger: PairLedger, sending: Sending) -> int:
        if self._choice.topic is None:
            return await publish([pair.pair_id for pair in pairs], ledger, self._noted, sending)
        for pair in pairs:  # what subscribers have had is not touched
            await self._noted.publish(pair.pair_id, pair.message or b"")
        return len(pairs)

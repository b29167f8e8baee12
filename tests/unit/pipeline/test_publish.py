"""The ledger's newest alerts reach the topic, as they stand, and the newest comes last."""

import msgspec
import pytest

from stream.domain.errors import RetryError
from stream.domain.pair import Pair
from stream.pipeline.publish import publish
from tests.support.memory_ledger import MemoryLedger
from tests.support.memory_topics import MemoryPublisher


def pair(pair_id: str, *, alert: int | None = None, published: int = -1) -> Pair:
    record = Pair(pair_id=pair_id, left_id="L-1", right_id="L-2", revision=9, is_open=True)
    if alert is None:
        return record
    return msgspec.structs.replace(
        record,
        message=f"{pair_id} {alert}".encode(),
        message_revision=alert,
        published_revision=published,
    )


def ledger_of(*pairs: Pair) -> MemoryLedger:
    return MemoryLedger(pairs={one.pair_id: one for one in pairs})


async def test_what_the_broker_has_not_confirmed_is_sent_as_it_stands() -> None:
    ledger = ledger_of(pair("new", alert=7), pair("known", alert=7, published=7), pair("silent"))
    publisher = MemoryPublisher()
    assert await publish(["new", "known", "silent", "nowhere"], ledger, publisher) == 1
    assert publisher.messages == [("new", b"new 7")]
    assert ledger.pairs["new"].published_revision == 7


async def test_nothing_is_sent_twice() -> None:
    ledger, publisher = ledger_of(pair("new", alert=7)), MemoryPublisher()
    await publish(["new"], ledger, publisher)
    assert await publish(["new"], ledger, publisher) == 0
    assert len(publisher.messages) == 1


async def test_an_alert_that_the_broker_did_not_take_stays_unpublished() -> None:
    ledger, publisher = ledger_of(pair("new", alert=7)), MemoryPublisher(failures=1)
    with pytest.raises(RetryError):
        await publish(["new"], ledger, publisher)
    assert ledger.pairs["new"].is_unpublished
    assert await publish(["new"], ledger, publisher) == 1


async def test_who_was_overtaken_while_sending_sends_the_newest_too() -> None:
    """Else a late sender's old alert would be what compaction keeps."""
    ledger = ledger_of(pair("P", alert=7))

    class OvertakenPublisher(MemoryPublisher):
        async def publish(self, pair_id: str, message: bytes) -> None:
            await super().publish(pair_id, message)
            if len(self.messages) == 1:
                ledger.pairs[pair_id] = pair(pair_id, alert=8, published=8)

    publisher = OvertakenPublisher()
    assert await publish(["P"], ledger, publisher) == 2
    assert publisher.messages == [("P", b"P 7"), ("P", b"P 8")]
    assert ledger.pairs["P"].published_revision == 8

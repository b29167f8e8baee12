"""Alerts are counted once the broker has them."""

import pytest

from stream.domain.errors import RetryError
from stream.observability.counted import CountedAlerts
from stream.observability.metrics import REGISTRY
from tests.support.memory_topics import MemoryPublisher
from tests.support.memory_worker import MemoryWorker, posted


async def an_alert() -> tuple[str, bytes]:
    worker = MemoryWorker()
    await worker.processor().process([posted("L-1", ["a1"]), posted("L-2", ["a2"])])
    ((pair_id, message),) = worker.publisher.messages
    return pair_id, message


def raised() -> float:
    return REGISTRY.get_sample_value("twinlist_alerts_total", {"state": "raised"}) or 0


async def test_an_alert_is_passed_on_as_it_is_and_counted_by_state() -> None:
    inner, before = MemoryPublisher(), raised()
    pair_id, message = await an_alert()
    await CountedAlerts(inner).publish(pair_id, message)
    assert inner.messages == [(pair_id, message)]
    assert raised() == before + 1


async def test_an_alert_that_the_broker_did_not_take_is_not_counted() -> None:
    inner, before = MemoryPublisher(failures=1), raised()
    with pytest.raises(RetryError):
        await CountedAlerts(inner).publish(*await an_alert())
    assert raised() == before

"""A dry run: the parts that an estimate needs, opened to be read and no more."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec

from stream.adapters.kafka.backfill_range import find_stretches, read_events
from stream.adapters.kafka.producer import named_errors
from stream.adapters.kafka.replay import open_reader
from stream.adapters.kafka.topics import check_topics
from stream.adapters.qdrant.client import connect, explained_errors
from stream.adapters.qdrant.collections import collection_names
from stream.adapters.qdrant.heads import QdrantHeads
from stream.adapters.triton.models import open_models
from stream.backfill.estimate import Estimate, Estimator, estimate
from stream.backfill.run import BackfillOptions, backfill_settings, read_own_record, stay_behind
from stream.ports import HeadReader
from stream.priority import Priority
from stream.settings import QdrantSettings, Settings
from stream.shipped import read_policy

_PAGE = 256


class DryRun(msgspec.Struct, frozen=True, kw_only=True):
    """What a backfill would do, and in which group's name."""

    range: str
    group: str
    done_before: int
    """Offsets of the range that are done already."""
    left_to_live: int = 0
    """Offsets that would be left to live workers, since it alerts nobody."""
    estimate: Estimate


async def dry_run(
    settings: Settings, options: BackfillOptions, tell: Callable[[int, int], None]
) -> DryRun:
    """Estimate what is left of a range; change nothing.

    `tell` is given how many events were read, and of how many. Raises `RetryError` or `StopError`.
    """
    async with AsyncExitStack() as opened:
        enter = opened.enter_async_context
        await check_topics(settings.kafka)
        model_version = read_policy(settings).model_version
        opening = open_models(
            settings.triton, priority=Priority.BACKFILL, model_version=model_version
        )
        models = await enter(opening)
        own = backfill_settings(settings, options, model_version)
        kafka = own.kafka
        consumer = await enter(open_reader(kafka, kafka.listing_events))
        record = await read_own_record(own)
        behind = await stay_behind(settings, options, record)
        with named_errors(f"looking up the range {options.wanted}"):
            fresh = [one for one in consumer.assignment() if one not in record]
            stretches = {**record, **await find_stretches(consumer, fresh, behind.range)}
        consumer.unsubscribe()
        heads = await enter(_open_heads(settings.qdrant, model_version))
        total = sum(stretch.end - stretch.offset for stretch in stretches.values())
        estimated = await estimate(
            read_events(consumer, stretches, page=_PAGE),
            Estimator(heads, models.spec, kafka.max_message_bytes),
            models,
            lambda done: tell(done, total),
        )
    done = sum(stretch.done for stretch in stretches.values())
    return DryRun(
        range=str(options.wanted),
        group=kafka.group,
        done_before=done,
        left_to_live=behind.left,
        estimate=estimated,
    )


@asynccontextmanager
async def _open_heads(
    settings: QdrantSettings, model_version: str
) -> AsyncIterator[HeadReader | None]:
    async with connect(settings) as client:
        listings = collection_names(settings, model_version).listings
        with explained_errors("look for its collections"):
            is_there = await client.collection_exists(listings)
        yield QdrantHeads(client, listings) if is_there else None

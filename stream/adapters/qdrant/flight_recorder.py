"""The port `FlightRecorder` on Qdrant's collection `flights`."""

from collections.abc import Mapping, Sequence

from qdrant_client import AsyncQdrantClient, models

from stream.adapters.qdrant.client import explained_errors
from stream.adapters.qdrant.consistency import QUORUM, STRONG
from stream.adapters.qdrant.payloads import flight_of, flight_payload, flight_point
from stream.domain.event import Place
from stream.ports import Flight


class QdrantFlightRecorder:
    """Events in flight, one payload-only point each, gone when they have come to their end.

    Args:
        client: an open client.
        collection: where the points are.
        group: the consumer group; another one that reads the same topics is not to be mistaken.
    """

    def __init__(self, client: AsyncQdrantClient, collection: str, group: str) -> None:
        self._client = client
        self._collection = collection
        self._group = group

    async def take_off(self, places: Sequence[Place]) -> Mapping[Place, Flight]:
        """Record that these events are begun; return what was recorded of them before."""
        points = {flight_point(self._group, place): place for place in places}
        with explained_errors("read which events are in flight"):
            records = await self._client.retrieve(
                self._collection, list(points), consistency=QUORUM
            )
        before = {points[str(record.id)]: flight_of(record.payload or {}) for record in records}
        begun = {place: Flight() for place in points.values() if place not in before}
        if begun:
            await self._write(begun)
        return before

    async def note(self, place: Place, flight: Flight) -> None:
        """Record what is known of an event, in place of what was."""
        await self._write({place: flight})

    async def land(self, places: Sequence[Place]) -> None:
        """Forget these events: they have come to their end."""
        if not places:
            return
        points = [flight_point(self._group, place) for place in places]
        with explained_errors("forget which events were in flight"):
            await self._client.delete(
                self._collection,
                models.PointIdsList(points=[*points]),
                wait=True,
                ordering=STRONG,
            )

    async def _write(self, flights: Mapping[Place, Flight]) -> None:
        points = [
            models.PointStruct(
                id=flight_point(self._group, place),
                vector={},
                payload=flight_payload(self._group, place, flight),
            )
            for place, flight in flights.items()
        ]
        with explained_errors("record which events are in flight"):
            await self._client.upsert(self._collection, points, wait=True, ordering=STRONG)

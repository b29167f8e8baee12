"""Events in flight, recorded in memory; held to the same contract suite as the real recorder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stream.domain.errors import RetryError
from stream.domain.event import Place
from stream.ports import Flight, FlightRecorder


@dataclass
class MemoryFlights(FlightRecorder):
    """Keeps what its processes leave behind; `is_away` makes every call fail."""

    recorded: dict[Place, Flight] = field(default_factory=dict)
    is_away: bool = False

    async def take_off(self, places: Sequence[Place]) -> Mapping[Place, Flight]:
        self._answer_or_fail()
        before = {place: self.recorded[place] for place in places if place in self.recorded}
        self.recorded = dict.fromkeys(places, Flight()) | self.recorded
        return before

    async def note(self, place: Place, flight: Flight) -> None:
        self._answer_or_fail()
        self.recorded[place] = flight

    async def land(self, places: Sequence[Place]) -> None:
        self._answer_or_fail()
        for place in places:
            self.recorded.pop(place, None)

    def _answer_or_fail(self) -> None:
        if self.is_away:
            raise RetryError("the recorder is away")

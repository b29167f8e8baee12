"""Events in flight: what one process records is what the next one finds."""

import pytest

from stream.adapters.qdrant.payloads import flight_point
from stream.domain.event import Place
from stream.ports import Flight, FlightRecorder

pytestmark = pytest.mark.asyncio(loop_scope="session")
ONE: Place = ("listing-events", 0, 7)
OTHERS: tuple[Place, ...] = (
    ("listing-events", 0, 8),
    ("listing-events", 1, 7),
    ("duplicate-verdicts", 0, 7),
)


async def test_what_is_begun_for_the_first_time_has_no_record(flights: FlightRecorder) -> None:
    assert await flights.take_off([ONE, *OTHERS]) == {}


async def test_what_was_begun_and_has_not_landed_is_found_again(flights: FlightRecorder) -> None:
    await flights.take_off([ONE, OTHERS[0]])
    await flights.land([OTHERS[0]])
    assert await flights.take_off([ONE, *OTHERS]) == {ONE: Flight()}


async def test_what_is_noted_survives_until_it_lands(flights: FlightRecorder) -> None:
    failed = Flight(tries_alone=2, error="ZeroDivisionError: é 椅")
    await flights.take_off([ONE])
    await flights.note(ONE, Flight(tries_alone=1))
    await flights.note(ONE, failed)
    assert await flights.take_off([ONE]) == {ONE: failed}
    assert await flights.take_off([ONE]) == {ONE: failed}
    await flights.land([ONE])
    assert await flights.take_off([ONE]) == {}


async def test_landing_what_was_never_begun_is_no_error(flights: FlightRecorder) -> None:
    await flights.land([ONE])
    assert await flights.take_off([ONE]) == {}


async def test_groups_do_not_mistake_each_others_events() -> None:
    points = {flight_point(group, place) for group in ("g", "gl") for place in (ONE, *OTHERS)}
    assert len(points) == 2 * (1 + len(OTHERS))

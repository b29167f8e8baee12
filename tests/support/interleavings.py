"""Explores every order of the single port calls of several tasks, with crashes between any two.

Each call of a port is one atomic step. A task is a deterministic function of the answers that it
has had since its start, so a state is the stores plus the answers of each task; states seen before
are not explored again, and what a task does after given answers is learned once, by running its
coroutine on them. A crash forgets a task's answers: it starts afresh, as a redelivered event does.
"""

import hashlib
import pickle
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol, Self

Task = Callable[["Ports"], Coroutine[Any, Any, None]]


class World(Protocol):
    """The stores that all tasks share, each under the name of its port."""

    def copy(self) -> Self: ...

    def fingerprint(self) -> bytes:
        """All that a task or the final check can read."""


@dataclass(frozen=True)
class Call:
    """A port call that a task is about to make."""

    port: str
    method: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]

    def __await__(self) -> Generator["Call", Any, Any]:
        return (yield self)

    @property
    def only_reads(self) -> bool:
        return self.method.startswith(("read", "nearest", "exact", "find", "count"))

    def make(self, world: World) -> Any:
        method = getattr(getattr(world, self.port), self.method)
        try:
            method(*self.arguments, **self.named).send(None)
        except StopIteration as stop:
            return stop.value
        raise AssertionError(f"{self.port}.{self.method} is not atomic")


class Ports:
    """Stands for the ports of a world: `ports.index.read_heads(…)` waits for its turn."""

    def __init__(self, constants: World) -> None:
        self._constants = constants

    def __getattr__(self, port: str) -> Any:
        return _Port(port, getattr(self._constants, port))


class _Port:
    def __init__(self, name: str, constants: Any) -> None:
        self._name = name
        self._constants = constants

    def __getattr__(self, name: str) -> Any:
        if not callable(attribute := getattr(self._constants, name)):
            return attribute
        if name in {"read_of_listings", "read_all"}:
            return partial(self._pages, name.replace("read_", "read_page_"))

        async def call(*arguments: Any, **named: Any) -> Any:
            return await Call(self._name, name, arguments, named)

        return call

    async def _pages(
        self, method: str, *arguments: Any, **named: Any
    ) -> AsyncIterator[Sequence[Any]]:
        start = ""
        while page := await Call(self._name, method, (*arguments, start), named):
            yield page
            start = page[-1].pair_id


@dataclass(frozen=True)
class _Place:
    """How far a task has come."""

    task: int
    answers: tuple[Any, ...] = ()
    digest: bytes = b""
    crashes: int = 0

    def after(self, call: Call, answer: Any) -> "_Place":
        seen = pickle.dumps((call.method, answer))
        digest = hashlib.sha256(self.digest + seen).digest()
        return replace(self, answers=(*self.answers, answer), digest=digest)

    def crashed(self) -> "_Place":
        return _Place(self.task, crashes=self.crashes + 1)


@dataclass(frozen=True)
class _Node:
    world: World
    fingerprint: bytes
    places: tuple[_Place, ...]
    schedule: tuple[str, ...] = ()

    @property
    def key(self) -> bytes:
        parts = [self.fingerprint]
        for place in self.places:
            parts += [place.digest.ljust(32), bytes([place.crashes])]
        return hashlib.sha256(b"".join(parts)).digest()

    def moved(self, place: _Place, what: str, world: World | None = None) -> "_Node":
        places = list(self.places)
        places[place.task] = place
        return _Node(
            world or self.world,
            world.fingerprint() if world else self.fingerprint,
            tuple(places),
            (*self.schedule, f"{place.task}:{what}"),
        )


@dataclass
class Exploration:
    """What was visited."""

    states: int = 0
    endings: int = 0


@dataclass
class _Tasks:
    tasks: Sequence[Task]
    constants: World
    learned: dict[tuple[int, bytes], Call | None] = field(default_factory=dict)

    def next_call(self, place: _Place) -> Call | None:
        key = (place.task, place.digest)
        if key not in self.learned:
            self.learned[key] = self._run(place)
        return self.learned[key]

    def _run(self, place: _Place) -> Call | None:
        coroutine = self.tasks[place.task](Ports(self.constants))
        try:
            call: Call = coroutine.send(None)
            for answer in place.answers:
                call = coroutine.send(answer)
        except StopIteration:
            return None
        coroutine.close()
        return call


def explore(
    start: World,
    tasks: Sequence[Task],
    check: Callable[[Any, int], None],
    max_crashes: int,
) -> Exploration:
    """Visit every reachable state.

    Args:
        start: the stores as they are before the tasks start.
        tasks: functions that start a task on the ports of a world.
        check: called with the world and the number of crashes when all tasks are done; raises
            AssertionError, to which the schedule is added.
        max_crashes: how many crashes a schedule may hold.
    """
    program = _Tasks(tasks, start)
    visited: set[bytes] = set()
    result = Exploration()
    pending = [_Node(start, start.fingerprint(), tuple(_Place(n) for n in range(len(tasks))))]
    while pending:
        node = pending.pop()
        if node.key in visited:
            continue
        visited.add(node.key)
        result.states += 1
        crashes = sum(place.crashes for place in node.places)
        calls = [(place, program.next_call(place)) for place in node.places]
        if all(call is None for _, call in calls):
            result.endings += 1
            try:
                check(node.world, crashes)
            except AssertionError as error:
                error.add_note("after the schedule\n" + "\n".join(node.schedule))
                raise
        for place, call in calls:
            if call is None:
                continue
            world = node.world if call.only_reads else node.world.copy()
            after = place.after(call, call.make(world))
            pending.append(node.moved(after, call.method, None if call.only_reads else world))
            if crashes < max_crashes and place.answers:
                pending.append(node.moved(place.crashed(), "crash"))
    return result


def run_alone(world: World, task: Task) -> None:
    """Run one task on a world, undisturbed."""
    program = _Tasks([task], world)
    place = _Place(0)
    while (call := program.next_call(place)) is not None:
        place = place.after(call, call.make(world))

"""A random mix of faults over a long stream of events: what is lost, wrong or unexplained?

`python -m tests.fault.soak --events 100000 --faults 100 [--seed N]` starts all parts itself; Qdrant
Edge, or the server whose binary `QDRANT_BINARY` names.
"""

import argparse
import asyncio
import logging
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rich.console import Console
from rich.progress import Progress

from tests.support.crew import crew_of
from tests.support.end_state import NO_DIFFERENCE, Differences
from tests.support.faults import FAULTS, Scene
from tests.support.kafka import KafkaServer
from tests.support.platform import Platform, live_on
from tests.support.proving_ground import Parts, ProvingGround, commanded_triton, new_ground
from tests.support.qdrant import memory_folder, qdrant_process

_WORKERS = 2
_PORTION = 500
"""Events that are emitted at once, once half of those before are done."""
_REST_SECONDS = 600
_LINES = 30
"""Of each log, to be shown when nothing goes on."""


@dataclass(frozen=True)
class Report:
    """What came of a soak."""

    seed: int
    events: int
    faults: Counter[str]
    restarts: int
    seconds: float
    differences: Differences

    def __str__(self) -> str:
        happened = ", ".join(f"{count} {name}" for name, count in sorted(self.faults.items()))
        return (
            f"seed {self.seed}: {self.events} events, {self.faults.total()} faults ({happened}), "
            f"{self.restarts} restarts, {self.seconds:.0f} s: {self.differences}"
        )


Tell = Callable[[int, str], None]
"""Is given how many events are done, and what happens next."""


async def soak(
    ground: ProvingGround, seed: int, *, events: int, faults: int, tell: Tell = lambda *_: None
) -> Report:
    """Emit that many events while faults happen one after another; compare when all is done."""
    platform, random, started = Platform(), Random(seed), time.monotonic()  # noqa: S311
    happened: Counter[str] = Counter()
    async with crew_of(ground.settings, ground.folder, _WORKERS) as crew:
        scene = Scene(ground.parts, crew, random)

        async def strike() -> None:
            for number in range(faults):
                done = events * number // (faults + 1)
                await ground.wait_done(done)
                name = random.choice([*FAULTS])
                tell(done, f"fault {number + 1} of {faults}: {name}")
                happened[name] += 1
                await FAULTS[name](scene)

        async def emit() -> None:
            lively = Random(seed)  # noqa: S311 (of its own: faults must not change the events)
            while (left := events - len(platform.events)) > 0:
                live_on(platform, lively, min(_PORTION, left))
                await ground.emit(platform)
                await ground.wait_done(len(platform.events) - 2 * _PORTION)

        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(strike())
                tasks.create_task(emit())
            tell(events, "coming to rest")
            await ground.come_to_rest(_REST_SECONDS)
        except Exception as failure:
            failure.add_note(f"after {time.monotonic() - started:.0f} s and {dict(happened)}")
            failure.add_note(await _describe(ground))
            raise
        restarts = crew.restarts
    differences = await ground.differences(platform)
    return Report(seed, events, happened, restarts, time.monotonic() - started, differences)


async def _describe(ground: ProvingGround) -> str:
    """Say where each partition and each worker stands."""
    said = [await ground.tell_place()]
    for log in sorted(ground.folder.glob("*.log")):
        said += [f"== {log.name}", *log.read_text(errors="replace").splitlines()[-_LINES:]]
    return "\n".join(said)


async def _main(folder: Path, seed: int, events: int, faults: int) -> int:
    with (
        memory_folder() as data,
        KafkaServer(folder) as kafka,
        qdrant_process(data) as qdrant,
        commanded_triton(folder) as triton,
        Progress(console=Console(stderr=True)) as shown,
    ):
        bar = shown.add_task("events", total=events)

        def tell(done: int, doing: str) -> None:
            shown.update(bar, completed=done)
            shown.print(f"{done} events, {doing}")

        ground = await new_ground(Parts(kafka, triton, qdrant), folder / "ground")
        report = await soak(ground, seed, events=events, faults=faults, tell=tell)
    sys.stdout.write(f"{report}\n")
    return int(str(report.differences) != NO_DIFFERENCE)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.fault.soak", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    options = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # brokers are meant to be away
    sys.stdout.write(f"seed {options.seed}\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory() as place:
        sys.exit(asyncio.run(_main(Path(place), options.seed, options.events, options.faults)))

"""A worker under steady load for a long time: does anything of it grow?

`python -m tests.fault.endurance --minutes 30` starts all parts itself, samples the worker, and
writes `endurance.json` and `endurance.png` into the folder `--out`.
"""

import argparse
import asyncio
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import msgspec
import numpy as np
from PIL import Image, ImageDraw
from rich.console import Console
from rich.progress import Progress

from stream.local.child_process import choose_free_port
from stream.local.qdrant_edge import QdrantEdgeProcess
from tests.support.crew import crew_of
from tests.support.kafka import KafkaServer
from tests.support.platform import Platform, live_on
from tests.support.proving_ground import Parts, ProvingGround, commanded_triton, new_ground
from tests.support.qdrant import memory_folder

_SAMPLE_SECONDS = 2.0
_WARM_UP = 0.25
"""The share of the time after which nothing may grow: caches and the index fill before."""
_POPULATION = 200
_TOLERANCE = 0.03
"""Growth below this share of the mean is noise whatever the samples say."""
_ONE_STEP = 1.5
"""What a fitted line makes of one thread or file that comes half-way and stays: no leak yet."""
_WIDTH, _HEIGHT, _TITLE = 800, 90, 24


@dataclass(frozen=True)
class Sample:
    """What a worker holds at one moment."""

    seconds: float
    memory_bytes: int
    """Resident, of the process itself."""
    threads: int
    open_files: int
    connections: int
    tasks: float
    """Coroutines of its event loop."""
    events_in_flight: float
    """Taken and not acknowledged: the queue."""


@dataclass(frozen=True)
class Trend:
    """Whether something grows: its growth over the time looked at, beside what is noise."""

    name: str
    mean: float
    growth: float
    noise: float

    @property
    def is_steady(self) -> bool:
        return self.growth <= self.noise

    def __str__(self) -> str:
        verdict = "steady" if self.is_steady else "GROWS"
        figures = f"mean {self.mean:g}, growth {self.growth:+g}, noise {self.noise:g}"
        return f"{self.name}: {figures}: {verdict}"


def trend_of(name: str, seconds: Sequence[float], values: Sequence[float]) -> Trend:
    """Fit a line; noise is four times the scatter about it between averages of tenths."""
    times, found = np.asarray(seconds), np.asarray(values, float)
    slope, start = np.polyfit(times, found, 1)
    growth = slope * (times[-1] - times[0])
    rests = [part.mean() for part in np.array_split(found - start - slope * times, 10)]
    noise = max(4 * float(np.std(rests)), _TOLERANCE * float(found.mean()), _ONE_STEP)
    return Trend(name, float(found.mean()), float(growth), noise)


def take_sample(pid: int, metrics_port: int, started: float) -> Sample:
    """Look at a worker from outside."""
    process = Path(f"/proc/{pid}")
    status = dict(
        line.split(":", 1) for line in (process / "status").read_text().splitlines() if ":" in line
    )
    files = [_target(file) for file in (process / "fd").iterdir()]
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics_port}/metrics") as answer:
        exposed = dict(
            line.rsplit(" ", 1)
            for line in answer.read().decode().splitlines()
            if not line.startswith("#")
        )
    return Sample(
        seconds=time.monotonic() - started,
        memory_bytes=int(status["VmRSS"].split()[0]) * 1024,
        threads=int(status["Threads"]),
        open_files=len(files),
        connections=sum(target.startswith("socket:") for target in files),
        tasks=float(exposed["twinlist_tasks"]),
        events_in_flight=float(exposed["twinlist_events_in_flight"]),
    )


def _target(file: Path) -> str:
    try:
        return str(file.readlink())
    except FileNotFoundError:  # closed meanwhile
        return ""


async def endure(
    ground: ProvingGround, seconds: float, events_per_second: float, shown: Progress
) -> list[Sample]:
    """Emit at a steady rate and sample one worker meanwhile."""
    load = shown.add_task("steady load", total=None)
    port = choose_free_port()
    settings = ground.settings.model_copy(update={"metrics_port": port})
    platform, random, samples = Platform(), Random(0), list[Sample]()  # noqa: S311
    async with crew_of(settings, ground.folder, size=1) as crew:
        started = time.monotonic()
        shown.reset(load, total=seconds)
        while (now := time.monotonic() - started) < seconds:
            due = int(now * events_per_second) - len(platform.events)
            live_on(platform, random, due, population=_POPULATION)
            await ground.emit(platform)
            [worker] = crew.workers
            assert worker.pid is not None
            samples.append(await asyncio.to_thread(take_sample, worker.pid, port, started))
            shown.update(load, completed=now)
            await asyncio.sleep(_SAMPLE_SECONDS)
        await ground.come_to_rest()
        assert not crew.restarts
    return samples


def judge(samples: Sequence[Sample]) -> list[Trend]:
    """Look at each figure once the worker is warm."""
    warm = [one for one in samples if one.seconds >= _WARM_UP * samples[-1].seconds]
    seconds = [one.seconds for one in warm]
    names = [name for name in asdict(warm[0]) if name != "seconds"]
    return [trend_of(name, seconds, [getattr(one, name) for one in warm]) for name in names]


def draw(samples: Sequence[Sample], trends: Sequence[Trend]) -> Image.Image:
    """Plot every figure over time, one above the other; grey where the worker warms up."""
    plot = Image.new("RGB", (_WIDTH, len(trends) * (_HEIGHT + _TITLE)), "white")
    pen = ImageDraw.Draw(plot)
    end = samples[-1].seconds
    for place, trend in enumerate(trends):
        values = [getattr(one, trend.name) for one in samples]
        top, ground = max(*values, 1) * 1.1, (place + 1) * (_HEIGHT + _TITLE) - 1
        pen.rectangle((0, ground - _HEIGHT, _WARM_UP * _WIDTH, ground), "#eee")
        pen.text((4, ground - _HEIGHT - _TITLE + 4), str(trend), "black")
        pen.line((0, ground, _WIDTH, ground), "#999")
        pen.line(
            [
                (one.seconds / end * _WIDTH, ground - value / top * _HEIGHT)
                for one, value in zip(samples, values, strict=True)
            ],
            "#06c",
            width=2,
        )
    return plot


async def _run(folder: Path, seconds: float, events_per_second: float) -> list[Sample]:
    with (
        memory_folder() as data,
        KafkaServer(folder) as kafka,
        QdrantEdgeProcess(data) as qdrant,
        commanded_triton(folder) as triton,
        Progress(console=Console(stderr=True)) as shown,
    ):
        ground = await new_ground(Parts(kafka, triton, qdrant), folder / "ground")
        return await endure(ground, seconds, events_per_second, shown)


def _report(samples: Sequence[Sample], out: Path) -> int:
    trends = judge(samples)
    out.mkdir(parents=True, exist_ok=True)
    (out / "endurance.json").write_bytes(
        msgspec.json.format(msgspec.json.encode({"trends": trends, "samples": samples}))
    )
    draw(samples, trends).save(out / "endurance.png")
    sys.stdout.write("\n".join(map(str, trends)) + f"\nwritten to {out}\n")
    return int(not all(trend.is_steady for trend in trends))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.fault.endurance", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--events-per-second", type=float, default=10)
    parser.add_argument("--out", type=Path, default=Path("build/endurance"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        run = _run(Path(place), 60 * options.minutes, options.events_per_second)
        sys.exit(_report(asyncio.run(run), options.out))

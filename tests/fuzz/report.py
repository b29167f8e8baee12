"""What became of the inputs."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Failure:
    """An input that ended as it must not."""

    number: int
    content: bytes
    error: str


@dataclass
class Report:
    """How many inputs ended how, and which of them as they must not."""

    name: str
    seed: int
    ends: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    slowest_seconds: float = 0
    seconds: float = 0

    def take(self, number: int, content: bytes, run: Callable[[], str]) -> None:
        """Run one input. `run` returns how it ended, or raises what it must not."""
        started = time.perf_counter()
        try:
            end = run()
        except Exception as error:  # noqa: BLE001 - all that gets here is what is looked for
            end = "failure"
            self.failures.append(Failure(number, content, f"{type(error).__name__}: {error}"))
        seconds = time.perf_counter() - started
        self.ends[end] += 1
        self.seconds += seconds
        self.slowest_seconds = max(self.slowest_seconds, seconds)

    def __str__(self) -> str:
        counted = ", ".join(f"{count} {end}" for end, count in self.ends.most_common())
        return (
            f"{self.name}: {self.ends.total()} inputs of seed {self.seed}, "
            f"{len(self.failures)} failures, {self.seconds:.0f} s, "
            f"slowest {self.slowest_seconds:.2f} s: {counted}"
        )

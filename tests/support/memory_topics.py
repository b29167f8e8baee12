"""The topics that a worker writes, in memory."""

from dataclasses import dataclass, field

from stream.domain.alert import AlertEvent, decode_alert
from stream.domain.errors import DeadLetterError, RetryError
from stream.domain.event import Message


@dataclass
class MemoryPublisher:
    """Implements `stream.ports.AlertPublisher`; the next `failures` calls fail."""

    messages: list[tuple[str, bytes]] = field(default_factory=list)
    failures: int = 0

    async def publish(self, pair_id: str, message: bytes) -> None:
        if self.failures:
            self.failures -= 1
            raise RetryError("the broker is away")
        self.messages.append((pair_id, message))

    @property
    def alerts(self) -> list[AlertEvent]:
        return [decode_alert(message) for _, message in self.messages]


@dataclass
class MemoryDeadLetters:
    """Implements `stream.ports.DeadLetters`; the next `failures` calls fail."""

    letters: list[tuple[Message, DeadLetterError, int]] = field(default_factory=list)
    failures: int = 0

    async def send(self, message: Message, error: DeadLetterError, attempts: int) -> None:
        if self.failures:
            self.failures -= 1
            raise RetryError("the broker is away")
        self.letters.append((message, error, attempts))

"""Where a shadow's alerts and dead letters go: nowhere. What it finds is in its own ledger."""

from stream.domain.errors import DeadLetterError
from stream.domain.event import Message
from stream.ports import AlertPublisher, DeadLetters


class NoAlerts(AlertPublisher):
    """The way to no subscriber; a shadow's alerts are quiet, so nothing asks for it."""

    async def publish(self, pair_id: str, message: bytes) -> None:
        """Refuse."""
        del message
        raise AssertionError(f"the alert of {pair_id} is a shadow's, and not to be sent")


class NoDeadLetters(DeadLetters):
    """For events whose letters were sent when they were lived; they are logged all the same."""

    async def send(self, message: Message, error: DeadLetterError, attempts: int) -> None:
        """Do nothing."""

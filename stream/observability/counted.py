"""Ports that count what passes through them; composition puts them around the real ones."""

from stream.domain.alert import decode_alert
from stream.observability.metrics import ALERTS
from stream.ports import AlertPublisher


class CountedAlerts(AlertPublisher):
    """Counts the alerts that the broker has, by state."""

    def __init__(self, publisher: AlertPublisher) -> None:
        self._publisher = publisher

    async def publish(self, pair_id: str, message: bytes) -> None:
        """Send an alert and wait until the broker has it."""
        await self._publisher.publish(pair_id, message)
        ALERTS.labels(state=decode_alert(message).data.state).inc()

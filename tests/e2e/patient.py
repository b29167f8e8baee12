"""A deployment under examination."""

from collections.abc import Mapping, Sequence

from stream.doctor.examination import examine_deployment
from stream.doctor.finding import Finding, State
from stream.settings import Settings

AWAY = "127.0.0.1:1"
DEADLINE_SECONDS = 20.0


class Patient:
    """A deployment that is examined after a change."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def change(self, **changes: object) -> None:
        """Change settings, `group__name=value`."""
        for path, value in changes.items():
            group, _, name = path.partition("__")
            inner = getattr(self.settings, group)
            changed = inner.model_copy(update={name: value}) if name else value
            self.settings = self.settings.model_copy(update={group: changed})

    async def examine(self, deadline_seconds: float = DEADLINE_SECONDS) -> dict[str, Finding]:
        findings = await examine_deployment(self.settings, deadline_seconds)
        return {finding.name: finding for finding in findings}

    async def only_trouble(self) -> Finding:
        """The one finding that is no `ok`."""
        found = await self.examine()
        (trouble,) = (finding for finding in found.values() if finding.state is not State.OK)
        return trouble


def wrong_of(found: Mapping[str, Finding]) -> Sequence[str]:
    """Name what is wrong, in order."""
    return [finding.name for finding in found.values() if finding.state is State.WRONG]

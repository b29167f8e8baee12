"""The control record in memory, held to the same contract suite as the real one."""

from dataclasses import dataclass

from stream.domain.control import Control
from stream.ports import ControlRecord


@dataclass
class MemoryControl(ControlRecord):
    """Each method is one atomic step."""

    control: Control | None = None

    async def read(self) -> Control | None:
        return self.control

    async def write(self, control: Control, expected_revision: int | None) -> bool:
        revision = self.control.revision if self.control is not None else None
        if revision == expected_revision:
            self.control = control
        return self.control == control

"""The policy: a file that can be read, and which model its thresholds are for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stream.doctor.part import Part, UnmadeError
from stream.domain.errors import StopError
from stream.domain.policy import Policy
from stream.settings import Settings
from stream.shipped import read_policy


def policy_part(settings: Settings) -> Part[Policy]:
    """The policy that the settings name."""

    @asynccontextmanager
    async def read() -> AsyncIterator[Policy]:
        yield await asyncio.to_thread(read_policy, settings)

    return Part(
        name="policy",
        open=read,
        describe=lambda policy: f"{policy.policy_version}, for model {policy.model_version}",
        mend="see TWINLIST_POLICY_FILE",
        checks=(),
    )


def policy_in_use(settings: Settings) -> Policy:
    """Return the policy for another part's check. Raises `UnmadeError` when there is none."""
    try:
        return read_policy(settings)
    except StopError as error:
        raise UnmadeError("policy") from error

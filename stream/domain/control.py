"""The control record: which model and policy are in use, and the rollout of others. Pure.

none ──begun──▶ following ──switched──▶ switched ──settling──▶ settling ──finished──▶ none
                    └──────aborting─────▶ aborting ──aborted──▶ none
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from stream.domain.errors import StopError
from stream.domain.policy import Policy


class Phase(StrEnum):
    """How far a rollout is."""

    FOLLOWING = "following"
    """The new model's index is filled and kept up; alerts are the old model's."""
    SWITCHED = "switched"
    """Workers take the new model; its index is filled up to where the old one's workers ended."""
    SETTLING = "settling"
    """Nothing follows any more; what the new model found before is taken over, pair by pair."""
    ABORTING = "aborting"
    """What was filled is removed."""


class Rollout(msgspec.Struct, frozen=True, kw_only=True):
    """A model and policy on their way to be the ones in use."""

    policy: Policy
    started_at: datetime
    phase: Phase = Phase.FOLLOWING
    is_way_back: bool = False
    """Whether they were in use before, and what they had then was kept."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What was in use before, with all that is needed to go back to it."""

    policy: Policy
    offsets: Mapping[int, int]
    """By partition of the listing events: from here on events are missing in its index."""


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """What workers are to run. Written by compare-and-set on `revision`."""

    revision: int = 0
    active: Policy
    rollout: Rollout | None = None
    kept: Kept | None = None

    def policy_for(self, own: Policy) -> Policy:
        """Return the policy that a worker with this one of its own is to run.

        The record decides about the model. Among policies of that model a worker's own one counts.
        """
        return own if own.model_version == self.active.model_version else self.active

    def protects(self, model_version: str) -> bool:
        """Whether the collections of a model version are in use or kept."""
        kept = self.kept.policy.model_version if self.kept is not None else None
        return model_version in {self.active.model_version, kept}

    def begun(self, policy: Policy, now: datetime) -> "Control":
        """Begin a rollout, or go on with the same one. Raises `StopError`."""
        under_way = self.rollout
        if under_way is not None:
            if under_way.policy == policy and under_way.phase is not Phase.ABORTING:
                return self
            raise StopError(
                f"a rollout of {_name(under_way.policy)} is {under_way.phase}: end it by "
                f"`twinlist rollout {'abort' if self.is_before_switch else 'finish'}` first"
            )
        if policy.model_version == self.active.model_version:
            raise StopError(
                f"model {policy.model_version} is in use already: another policy for it needs no "
                "rollout, but `twinlist redecide`"
            )
        is_way_back = self.protects(policy.model_version)
        if self.kept is not None and not is_way_back:
            raise StopError(
                f"what is needed to go back to {_name(self.kept.policy)} is still kept, and the "
                "new rollout will keep another: `twinlist rollout forget` removes it"
            )
        return self._next(rollout=Rollout(policy=policy, started_at=now, is_way_back=is_way_back))

    @property
    def is_before_switch(self) -> bool:
        """Whether a rollout is under way that can still be aborted."""
        under_way = self.rollout
        return under_way is not None and under_way.phase in {Phase.FOLLOWING, Phase.ABORTING}

    def switched(self, offsets: Mapping[int, int]) -> "Control":
        """Put the new model and policy in use. Raises `StopError`."""
        rollout = self._under_way(Phase.FOLLOWING)
        return self._next(
            active=rollout.policy,
            rollout=msgspec.structs.replace(rollout, phase=Phase.SWITCHED),
            kept=Kept(policy=self.active, offsets=offsets),
        )

    def settling(self) -> "Control":
        """Let nothing follow any more. Raises `StopError`."""
        rollout = self._under_way(Phase.SWITCHED)
        return self._next(rollout=msgspec.structs.replace(rollout, phase=Phase.SETTLING))

    def finished(self) -> "Control":
        """End a rollout. Raises `StopError`."""
        self._under_way(Phase.SETTLING)
        return self._next(rollout=None)

    def aborting(self) -> "Control":
        """Begin to undo a rollout. Raises `StopError` when it is too late for that."""
        if self.rollout is not None and self.rollout.phase is Phase.ABORTING:
            return self
        if self.rollout is not None and not self.is_before_switch:
            raise StopError(
                f"{_name(self.rollout.policy)} is in use already: go on with `twinlist rollout "
                "finish`, and then go back by a rollout of the policy before it"
            )
        rollout = self._under_way(Phase.FOLLOWING)
        return self._next(rollout=msgspec.structs.replace(rollout, phase=Phase.ABORTING))

    def aborted(self) -> "Control":
        """End the undoing. Raises `StopError`."""
        self._under_way(Phase.ABORTING)
        return self._next(rollout=None)

    def forgotten(self) -> "Control":
        """Give up the way back. Raises `StopError`."""
        if self.rollout is not None:
            raise StopError(
                f"a rollout of {_name(self.rollout.policy)} is {self.rollout.phase}: end it first"
            )
        return self._next(kept=None)

    def _under_way(self, phase: Phase) -> Rollout:
        if self.rollout is None:
            raise StopError("no rollout is under way: `twinlist rollout start` begins one")
        if self.rollout.phase is not phase:
            raise StopError(f"the rollout of {_name(self.rollout.policy)} is {self.rollout.phase}")
        return self.rollout

    def _next(self, **changes: object) -> "Control":
        return msgspec.structs.replace(self, revision=self.revision + 1, **changes)


def _name(policy: Policy) -> str:
    return f"model {policy.model_version}, policy {policy.policy_version},"

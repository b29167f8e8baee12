"""The whole examination: all parts at once, one finding a check, no secret in any."""

import asyncio
import re

import msgspec
from pydantic import SecretStr, ValidationError

from stream.doctor.finding import Finding, State
from stream.doctor.kafka import kafka_part
from stream.doctor.machine import machine_part
from stream.doctor.part import examine
from stream.doctor.photos import photo_part
from stream.doctor.policy import policy_part
from stream.doctor.qdrant import qdrant_part
from stream.doctor.triton import triton_part
from stream.refused_settings import explain
from stream.settings import Settings

_MASK = "**********"
_PASSWORD_IN_URL = re.compile(r"//[^/@]*?:([^/@]+)@")  # also of what is no valid url


async def examine_deployment(settings: Settings, deadline_seconds: float) -> tuple[Finding, ...]:
    """Run every check of every part. Reads alone: nothing is written to Kafka or Qdrant."""
    groups = await asyncio.gather(
        examine(kafka_part(settings.kafka), deadline_seconds),
        examine(policy_part(settings), deadline_seconds),
        examine(triton_part(settings), deadline_seconds),
        examine(qdrant_part(settings), deadline_seconds),
        examine(photo_part(settings.photos), deadline_seconds),
        examine(machine_part(settings), deadline_seconds),
    )
    secrets = _secrets_of(settings)
    return tuple(_masked(finding, secrets) for group in groups for finding in group)


def settings_finding(error: ValidationError) -> Finding:
    """Tell which settings cannot be read; never their values, which may be secret."""
    return Finding(
        "settings",
        State.WRONG,
        "; ".join(explain(error)),
        "`.env.example` names every variable with its meaning",
    )


def _secrets_of(settings: Settings) -> tuple[str, ...]:
    """Passwords and keys, also those that somebody wrote into a url."""
    groups = (settings, settings.kafka, settings.triton, settings.qdrant, settings.photos)
    values = [value for group in groups for _, value in group]
    secrets = [one.get_secret_value() for one in values if isinstance(one, SecretStr)]
    in_urls = [
        password
        for value in values
        if isinstance(value, str)
        for password in _PASSWORD_IN_URL.findall(value)
    ]
    return tuple(filter(None, (*secrets, *in_urls)))


def _masked(finding: Finding, secrets: tuple[str, ...]) -> Finding:
    seen, mend = finding.seen, finding.mend
    for secret in secrets:
        seen, mend = seen.replace(secret, _MASK), mend.replace(secret, _MASK)
    return msgspec.structs.replace(finding, seen=seen, mend=mend)

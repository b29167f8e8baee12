"""Checks of the model server: what it serves, that the policy is for it, and that it answers."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import numpy as np

from stream.adapters.qdrant.control import open_control
from stream.adapters.triton.client import TritonClient
from stream.adapters.triton.models import open_models
from stream.adapters.triton.spec import MODELS
from stream.doctor.finding import Observation, ok, wrong
from stream.doctor.part import Check, Part
from stream.doctor.policy import policy_in_use
from stream.domain.errors import StopError, TwinlistError
from stream.domain.policy import Policy
from stream.ports import Pixels
from stream.priority import Priority
from stream.settings import Settings

_SERVE = "serve the model_repository that comes with this version of Twinlist"
_LENGTH_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Server:
    """A connection, and what the checks compare with."""

    client: TritonClient
    settings: Settings


def triton_part(settings: Settings) -> Part[Server]:
    """The model server that the settings name."""

    @asynccontextmanager
    async def connect() -> AsyncIterator[Server]:
        async with TritonClient(settings.triton, Priority.LIVE) as client:
            await client.check_ready()
            yield Server(client, settings)

    return Part(
        name="triton",
        open=connect,
        describe=lambda server: f"{server.client.url} is ready",
        mend=f"start Triton and {_SERVE}, or set TWINLIST_TRITON__URL",
        checks=(
            Check("models", check_models),
            Check("tensors", check_tensors),
            Check("policy", check_policy),
            Check("inference", check_inference),
        ),
    )


async def check_models(server: Server) -> Observation:
    """All three models are served, in the version folder that the settings ask for."""
    served = {model: await server.client.read_versions(model) for model in MODELS}
    asked = server.settings.triton.model_version
    for model, folders in served.items():
        if not folders or (asked and asked not in folders):
            return wrong(
                f"{model}: version folder {asked or 'of any name'} is not served, "
                f"but {', '.join(folders) or 'none'}",
                f"{_SERVE}, or set TWINLIST_TRITON__MODEL_VERSION",
            )
    return ok(", ".join(f"{model} {'/'.join(folders)}" for model, folders in served.items()))


async def check_tensors(server: Server) -> Observation:
    """The models' tensors fit each other and the pipeline."""
    async with open_models(server.settings.triton) as models:
        spec = models.spec
    return ok(
        f"model {spec.model_version}: photos of {spec.photo_size} by {spec.photo_size}, "
        f"{spec.token_count} tokens of {spec.token_width}"
    )


async def check_policy(server: Server) -> Observation:
    """The models are served that the policy's thresholds, and a rollout's, were chosen for."""
    policies = await _policies_in_use(server.settings)
    unserved: list[str] = []
    for policy in policies:
        try:
            async with open_models(server.settings.triton, model_version=policy.model_version):
                pass
        except StopError as error:
            unserved.append(str(error))
    if unserved:
        return wrong(
            "; ".join(unserved),
            "name a policy by TWINLIST_POLICY_FILE, or write one with `twinlist calibrate`",
        )
    return ok(
        ", ".join(f"{one.policy_version} is for model {one.model_version}" for one in policies)
    )


async def _policies_in_use(settings: Settings) -> Sequence[Policy]:
    """Return the policy of a worker, and that of a rollout under way, as far as Qdrant answers."""
    own = policy_in_use(settings)
    try:
        async with open_control(settings.qdrant) as record:
            control = await record.read()
    except TwinlistError:
        return [own]  # the part `qdrant` says why
    if control is None:
        return [own]
    coming = [control.rollout.policy] if control.rollout is not None else []
    return [
        control.policy_for(own),
        *(one for one in coming if one.model_version != control.active.model_version),
    ]


async def check_inference(server: Server) -> Observation:
    """A photo goes through all three models."""
    async with open_models(server.settings.triton) as models:
        start = time.perf_counter()
        tokens = await models.encode_photos(_generated_photo(models.spec.photo_size))
        embedding = await models.encode_listing(tokens)
        (score,) = await models.verify([(tokens, tokens)])
        milliseconds = (time.perf_counter() - start) * 1000
    length = float(np.linalg.norm(embedding))
    if abs(length - 1) > _LENGTH_TOLERANCE or not 0 <= score.probability <= 1:
        return wrong(
            f"an embedding of length {length:.3f}, a probability of {score.probability:.3f}",
            f"{_SERVE}: these are no models of Twinlist's",
        )
    return ok(
        f"one photo encoded, embedded and verified in {milliseconds:.0f} ms: the same as itself "
        f"with probability {score.probability:.3f}"
    )


def _generated_photo(size: int) -> Pixels:
    """A photo [1, 3, S, S] of coloured noise, the same each time."""
    return np.random.default_rng(0).integers(0, 256, (1, 3, size, size), dtype=np.uint8)

"""A gRPC connection to Triton, with a deadline on every call and Twinlist's errors."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import grpc
import numpy as np
from numpy.typing import NDArray
from tritonclient.grpc import InferInput, InferRequestedOutput  # type: ignore[import-untyped]
from tritonclient.grpc.aio import InferenceServerClient  # type: ignore[import-untyped]
from tritonclient.utils import (  # type: ignore[import-untyped]
    InferenceServerException,
    np_to_triton_dtype,
)

from stream.adapters.tls import read_tls_material
from stream.adapters.triton.errors import translate
from stream.domain.errors import RetryError
from stream.priority import Priority
from stream.settings import TritonSettings

Array = NDArray[Any]

_CHANNEL_OPTIONS = (
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    # By default a channel waits up to two minutes before it looks again for a server that was away.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1000),
    ("grpc.max_reconnect_backoff_ms", 2000),
)


class TritonClient:
    """Speaks to one server. A context manager; the connection is made at the first call.

    Every call ends within the deadline of the settings. Raises `RetryError` when the server is
    away, too slow or too busy, and `StopError` when it refuses for good.
    """

    def __init__(self, settings: TritonSettings, priority: Priority) -> None:
        self.url = settings.url
        self._timeout_seconds = settings.timeout_seconds
        self._priority = priority
        self._client = InferenceServerClient(
            settings.url, creds=_credentials(settings), channel_args=_CHANNEL_OPTIONS
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.close()

    async def check_ready(self) -> None:
        """Return if the server and all models that it is told to load are ready."""
        try:
            ready = await self._client.is_server_ready(client_timeout=self._timeout_seconds)
        except InferenceServerException as error:
            raise translate(error, "health check", self.url) from error
        if not ready:
            raise RetryError(f"Triton at {self.url} is up, its models are not ready.")

    async def read_versions(self, model: str) -> Sequence[str]:
        """Return the version folders of a model that are served."""
        try:
            metadata = await self._client.get_model_metadata(
                model, as_json=True, client_timeout=self._timeout_seconds
            )
        except InferenceServerException as error:
            raise translate(error, f"metadata of {model}", self.url) from error
        return tuple(metadata.get("versions", ()))

    async def read_config(self, model: str, version: str) -> Mapping[str, Any]:
        """Return a model's config, as JSON names it."""
        try:
            answer = await self._client.get_model_config(
                model, version, as_json=True, client_timeout=self._timeout_seconds
            )
        except InferenceServerException as error:
            raise translate(error, f"config of {model}", self.url) from error
        config: Mapping[str, Any] = answer["config"]
        return config

    async def infer(
        self, model: str, version: str, inputs: Mapping[str, Array], outputs: Sequence[str]
    ) -> Sequence[Array]:
        """Run a model on a batch; return `outputs` in order."""
        try:
            result = await self._client.infer(
                model,
                [_input(name, array) for name, array in inputs.items()],
                model_version=version,
                outputs=[InferRequestedOutput(name) for name in outputs],
                priority=int(self._priority),
                client_timeout=self._timeout_seconds,
            )
        except InferenceServerException as error:
            raise translate(error, model, self.url) from error
        return [result.as_numpy(name) for name in outputs]


def _credentials(settings: TritonSettings) -> grpc.ChannelCredentials | None:
    if not settings.tls:
        return None
    material = read_tls_material(
        "TRITON", settings.ca_file, settings.certificate_file, settings.key_file
    )
    return grpc.ssl_channel_credentials(**material)


def _input(name: str, array: Array) -> InferInput:
    tensor = InferInput(name, array.shape, np_to_triton_dtype(array.dtype))
    tensor.set_data_from_numpy(np.ascontiguousarray(array))
    return tensor

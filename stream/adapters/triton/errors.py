"""What an error of Triton means for the caller."""

from tritonclient.utils import InferenceServerException  # type: ignore[import-untyped]

from stream.domain.errors import RetryError, StopError

# The request or the repository is wrong: repeating it cannot help. All else may pass: a full
# queue and a model being loaded are UNAVAILABLE, a model process that died is INTERNAL.
_FOR_GOOD = frozenset(
    {
        "INVALID_ARGUMENT",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "FAILED_PRECONDITION",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "UNAUTHENTICATED",
        "PERMISSION_DENIED",
    }
)


def translate(error: InferenceServerException, what: str, url: str) -> RetryError | StopError:
    """Turn an error of the client into one that says what to do; `what` was being done."""
    status = str(error.status()).removeprefix("StatusCode.")
    text = f"Triton at {url}: {what}: {status}: {error.message()}"
    return StopError(text) if status in _FOR_GOOD else RetryError(text)

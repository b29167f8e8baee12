"""Why a request is refused, by the gRPC status that the client sees.

RefusedError
├── InvalidRequestError   the request is malformed, or does not fit the collection
├── NotFoundError         there is no such collection or alias
├── AlreadyExistsError    the name is taken
├── UnbuiltError          a Qdrant server could do this, the embedded one cannot
└── OutOfSpaceError       the disk is full or failing; nothing is acknowledged until it is not
"""

from typing import ClassVar

import grpc
from google.protobuf.message import Message


class RefusedError(Exception):
    """Base of the answers other than success."""

    status: ClassVar[grpc.StatusCode] = grpc.StatusCode.INTERNAL


class InvalidRequestError(RefusedError):
    """Nothing of the request was applied; sending it again will not help."""

    status = grpc.StatusCode.INVALID_ARGUMENT


class NotFoundError(RefusedError):
    """The named collection does not exist."""

    status = grpc.StatusCode.NOT_FOUND


class AlreadyExistsError(RefusedError):
    """A collection or alias of that name exists."""

    status = grpc.StatusCode.ALREADY_EXISTS


class UnbuiltError(RefusedError):
    """The embedded server does not know this part of Qdrant's interface."""

    status = grpc.StatusCode.UNIMPLEMENTED

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not built in the embedded Qdrant Edge; use a Qdrant server")


class OutOfSpaceError(RefusedError):
    """Writes are refused before the engine would fail halfway."""

    status = grpc.StatusCode.RESOURCE_EXHAUSTED


def allow_only(message: Message, *names: str) -> None:
    """Refuse a message that sets a field other than `names`: none may be ignored in silence."""
    for field, _ in message.ListFields():
        if field.name not in names:
            raise UnbuiltError(f"{message.DESCRIPTOR.name}.{field.name}")

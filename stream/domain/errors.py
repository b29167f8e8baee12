"""Errors, named by what the caller must do.

TwinlistError
├── RetryError        a dependency is away: try the same again, later
├── PhotoError        this photo cannot be used: leave it out, name it in the outcome
├── DeadLetterError   this event cannot be used: send its original bytes to the dead letters
└── StopError         nothing sensible can be done: stop the process, acknowledge nothing
    └── OutageError   … and no event is to blame: what all of them need has been away too long

`stream/pipeline/retry.py` is the table of what each leads to.
"""

from enum import StrEnum


class TwinlistError(Exception):
    """Base of every error that Twinlist raises itself."""


class RetryError(TwinlistError):
    """A dependency did not answer or refused for now; every step may be repeated as it stands."""


class StopError(TwinlistError):
    """The process must end with a message and a non-zero exit; unacknowledged events return."""


class OutageError(StopError):
    """What every event needs stayed away for longer than there is patience for."""


class PhotoErrorReason(StrEnum):
    """Why a photo is left out, as the metrics count it."""

    INVALID_URL = "invalid_url"
    FORBIDDEN = "forbidden"
    AWAY = "away"
    NOT_SERVED = "not_served"
    TOO_LARGE = "too_large"
    NO_PICTURE = "no_picture"
    BLANK = "blank"


class PhotoError(TwinlistError):
    """A photo cannot be had or decoded, for good; the listing goes on without it.

    `setting` is the variable that allows it, where one does.
    """

    def __init__(self, reason: PhotoErrorReason, message: str, *, setting: str = "") -> None:
        super().__init__(f"{message}; see {setting}" if setting else message)
        self.reason = reason
        self.setting = setting


class DeadLetterReason(StrEnum):
    """Why an event cannot be used; the value of the header `twinlist-reason`."""

    UNREADABLE_RECORD = "unreadable_record"
    NULL_VALUE = "null_value"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    NOT_A_CLOUDEVENT = "not_a_cloudevent"
    UNKNOWN_TYPE = "unknown_type"
    INVALID_DATA = "invalid_data"
    KEY_MISMATCH = "key_mismatch"
    NO_USABLE_PHOTO = "no_usable_photo"
    UNKNOWN_PAIR = "unknown_pair"
    QUARANTINED = "quarantined"


class DeadLetterError(TwinlistError):
    """An event cannot be used. The message says what, where and what to do next."""

    def __init__(self, reason: DeadLetterReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason

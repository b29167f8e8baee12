"""What is said of settings that cannot be read: by the variable's name, never with its value."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from pydantic import ValidationError

from stream.domain.errors import StopError
from stream.settings import Settings, describe

_SERVICE_LINK = re.compile(r"_SERVICE_(HOST|PORT)|_PORT(_\d+_|$)")
"""What Kubernetes sets for a service that is called twinlist-something: none of our settings."""


def check_names(names: Iterable[str]) -> None:
    """Raise `StopError` for a variable that is no setting and nearly called like one.

    Others are left alone: an environment is shared. Within a group pydantic refuses them all.
    """
    known = {one.variable for one in describe(Settings.model_construct())}
    for name in names:
        variable = name.upper()
        if not variable.startswith("TWINLIST_") or variable in known:
            continue
        if not _SERVICE_LINK.search(variable) and (meant := _meant(variable)):
            raise StopError(f"{variable}: no such setting{meant}; see `twinlist settings`")


def explain(error: ValidationError) -> Iterator[str]:
    """Yield a sentence for each setting that is refused."""
    for one in error.errors():
        variable = _variable(one["loc"])
        if one["type"] == "extra_forbidden":
            yield f"{variable}: no such setting{_meant(variable)}"
        else:
            said = one["msg"].removeprefix("Value error, ")
            # What is wrong between several has no name of its own.
            yield f"{variable}: {said}" if variable else said


def _variable(place: Sequence[str | int]) -> str:
    return f"TWINLIST_{'__'.join(map(str, place)).upper()}" if place else ""


def _meant(variable: str) -> str:
    # Of the defaults, as none of what is set can be read.
    known = [one.variable for one in describe(Settings.model_construct())]
    close = get_close_matches(variable, known, n=1, cutoff=0.8)
    return f"; did you mean {close[0]}?" if close else ""

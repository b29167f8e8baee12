"""What comes with Twinlist: the model repository and its policy. Quick to import."""

from pathlib import Path

import msgspec

from stream.domain.errors import StopError
from stream.domain.policy import Policy
from stream.settings import Settings


def shipped_models() -> Path:
    """The model repository that comes with Twinlist: in the wheel, or beside it in a checkout."""
    in_wheel = Path(__file__).parent / "model_repository"
    return in_wheel if in_wheel.is_dir() else Path(__file__).parents[1] / "model_repository"


def read_policy(settings: Settings) -> Policy:
    """Read the policy file. Raises `StopError` when there is none or it is no policy."""
    file = settings.policy_file or shipped_models() / "policy.json"
    return read_policy_file(
        file, mend="write one with `twinlist calibrate` or name another by TWINLIST_POLICY_FILE"
    )


def read_policy_file(file: Path, mend: str) -> Policy:
    """Read a policy. Raises `StopError`, which says how to `mend` it, when it is none."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Policy)
    except (OSError, msgspec.DecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise StopError(f"the policy {file} cannot be read: {why}; {mend}") from error

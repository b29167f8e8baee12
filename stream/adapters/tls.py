"""What gRPC needs to speak TLS: whom to trust, and who we are."""

from pathlib import Path
from typing import TypedDict

from stream.domain.errors import StopError


class TlsMaterial(TypedDict):
    """The arguments of `grpc.ssl_channel_credentials`, PEM; None for the system's or for none."""

    root_certificates: bytes | None
    private_key: bytes | None
    certificate_chain: bytes | None


def read_tls_material(
    part: str, ca_file: Path | None, certificate_file: Path | None, key_file: Path | None
) -> TlsMaterial:
    """Read the files that the settings of a part name.

    Raises `StopError` when one cannot be read or a certificate is named without its key.
    """
    if (certificate_file is None) != (key_file is None):
        raise StopError(
            "mutual TLS takes a certificate and its key: set both"
            f" TWINLIST_{part}__CERTIFICATE_FILE and TWINLIST_{part}__KEY_FILE, or neither"
        )
    return {
        "root_certificates": _read(ca_file, f"TWINLIST_{part}__CA_FILE"),
        "private_key": _read(key_file, f"TWINLIST_{part}__KEY_FILE"),
        "certificate_chain": _read(certificate_file, f"TWINLIST_{part}__CERTIFICATE_FILE"),
    }


def _read(file: Path | None, variable: str) -> bytes | None:
    if file is None:
        return None
    try:
        return file.read_bytes()
    except OSError as error:
        raise StopError(f"{variable}={file} cannot be read: {error.strerror}") from error

"""Every setting of Twinlist: meaning, unit and default.

Read from the environment (`TWINLIST_KAFKA__BROKERS=…`), the file named by `TWINLIST_ENV_FILE`
(default `.env`), or the folder named by `TWINLIST_SECRETS_DIR`, of files named like the variables;
the first of these that has a setting counts. `twinlist settings` prints them, secrets masked.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from stream.domain.errors import StopError

_ENV_FILE = os.environ.get("TWINLIST_ENV_FILE", ".env")


class _Group(BaseModel):
    # What is refused may be a secret under a misspelt name, so errors do not quote it.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class KafkaSettings(_Group):
    """The broker, the topics, and how much is in flight."""

    brokers: str = Field("localhost:9092", description="Bootstrap servers, comma-separated.")
    group: str = Field("twinlist", description="Consumer group of the workers.")
    listing_events: str = Field("listing-events", description="Topic of listing events (in).")
    duplicate_verdicts: str = Field("duplicate-verdicts", description="Topic of verdicts (in).")
    duplicate_alerts: str = Field("duplicate-alerts", description="Topic of alerts (out).")
    dead_letters: str = Field("listing-dead-letters", description="Topic of dead letters (out).")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How the broker is spoken to."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = Field(
        "SCRAM-SHA-512", description="Used with SASL_PLAINTEXT and SASL_SSL."
    )
    sasl_username: str | None = Field(None, description="SASL user.")
    sasl_password: SecretStr | None = Field(None, description="SASL password.")
    oauth_token_url: str | None = Field(
        None, description="With OAUTHBEARER: https endpoint that gives tokens to a client."
    )
    oauth_client_id: str | None = Field(None, description="Client that asks for tokens.")
    oauth_client_secret: SecretStr | None = Field(None, description="Secret of that client.")
    oauth_scope: str | None = Field(None, description="Scope of the tokens, if one is wanted.")
    oauth_ca_file: Path | None = Field(
        None, description="PEM file of the token endpoint's authority; default: the system's."
    )
    ca_file: Path | None = Field(
        None, description="PEM file of the broker's authority; default: the system's."
    )
    certificate_file: Path | None = Field(None, description="PEM file for mutual TLS.")
    key_file: Path | None = Field(None, description="PEM file of the certificate's key.")
    key_password: SecretStr | None = Field(None, description="Password of that key.")
    batch_size: int = Field(16, ge=1, le=1024, description="Events taken at once, at most.")
    batch_wait_seconds: float = Field(0.1, gt=0, description="How long a batch may fill.")
    batches_in_flight: int = Field(4, ge=1, le=64, description="Batches worked on at once.")
    batch_deadline_seconds: float = Field(
        190, gt=0, description="A batch that takes longer stops the worker; < rebalance timeout."
    )
    rebalance_timeout_seconds: float = Field(220, gt=0, description="> batch deadline.")
    session_timeout_seconds: float = Field(30, gt=0, description="A silent worker is given up.")
    stall_seconds: float = Field(
        300, gt=0, description="Without progress for so long, /live fails; > batch deadline."
    )
    max_message_bytes: int = Field(2**20, gt=0, description="Largest event that is decoded.")

    @model_validator(mode="after")
    def _deadline_before_all_else(self) -> Self:
        if self.batch_deadline_seconds >= self.rebalance_timeout_seconds:
            raise ValueError("batch_deadline_seconds must be below rebalance_timeout_seconds")
        if self.batch_deadline_seconds >= self.stall_seconds:
            raise ValueError("batch_deadline_seconds must be below stall_seconds")
        return self


class TritonSettings(_Group):
    """The model server."""

    url: str = Field("localhost:8001", description="Host and port of Triton's gRPC endpoint.")
    tls: bool = Field(False, description="Speak TLS.")
    ca_file: Path | None = Field(
        None, description="PEM file of the server's authority; default: the well-known ones."
    )
    certificate_file: Path | None = Field(None, description="PEM file for mutual TLS.")
    key_file: Path | None = Field(None, description="PEM file of the certificate's key.")
    timeout_seconds: float = Field(30, gt=0, description="Deadline of one inference.")
    model_version: str = Field(
        "", description="Triton's version folder; empty for the newest of the model."
    )
    photos_per_request: int = Field(16, ge=1, le=64, description="Photos sent in one request.")


class QdrantSettings(_Group):
    """The vector store."""

    url: str = Field("http://localhost:6334", description="gRPC endpoint; https for TLS.")
    api_key: SecretStr | None = Field(None, description="API key of the server.")
    ca_file: Path | None = Field(
        None, description="PEM file of the server's authority; default: the well-known ones."
    )
    certificate_file: Path | None = Field(None, description="PEM file for mutual TLS.")
    key_file: Path | None = Field(None, description="PEM file of the certificate's key.")
    timeout_seconds: float = Field(10, gt=0, description="Deadline of one operation.")
    prefix: str = Field("", description="Put before every collection's name.")
    shard_number: int = Field(1, ge=1, description="Shards of a new collection.")
    replication_factor: int = Field(1, ge=1, description="Replicas of a new collection.")
    hnsw_ef: int = Field(256, ge=16, description="Breadth of a search; more finds more.")
    exact: bool = Field(False, description="Search without the HNSW graph.")


class PhotoSettings(_Group):
    """Fetching photos from urls that strangers typed."""

    allowed_schemes: frozenset[str] = Field(
        frozenset({"https", "http", "data"}), description="Of https, http, s3, file, data."
    )
    file_root: Path | None = Field(None, description="Folder that file urls may name files in.")
    s3_endpoint: str | None = Field(None, description="https endpoint that serves s3 urls.")
    allowed_ports: frozenset[int] = Field(
        frozenset({80, 443}), description="Ports that http and https urls may name; [] for any."
    )
    allowed_hosts: frozenset[str] = Field(
        frozenset(),
        description="Hosts that they may name; .example.com for all below it, [] for any.",
    )
    allow_private_addresses: bool = Field(False, description="Fetch from private networks too.")
    connect_timeout_seconds: float = Field(5, gt=0, description="Deadline of a connection.")
    read_timeout_seconds: float = Field(
        5, gt=0, description="How long a server may be silent, before its first byte or later."
    )
    timeout_seconds: float = Field(10, gt=0, description="Deadline of one try, whole.")
    patience_seconds: float = Field(
        15, gt=0, description="How long a photo is tried for before it is left out."
    )
    deadline_seconds: float = Field(
        60,
        gt=0,
        description="When it is left out at the latest, waiting for its turn and decoding included;"
        " < batch deadline.",
    )
    max_bytes: int = Field(20 * 2**20, gt=0, description="Largest file that is read.")
    max_redirects: int = Field(3, ge=0, description="Redirects followed, each checked again.")
    concurrency: int = Field(64, ge=1, description="Photos fetched at once.")
    host_concurrency: int = Field(16, ge=1, description="Photos fetched at once from one host.")
    max_pixels: int = Field(50_000_000, gt=0, description="Largest picture that is decoded.")
    decoders: int = Field(2, ge=1, description="Child processes that decode, a photo each.")
    decode_timeout_seconds: float = Field(
        10, gt=0, description="A decoder that takes longer over a photo is killed."
    )
    decode_memory_bytes: int = Field(
        3 * 2**28,
        ge=2**28,
        description="Address space of a decoder; a WebP takes 20 bytes a pixel, a JPEG 5 at most.",
    )


class Settings(BaseSettings):
    """All settings of a process."""

    model_config = SettingsConfigDict(
        env_prefix="TWINLIST_",
        env_nested_delimiter="__",
        env_file=_ENV_FILE,
        frozen=True,
        env_ignore_empty=True,  # `NAME=` means the default, as `twinlist settings` writes it
        extra="ignore",  # an .env is often shared with other programs
        hide_input_in_errors=True,
    )

    kafka: KafkaSettings = KafkaSettings()
    triton: TritonSettings = TritonSettings()
    qdrant: QdrantSettings = QdrantSettings()
    photos: PhotoSettings = PhotoSettings()
    policy_file: Path | None = Field(None, description="Policy; default: the shipped policy.json.")
    max_open_pairs: int = Field(200, ge=1, description="Open pairs a listing; the rest is counted.")
    tombstone_days: float = Field(
        90, gt=0, description="How long a deleted listing is remembered; > listing-events is kept."
    )
    retry_seconds: float = Field(
        60,
        gt=0,
        description="How long a dependency may be away before a worker stops; with the photos'"
        " deadline and one last try < batch deadline.",
    )
    dead_letters_per_minute: int = Field(
        300, ge=1, description="A worker that would send more stops: they have a common cause."
    )
    metrics_host: str = Field(
        "127.0.0.1", description="Address of /metrics, /live and /ready; all of them only read."
    )
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Port of /metrics, /live and /ready; empty for none."
    )
    metrics_token: SecretStr | None = Field(
        None, description="Bearer token that /metrics asks for; set it where others reach the port."
    )
    log_format: Literal["console", "json"] = Field("console", description="How logs are written.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severity that is logged."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read secrets of groups from files, too.

        Raises `StopError` when the file of settings or the folder of secrets is none.
        """
        del settings_cls
        file, folder = os.environ.get("TWINLIST_ENV_FILE"), os.environ.get("TWINLIST_SECRETS_DIR")
        if file and (not Path(file).exists() or Path(file).is_dir()):  # /dev/null is one
            raise StopError(f"TWINLIST_ENV_FILE={file} is no file: name one, or unset it")
        try:
            secrets = NestedSecretsSettingsSource(
                file_secret_settings, secrets_dir=folder, secrets_dir_missing="error"
            )
        except SettingsError as error:
            raise StopError(f"TWINLIST_SECRETS_DIR={folder} cannot be read: {error}") from error
        return init_settings, env_settings, dotenv_settings, secrets

    @model_validator(mode="after")
    def _batches_end_in_time(self) -> Self:
        photos, retry = self.photos.deadline_seconds, self.retry_seconds
        last_try = max(photos, self.triton.timeout_seconds, self.qdrant.timeout_seconds)
        longest, deadline = photos + retry + last_try, self.kafka.batch_deadline_seconds
        if longest >= deadline:
            raise ValueError(
                f"an event may take {longest:g} s: TWINLIST_PHOTOS__DEADLINE_SECONDS={photos:g}, "
                f"TWINLIST_RETRY_SECONDS={retry:g} and {last_try:g} s for a last try; lower these, "
                f"or raise TWINLIST_KAFKA__BATCH_DEADLINE_SECONDS={deadline:g} above it"
            )
        return self


def variables() -> frozenset[str]:
    """Return the names that are set, in the environment or in the file of settings."""
    return frozenset(os.environ) | frozenset(dotenv_values(_ENV_FILE))


@dataclass(frozen=True)
class DescribedSetting:
    """A setting as `twinlist settings` prints it; secrets are masked."""

    variable: str
    value: str
    default: str
    meaning: str
    is_secret: bool


def describe(settings: Settings) -> Iterator[DescribedSetting]:
    """Yield every setting with the variable that sets it."""
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if isinstance(value, _Group):
            yield from _describe(value, f"TWINLIST_{name.upper()}__")
    yield from _describe(settings, "TWINLIST_")


def _describe(model: BaseModel, prefix: str) -> Iterator[DescribedSetting]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if not isinstance(value, _Group):
            yield DescribedSetting(
                variable=prefix + name.upper(),
                value=_show(value),
                default=_show(field.default),
                meaning=field.description or "",
                is_secret=isinstance(value, SecretStr),
            )


def _show(value: object) -> str:
    if isinstance(value, frozenset):
        return json.dumps(sorted(value))
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)

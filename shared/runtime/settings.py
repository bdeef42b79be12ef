"""Settings: every one an environment variable `LINLI_…` with a sentence that says what it does.

Small blocks that a service composes. Outside `LINLI_ENV=dev` nothing secret has a default: a missing one is a start-up
error that names the variable, never a silent guess.
"""

import base64
import binascii
import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretBytes, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _from_base64(value: object) -> object:
    if isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise ValueError("must be base64 (make one with: openssl rand -base64 32)") from error
    return value


Key = Annotated[SecretBytes, BeforeValidator(_from_base64), Field(min_length=32, max_length=32)]


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def _are_networks(text: str) -> str:
    _networks(text)  # ValueError names the one that is none
    return text


class Settings(BaseSettings):
    """What every process of every service reads. A service adds its own database address and ports."""

    model_config = SettingsConfigDict(env_prefix="LINLI_", extra="ignore", frozen=True)

    env: Literal["dev", "production"] = Field("production", description="`dev` allows http and loopback targets.")
    log_level: str = Field("INFO", description="Least severe log line that is written.")

    redis_url: SecretStr = Field(description="Valkey or Redis, `redis://:password@host:port/0`.")
    hierarchy_url: str = Field("http://127.0.0.1:8001", description="Where hierarchy answers other services.")
    tickets_url: str = Field("http://127.0.0.1:8002", description="Where tickets answers other services.")
    events_url: str = Field("http://127.0.0.1:8003", description="Where events answers other services.")

    service_key: Key = Field(description="Signs the short tokens with which services call each other.")
    verify_keys: str = Field(description="Ed25519 public keys (base64, comma-separated) that sign access tokens.")
    data_key: Key = Field(description="Encrypts personal data (AES-256-GCM).")
    index_key: Key = Field(description="Keys the blind index by which personal data is looked up.")

    pool_size: int = Field(10, ge=1, le=80, description="Database connections of one process at most.")
    pool_wait_s: float = Field(1.0, gt=0, description="Wait for a connection before 503, seconds.")
    command_timeout_s: float = Field(5.0, gt=0, description="Longest single statement, seconds.")
    pooler: Literal["none", "transaction"] = Field(
        "none", description="`transaction` behind PgBouncer < 1.21: turns statement caches off."
    )
    body_limit: int = Field(1024 * 1024, description="Largest JSON body, bytes, counted as it arrives.")
    max_in_flight: int = Field(256, ge=1, description="Requests one process works on before it answers 503.")

    dispatch_interval_s: float = Field(0.05, gt=0, description="How often due jobs are looked for, seconds.")
    seal_interval_s: float = Field(1.0, gt=0, description="How often the journal is sealed, seconds.")
    callback_timeout_s: float = Field(15.0, gt=0, description="Longest wait for one hotline callback, seconds.")
    callback_networks: Annotated[str, AfterValidator(_are_networks)] = Field(
        "", description="Networks (CIDR, comma-separated) that callbacks may go to besides public addresses."
    )

    @property
    def allowed_networks(self) -> tuple[Network, ...]:
        """The parsed `callback_networks`."""
        return _networks(self.callback_networks)

    @property
    def public_keys(self) -> list[bytes]:
        """The decoded `verify_keys`."""
        return [base64.b64decode(key.strip()) for key in self.verify_keys.split(",") if key.strip()]

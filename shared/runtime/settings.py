"""Settings: every one an environment variable `LINLI_…` with a sentence that says what it does.

Small blocks that a service composes. Outside `LINLI_ENV=dev` nothing secret has a default: a missing one is a start-up
error that names the variable, never a silent guess.
"""

import base64
import binascii
import ipaddress
import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretBytes, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def _from_base64(value: object) -> object:
    if isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise ValueError("must be base64 (make one with: openssl rand -base64 32)") from error
    return value


def _none_if_empty(value: object) -> object:
    return value or None


Key = Annotated[SecretBytes, BeforeValidator(_from_base64), Field(min_length=32, max_length=32)]
OptionalKey = Annotated[Key | None, BeforeValidator(_none_if_empty)]


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def _are_networks(text: str) -> str:
    _networks(text)  # ValueError names the one that is none
    return text


def _ports(text: str) -> frozenset[int]:
    return frozenset(int(part) for part in text.split(",") if part.strip())


def _are_ports(text: str) -> str:
    if not all(0 < port < 65536 for port in _ports(text)):  # noqa: PLR2004
        raise ValueError("must be port numbers, comma-separated")
    return text


def _named_keys(text: str) -> list[tuple[str, bytes]]:
    pairs = (part.strip().partition("=") for part in text.split(",") if part.strip())
    return [(name.strip(), base64.b64decode(value, validate=True)) for name, _, value in pairs]


def _keys(text: str) -> dict[str, bytes]:
    return dict(_named_keys(text))


def _are_keys(text: SecretStr) -> SecretStr:
    try:
        fit = all(name and len(key) == 32 for name, key in _keys(text.get_secret_value()).items())  # noqa: PLR2004
    except binascii.Error:
        fit = False
    if not fit:
        raise ValueError("must be id=base64 of 32 bytes, comma-separated (linli keys rotate makes one)")
    return text


def _are_named_keys(text: str) -> str:
    _are_keys(SecretStr(text))
    return text


_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")


def _are_origins(text: str) -> str:
    if not all(_ORIGIN.fullmatch(part.strip()) for part in text.split(",") if part.strip()):
        raise ValueError("must be origins like https://app.example.cn, comma-separated: no path, no wildcard")
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

    service_verify_keys: Annotated[str, AfterValidator(_are_named_keys)] = Field(
        description="Ed25519 public keys of the services: `hierarchy=<base64>,tickets=<base64>,events=<base64>`."
    )
    verify_keys: str = Field(description="Ed25519 public keys (base64, comma-separated) that sign access tokens.")
    data_key: OptionalKey = Field(None, description="Encrypts personal data: the key `k1`. One key is required.")
    data_keys: Annotated[SecretStr, AfterValidator(_are_keys)] | None = Field(
        None, description="More keys, `k2=<base64>,k3=<base64>`: `linli keys rotate` makes one."
    )
    data_key_id: str = Field("k1", description="The key that new rows are encrypted with.", max_length=64)
    crypto: Literal["aes-256-gcm", "sm4-gcm"] = Field(
        "aes-256-gcm", description="Profile: AES-256-GCM and HMAC-SHA256, or SM4-GCM and HMAC-SM3 (国密)."
    )
    index_key: Key = Field(description="Keys the blind index by which personal data is looked up.")
    index_key_before: OptionalKey = Field(
        None, description="The index key before, while `linli keys reseal` makes indexes anew; see Changing keys."
    )

    pool_size: int = Field(10, ge=1, le=80, description="Database connections of one process at most.")
    pool_wait_s: float = Field(1.0, gt=0, description="Wait for a connection before 503, seconds.")
    command_timeout_s: float = Field(5.0, gt=0, description="Longest single statement, seconds.")
    call_timeout_s: float = Field(0.8, gt=0, description="Longest wait for another service in all, seconds.")
    pooler: Literal["none", "transaction"] = Field(
        "none", description="`transaction` behind PgBouncer < 1.21: turns statement caches off."
    )
    body_limit: int = Field(1024 * 1024, description="Largest JSON body, bytes, counted as it arrives.")
    body_patience_s: float = Field(30.0, gt=0, description="Longest wait for a whole body, seconds; then 408.")
    max_in_flight: int = Field(256, ge=1, description="Requests one process works on before it answers 503.")
    rate_person: int = Field(
        600, ge=1, description="Requests a minute of one person (a partner system: ten times as many) to one process."
    )
    rate_address: int = Field(
        1200, ge=1, description="Requests a minute without a valid token from one client address to one process."
    )
    rate_factor: float = Field(1.0, ge=0, description="Multiplies every rate limit; 0 turns them all off.")
    cors_origins: Annotated[str, AfterValidator(_are_origins)] = Field(
        "", description="Origins (`https://host[:port]`, comma-separated) whose pages may call us; none by default."
    )
    docs: bool | None = Field(
        None, description="Serve `/docs`, `/redoc` and `/openapi.json`; without a word only in dev."
    )

    dispatch_interval_s: float = Field(0.05, gt=0, description="How often due jobs are looked for, seconds.")
    revocations_interval_s: float = Field(
        1.0, gt=0, le=10, description="How often ended sessions are read, seconds: so long a token may outlive its own."
    )
    seal_interval_s: float = Field(1.0, gt=0, description="How often the journal is sealed, seconds.")
    reveals_per_day: int = Field(
        50, ge=1, description="How often one person may look at personal data in full on one day (每人每日查看次数)."
    )
    callback_timeout_s: float = Field(15.0, gt=0, description="Longest wait for one hotline callback, seconds.")
    callback_networks: Annotated[str, AfterValidator(_are_networks)] = Field(
        "", description="Networks (CIDR, comma-separated) that callbacks may go to besides public addresses."
    )

    callback_ports: Annotated[str, AfterValidator(_are_ports)] = Field(
        "443", description="Ports (comma-separated) that callbacks may go to."
    )

    @property
    def allowed_origins(self) -> list[str]:
        """The parsed `cors_origins`."""
        return [part.strip() for part in self.cors_origins.split(",") if part.strip()]

    @property
    def serves_docs(self) -> bool:
        """Whether the documentation is served."""
        return self.env == "dev" if self.docs is None else self.docs

    @property
    def allowed_ports(self) -> frozenset[int]:
        """The parsed `callback_ports`."""
        return _ports(self.callback_ports)

    @model_validator(mode="after")
    def _pages_come_by_https(self) -> Self:
        plain = [origin for origin in self.allowed_origins if origin.startswith("http:")]
        if plain and self.env != "dev":
            raise ValueError(f"LINLI_CORS_ORIGINS: {', '.join(plain)} must be https")
        return self

    @model_validator(mode="after")
    def _has_a_current_key(self) -> Self:
        if self.data_key_id not in self.all_data_keys:
            raise ValueError(
                f"LINLI_DATA_KEY_ID is {self.data_key_id!r}: neither LINLI_DATA_KEY (k1) nor in LINLI_DATA_KEYS"
            )
        return self

    @property
    def all_data_keys(self) -> dict[str, bytes]:
        """Every data key by its id."""
        first = {} if self.data_key is None else {"k1": self.data_key.get_secret_value()}
        return first | _keys(self.data_keys.get_secret_value() if self.data_keys else "")

    @property
    def allowed_networks(self) -> tuple[Network, ...]:
        """The parsed `callback_networks`."""
        return _networks(self.callback_networks)

    @property
    def public_keys(self) -> list[bytes]:
        """The decoded `verify_keys`."""
        return [base64.b64decode(key.strip()) for key in self.verify_keys.split(",") if key.strip()]

    @property
    def service_keys(self) -> list[tuple[str, bytes]]:
        """The parsed `service_verify_keys`; a service that is changing its key is named twice."""
        return _named_keys(self.service_verify_keys)

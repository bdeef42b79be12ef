"""What an operator may set for the local stack."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.local.problems import LocalError

SERVICES = ("hierarchy", "tickets", "events")


class LocalSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="LINLI_", extra="ignore", env_ignore_empty=True)

    home: Path = Field(Path(".linli"), description="Folder for data, secrets and logs of the local stack")
    database_url: SecretStr | None = Field(
        None, description="Owner's URL of a PostgreSQL of your own; without it the embedded one is started"
    )
    redis_url: SecretStr | None = Field(
        None, description="URL of a Valkey or Redis of your own; without it the embedded one is started"
    )
    hierarchy_database_url: SecretStr | None = Field(None, description="Overrides the derived URL of hierarchy")
    tickets_database_url: SecretStr | None = Field(None, description="Overrides the derived URL of tickets")
    events_database_url: SecretStr | None = Field(None, description="Overrides the derived URL of events")
    hierarchy_port: int = Field(8001, ge=1, le=65535, description="Port of the hierarchy service")
    tickets_port: int = Field(8002, ge=1, le=65535, description="Port of the tickets service")
    events_port: int = Field(8003, ge=1, le=65535, description="Port of the events service")
    api_processes: int = Field(1, ge=1, le=64, description="Processes that serve each service's HTTP")

    def port(self, service: str) -> int:
        found: int = getattr(self, f"{service}_port")
        return found

    def own_database_url(self, service: str) -> str | None:
        found: SecretStr | None = getattr(self, f"{service}_database_url")
        return found.get_secret_value() if found else None


def local_settings() -> LocalSettings:
    try:
        return LocalSettings()
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = str(first["loc"][0]).upper()
        raise LocalError(f"LINLI_{name} is not usable: {first['msg']}.") from error

"""What events reads from the environment beyond what every service reads."""

from pydantic import Field, SecretStr

from shared.runtime.settings import Key, Settings


class EventsSettings(Settings):
    """Adds the address of events' own role."""

    database_url: SecretStr = Field(
        validation_alias="LINLI_EVENTS_DATABASE_URL",
        description="Events' own role: `postgresql://linli_events:password@host:port/linli`.",
    )
    service_key: Key = Field(
        validation_alias="LINLI_EVENTS_SERVICE_KEY",
        description="Ed25519 seed (base64 of 32 bytes) that signs events' calls to other services; its own.",
    )

"""What events reads from the environment beyond what every service reads."""

from pydantic import Field, SecretStr

from shared.runtime.settings import Settings


class EventsSettings(Settings):
    """Adds the address of events' own role."""

    database_url: SecretStr = Field(
        validation_alias="LINLI_EVENTS_DATABASE_URL",
        description="Events' own role: `postgresql://linli_events:password@host:port/linli`.",
    )

"""Settings of the tickets service."""

from pydantic import Field, SecretStr

from shared.runtime.settings import Settings


class TicketsSettings(Settings):
    """Adds the address of tickets' own role."""

    database_url: SecretStr = Field(
        validation_alias="LINLI_TICKETS_DATABASE_URL", description="PostgreSQL, as the role linli_tickets."
    )

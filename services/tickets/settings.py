"""Settings of the tickets service."""

from pydantic import Field, SecretStr

from shared.runtime.settings import Key, Settings


class TicketsSettings(Settings):
    """Adds the address of tickets' own role."""

    database_url: SecretStr = Field(
        validation_alias="LINLI_TICKETS_DATABASE_URL", description="PostgreSQL, as the role linli_tickets."
    )
    service_key: Key = Field(
        validation_alias="LINLI_TICKETS_SERVICE_KEY",
        description="Ed25519 seed (base64 of 32 bytes) that signs tickets' calls to other services; its own.",
    )

    contact_retention_days: int = Field(
        0, ge=0, description="Contact data of appeals closed for longer is erased by `linli forget-contacts`; 0: never."
    )
    files_url: str = Field(
        "file:///var/lib/linli/files",
        description="Where attachments lie: a folder (`file:///…`) that API and worker share, or `s3://bucket/prefix`.",
    )
    files_s3_endpoint: str | None = Field(None, description="Address of an S3-compatible store; none: Amazon's.")
    files_s3_region: str | None = Field(None, description="Its region.")
    files_s3_key_id: str | None = Field(None, description="Its access key's id.")
    files_s3_secret: SecretStr | None = Field(None, description="Its access key's secret.")
    upload_limit: int = Field(10 * 1024 * 1024, ge=1024, description="Largest uploaded file, bytes.")
    upload_pixels: int = Field(40_000_000, ge=1, description="Most pixels of an uploaded image, by its header.")
    uploads_at_once: int = Field(6, ge=1, description="Uploads that one process holds in memory at a time.")
    inspections_at_once: int = Field(2, ge=1, description="Uploads that are examined at a time, each in a process.")
    inspection_cpu_s: float = Field(1.6, gt=0, description="Processor time that examining one file may take, seconds.")
    inspection_memory: int = Field(
        448 * 1024 * 1024, ge=128 * 1024 * 1024, description="Address space that examining one file may take, bytes."
    )
    appeal_files: int = Field(30, ge=1, description="Most attachments of one appeal.")
    appeal_files_bytes: int = Field(100 * 1024 * 1024, ge=1024, description="Most bytes of one appeal's attachments.")
    upload_day_bytes: int = Field(200 * 1024 * 1024, ge=1024, description="Most bytes one person attaches in a day.")

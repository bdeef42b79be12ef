"""What hierarchy reads from the environment beyond what every service reads."""

from pydantic import Field, SecretStr

from shared.runtime.settings import Key, Settings


class HierarchySettings(Settings):
    """hierarchy alone holds the key that signs access tokens."""

    database_url: SecretStr = Field(
        validation_alias="LINLI_HIERARCHY_DATABASE_URL",
        description="Hierarchy's own role: `postgresql://linli_hierarchy:password@host:port/linli`.",
    )
    signing_key: Key = Field(description="Ed25519 seed (base64 of 32 bytes) that signs access tokens.")
    access_token_s: int = Field(600, ge=60, le=3600, description="How long an access token lives, seconds.")
    sign_in_attempts: int = Field(
        10, ge=1, description="Sign-ins per phone number within the window, counting those that fail."
    )
    sign_in_window_s: int = Field(900, ge=1, description="Length of that window, seconds.")

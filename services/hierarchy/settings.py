"""What hierarchy reads from the environment beyond what every service reads."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from shared.kernel.rights import Role
from shared.runtime.settings import Key, Settings


def _are_roles(text: str) -> str:
    _roles(text)  # ValueError names the one that is none
    return text


def _roles(text: str) -> frozenset[Role]:
    return frozenset(Role(part.strip()) for part in text.split(",") if part.strip())


class HierarchySettings(Settings):
    """hierarchy alone holds the key that signs access tokens."""

    database_url: SecretStr = Field(
        validation_alias="LINLI_HIERARCHY_DATABASE_URL",
        description="Hierarchy's own role: `postgresql://linli_hierarchy:password@host:port/linli`.",
    )
    service_key: Key = Field(
        validation_alias="LINLI_HIERARCHY_SERVICE_KEY",
        description="Ed25519 seed (base64 of 32 bytes) that signs hierarchy's calls to other services; its own.",
    )
    signing_key: Key = Field(description="Ed25519 seed (base64 of 32 bytes) that signs access tokens.")
    access_token_s: int = Field(600, ge=60, le=3600, description="How long an access token lives, seconds.")
    sign_in_attempts: int = Field(
        10, ge=1, description="Sign-ins per phone number within the window, counting those that fail."
    )
    sign_in_window_s: int = Field(900, ge=1, description="Length of that window, seconds.")
    session_s: int = Field(
        90 * 86400, ge=600, description="How long neighbours stay signed in at most (residents, building heads), s."
    )
    session_idle_s: int = Field(30 * 86400, ge=600, description="How long they do without using it, s.")
    staff_session_s: int = Field(
        12 * 3600, ge=600, description="How long everybody else stays signed in at most: staff, operators, partners, s."
    )
    staff_session_idle_s: int = Field(12 * 3600, ge=600, description="How long they do without using it, s.")
    refresh_grace_s: int = Field(
        10, ge=0, le=60, description="How long the refresh token just replaced is answered again, s."
    )
    devices_per_person: int = Field(20, ge=1, le=100, description="Sessions per person; the oldest ends for the next.")

    second_factor_roles: Annotated[str, AfterValidator(_are_roles)] = Field(
        "operator,security_admin,auditor,community_staff",
        description="Roles (comma-separated) that sign in with a second factor only. Not asked for in `dev`.",
    )
    sms_url: str = Field(
        "", description="Where text messages are handed over (POST, JSON, signed). Without it there are no codes; in "
        "`dev` they are logged instead."
    )  # fmt: skip
    sms_secret: SecretStr = Field(SecretStr(""), description="Signs what is sent there, `whsec_…` (Standard Webhooks).")
    sms_template: str = Field("", max_length=100, description="The provider's number of the template for codes.")
    sms_signature: str = Field("", max_length=100, description="The provider's name for the sender (短信签名).")
    sms_timeout_s: float = Field(5.0, gt=0, le=15, description="Longest wait for the provider, seconds.")
    sms_per_day: int = Field(5000, ge=1, description="Text messages per district and day; then codes pause.")
    codes_per_address: int = Field(
        10, ge=1, description="Codes per client address and hour. Raise it where many share one address (CGNAT)."
    )
    codes_per_household: int = Field(10, ge=1, description="Codes per household and hour, all its numbers together.")
    wechat_url: str = Field("https://api.weixin.qq.com", description="Where WeChat answers `/sns/jscode2session`.")
    wechat_app_id: str = Field("", max_length=64, description="The mini-program's id. Without it WeChat is off.")
    wechat_app_secret: SecretStr = Field(SecretStr(""), description="The mini-program's secret.")
    wechat_timeout_s: float = Field(3.0, gt=0, le=15, description="Longest wait for WeChat, seconds.")
    wechat_per_address: int = Field(60, ge=1, description="Sign-ins by WeChat per client address and hour.")

    import_limit: int = Field(
        10 * 1024 * 1024, ge=1024, description="Largest workbook that is imported, bytes (导入文件上限)."
    )
    imports_at_once: int = Field(2, ge=1, description="Workbooks that one process holds in memory at a time.")
    export_limit: int = Field(50_000, ge=1, description="Most rows of an exported workbook (导出行数上限).")

    public_url: str = Field(
        "",
        max_length=200,
        description="Where residents reach this server, `https://linli.example.cn`: what QR codes on printed sheets "
        "lead to. Without it there are no codes; in `dev` they lead to LINLI_HIERARCHY_URL.",
    )

    @property
    def public_base(self) -> str:
        """What public addresses begin with; empty where nobody has said it."""
        return (self.public_url or (self.hierarchy_url if self.env == "dev" else "")).rstrip("/")

    @property
    def strong_roles(self) -> frozenset[Role]:
        """The roles that need a second factor here."""
        return frozenset() if self.env == "dev" else _roles(self.second_factor_roles)

    @model_validator(mode="after")
    def _outside_is_encrypted(self) -> Self:
        for name, url in (
            ("LINLI_SMS_URL", self.sms_url),
            ("LINLI_WECHAT_URL", self.wechat_url),
            ("LINLI_PUBLIC_URL", self.public_url),
        ):
            parts = urlsplit(url)
            allowed = ("https", "http") if self.env == "dev" else ("https",)
            if url and not (parts.scheme in allowed and parts.hostname):
                raise ValueError(f"{name} must be an https address")
        if self.sms_url and not self.sms_secret.get_secret_value().startswith("whsec_"):
            raise ValueError("LINLI_SMS_URL needs LINLI_SMS_SECRET (whsec_…)")
        return self

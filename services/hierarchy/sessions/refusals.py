"""What a session can be refused for. Pure."""

from shared.kernel.errors import LinliError


class AccountDisabled(LinliError):
    status, code = 403, "account_disabled"
    zh = "该账号已停用，请联系管理员。"
    en = "This account has been disabled. Ask the district's security administrator."


class RefreshInvalid(LinliError):
    status, code = 401, "refresh_invalid"
    zh = "登录已到期或已结束，请重新登录。"
    en = "The refresh token is not valid, has expired, or its session has ended. Sign in again."


class RefreshReused(LinliError):
    """The session is ended: either the one who sends it or the one who used it before is not its owner."""

    status, code = 401, "refresh_reused"
    zh = "刷新令牌已被使用过，为安全起见本次登录已结束，请重新登录。"
    en = "This refresh token was used before. The session has been ended for safety: sign in again."

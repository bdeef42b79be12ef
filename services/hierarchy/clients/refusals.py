"""What a client can be refused for. Pure."""

from shared.kernel.errors import LinliError


class ClientCredentialsWrong(LinliError):
    status, code = 401, "client_credentials_wrong"
    zh = "接入方编号或密钥不正确，或已停用。"
    en = "The client id or the secret is wrong, or the client has been ended."

"""Who may be given which role: the three administrators stay three people (三员分立). Pure."""

from collections.abc import Iterable

from shared.kernel.errors import LinliError
from shared.kernel.rights import Role

# One keeps the system running, one says who may what, one looks at what both did. Nobody is two of them.
ADMINISTRATORS = frozenset({Role.OPERATOR, Role.SECURITY_ADMIN, Role.AUDITOR})


class RolesApart(LinliError):
    status, code = 409, "roles_apart"
    zh = "系统管理员、安全管理员、审计管理员须由不同的人担任：此人在该期间已是“{held}”，不能再授予“{wanted}”。"
    en = "The three administrators are three people: this one is {held!r} at that time and cannot be {wanted!r} too."


class NotToYourself(LinliError):
    status, code = 403, "not_to_yourself"
    zh = "不能给自己授权，请由另一位安全管理员办理。"
    en = "Nobody grants rights to themself. Ask another security administrator."


def must_stay_apart(wanted: Role, held: Iterable[Role]) -> None:
    """Raises RolesApart where one person would be two of the three administrators."""
    others = sorted((ADMINISTRATORS & set(held)) - {wanted})
    if wanted in ADMINISTRATORS and others:
        raise RolesApart(held=others[0].value, wanted=wanted.value)

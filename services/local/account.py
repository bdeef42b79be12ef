"""Whom PostgreSQL runs as: it refuses to run as root, so root lends it another identity."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from services.local.problems import LocalError, not_ours
from services.local.processes import Account

# Inside this user namespace root's files belong to user 1000, so nothing has to change its owner.
UNPRIVILEGED = ("unshare", "-U", "--map-user=1000", "--map-group=1000")
SYSTEM_USERS = ("postgres", "nobody")


def account_for(data: Path, program: Path) -> Account:
    """The first identity that can run the program and own the folder, which it then does."""
    if os.geteuid() != 0:
        if data.exists() and data.stat().st_uid != os.geteuid():
            raise not_ours(data)
        return Account()
    for account in _candidates(data):
        if _can_run(account, data.parent, program):
            _give(data, account)
            return account
    raise LocalError(
        f"Linli runs as root, which PostgreSQL refuses, and no other identity can reach {data.parent}: "
        "start it as an ordinary user, or set LINLI_DATABASE_URL to a server of your own. 请用普通用户启动。"
    )


def _candidates(data: Path) -> Iterator[Account]:
    if data.exists() and data.stat().st_uid != 0:
        yield _as_user(data.stat().st_uid)
    if shutil.which(UNPRIVILEGED[0]):
        yield Account(prefix=UNPRIVILEGED)
    if (owner := data.parent.parent.stat().st_uid) != 0:  # `sudo make run` in somebody's checkout
        yield _as_user(owner)
    for name in SYSTEM_USERS:
        try:
            yield _as_user(pwd.getpwnam(name).pw_uid)
        except KeyError:
            continue


def _as_user(uid: int) -> Account:
    try:
        group = pwd.getpwuid(uid).pw_gid
    except KeyError:
        group = uid
    return Account(user=uid, group=group)


def _can_run(account: Account, folder: Path, program: Path) -> bool:
    script = ["/bin/sh", "-c", 'cd "$1" && exec "$2" --version', "sh", str(folder), str(program)]
    try:
        found = subprocess.run(  # noqa: S603 - our own command line
            account.guarded(script, signal.SIGKILL),
            capture_output=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return found.returncode == 0


def _give(data: Path, account: Account) -> None:
    owner = account.user or 0
    if not data.exists() or data.stat().st_uid == owner:
        return
    for path in (data, *data.rglob("*")):
        os.chown(path, owner, account.group or 0, follow_symlinks=False)

"""What goes wrong on an operator's machine, each as one sentence that says what to do."""

import errno
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ENOUGH_DISK = 300 * 1024 * 1024


class LocalError(Exception):
    """The message is the sentence the operator reads; nothing else is printed."""


def disk_full(where: Path) -> LocalError:
    return LocalError(f"The disk that holds {where} is full: free some space and start again. 磁盘已满。")


def not_ours(where: Path) -> LocalError:
    return LocalError(
        f"{where} cannot be written by this user: change its owner (sudo chown -R $USER {where}) "
        "or set LINLI_HOME to another folder. 没有写入权限。"
    )


@contextmanager
def writing(where: Path) -> Iterator[None]:
    """Turn the operating system's complaints about a folder into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise disk_full(where) from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise not_ours(where) from error
        if error.errno in {errno.ENOTDIR, errno.EEXIST, errno.EISDIR}:
            raise LocalError(
                f"{where} cannot be used as a folder ({error.strerror}): set LINLI_HOME to another one."
            ) from error
        raise


def require_disk(where: Path) -> None:
    free = shutil.disk_usage(where).free
    if free < ENOUGH_DISK:
        raise LocalError(
            f"The disk that holds {where} has {free // 2**20} MB left and Linli needs "
            f"{ENOUGH_DISK // 2**20} MB: free some space or set LINLI_HOME to another disk. 磁盘空间不足。"
        )


def recognise(tail: Sequence[str], where: Path) -> LocalError | None:
    """Read the last lines of a server that did not start."""
    text = "\n".join(tail)
    if "No space left on device" in text:
        return disk_full(where)
    if "Permission denied" in text or "Read-only file system" in text:
        return not_ours(where)
    if "Cannot allocate memory" in text:
        return LocalError("This machine has too little free memory to start the database: stop something else.")
    return None

"""The folder `.linli`: one running stack at a time, private files, and what is remembered between starts."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.local.problems import LocalError, require_disk, writing


@dataclass(frozen=True)
class Home:
    path: Path

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder. The lock is the kernel's, so a killed run never leaves one behind."""
        with writing(self.path):
            self.path.mkdir(mode=0o755, parents=True, exist_ok=True)
            require_disk(self.path)
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            with writing(self.path):
                self._take(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _take(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            raise LocalError(
                f"Linli is already running in {self.path} (pid {holder}): stop that one first, "
                "or set LINLI_HOME to another folder. 已在运行。"
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)

    def read(self, name: str) -> dict[str, Any]:
        file = self.path / name
        try:
            content = json.loads(file.read_bytes())
        except FileNotFoundError:
            return {}
        except PermissionError as error:
            raise LocalError(f"{file} cannot be read by this user: change its owner. 没有读取权限。") from error
        except ValueError as error:
            raise LocalError(f"{file} is damaged (not JSON): restore it from a backup. 文件已损坏。") from error
        if not isinstance(content, dict):
            raise LocalError(f"{file} is damaged (not an object): restore it from a backup. 文件已损坏。")
        return content

    def write(self, name: str, content: dict[str, Any]) -> None:
        """Replace a file that only its owner may read; a kill leaves the old or the new one, never half."""
        file, draft = self.path / name, self.path / f"{name}.new"
        with writing(self.path):
            draft.unlink(missing_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(file)

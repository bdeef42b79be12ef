"""Where the children's lines go: bounded files under `.linli/logs/`, and the terminal if wanted."""

import os
from pathlib import Path
from typing import BinaryIO, TextIO

LOG_BYTES = 5_000_000
COLOURS = (36, 33, 35, 32, 34, 96, 93, 95, 92, 94)


class LogFile:
    """One file of at most LOG_BYTES and one before it. A full disk costs log lines, never the supervisor."""

    def __init__(self, path: Path, limit: int = LOG_BYTES) -> None:
        self.path, self._limit = path, limit
        self._stream: BinaryIO | None = None
        self._size = 0

    def write(self, line: str) -> None:
        record = line.encode(errors="replace") + b"\n"
        try:
            if self._stream is not None and self._size + len(record) > self._limit:
                self._rotate()
            stream = self._stream or self._open()
            stream.write(record)
            self._size += len(record)
        except OSError:
            self.close()

    def _open(self) -> BinaryIO:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._stream = os.fdopen(descriptor, "ab", buffering=0)
        self._size = self._stream.tell()
        return self._stream

    def _rotate(self) -> None:
        self.close()
        self.path.replace(self.path.with_name(self.path.name + ".1"))

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None


class Output:
    """`stream=None` is silent: log files only."""

    def __init__(self, logs: Path | None = None, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        self._logs, self._stream, self._quiet = logs, stream, quiet
        self._files: dict[str, LogFile] = {}
        self._colour = stream is not None and stream.isatty() and "NO_COLOR" not in os.environ

    def say(self, text: str) -> None:
        """Speak as the supervisor."""
        self._record("linli", text)
        self._print(text)

    def line(self, name: str, text: str, *, echo: bool) -> None:
        """Pass on what a child said."""
        self._record(name, text)
        if echo and not self._quiet:
            self._print(f"{self._prefix(name)} {text}")

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def where(self, name: str) -> str:
        return f"; its log: {self._logs / name}.log" if self._logs else ""

    def _prefix(self, name: str) -> str:
        label = f"{name:<16}|"
        if not self._colour:
            return label
        return f"\033[{COLOURS[sum(name.encode()) % len(COLOURS)]}m{label}\033[0m"

    def _record(self, name: str, text: str) -> None:
        if self._logs is None:
            return
        if name not in self._files:
            self._files[name] = LogFile(self._logs / f"{name}.log")
        self._files[name].write(text)

    def _print(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            print(text, file=self._stream, flush=True)
        except OSError:  # the terminal or the pipe is gone; the log files still have it
            _deafen(self._stream)
            self._stream = None
        except UnicodeEncodeError:
            print(text.encode("ascii", "replace").decode(), file=self._stream, flush=True)


def _deafen(stream: TextIO) -> None:
    """Otherwise the interpreter complains once more when it flushes at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    except (OSError, ValueError):
        return
    finally:
        os.close(nowhere)

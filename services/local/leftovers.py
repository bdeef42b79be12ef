"""Server processes that outlived a hard kill."""

import signal
from contextlib import suppress
from pathlib import Path

import psutil

PATIENCE = 5.0


def end_servers_in(data: Path, name: str) -> None:
    """A server's processes all work inside its data folder, whoever their parent is by now."""
    found = [
        process
        for process in psutil.process_iter(["name", "cwd"])
        if process.info["name"] == name and process.info["cwd"] == str(data)
    ]
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        _, found = psutil.wait_procs(found, timeout=PATIENCE)

"""Ports of this machine, and who holds them."""

import random
import socket
from contextlib import closing

import psutil

from services.local.problems import LocalError

# Below the range from which kernels lend ports to outgoing connections, so that a server that is being
# restarted finds its port again.
CANDIDATES = range(20_000, 30_000)


def is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port(remembered: object = None) -> int:
    """The remembered port if nobody took it meanwhile, or another."""
    if isinstance(remembered, int) and is_free(remembered):
        return remembered
    return next(port for port in random.sample(CANDIDATES, 500) if is_free(port))


def require_free(port: int, setting: str) -> None:
    if not is_free(port):
        raise LocalError(
            f"Port {port} is taken{holder(port)}: stop it, or set {setting} to another port. 端口已被占用。"
        )


def holder(port: int) -> str:
    """` by nginx (pid 77)`, or nothing when this user may not see it."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.pid and connection.laddr[1:] == (port,):
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:
        return ""
    return ""


def listening_socket(port: int) -> socket.socket:
    """One socket that several processes accept from."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # uvicorn --fd takes it for a UNIX socket
    listener.bind(("127.0.0.1", port))
    listener.listen(2048)
    listener.setblocking(False)
    return listener

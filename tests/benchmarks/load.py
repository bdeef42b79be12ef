"""The load generator, a process of its own: keep-alive HTTP/1.1 on raw sockets, closed loop, one request at a time
per client. It reads one order per line from stdin and answers each with one line of figures.

It is small so that it is never the bottleneck: some 20,000 requests/s on one core; its own CPU is in its answer.
"""

import asyncio
import pickle
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson

_SETTLED = 20  # seconds after which a client that got no answer gives up


class _Client(asyncio.Protocol):
    """One connection: sends, waits for the whole answer, notes how long it took, sends the next."""

    def __init__(self, requests: Iterator[bytes], until: float, over: asyncio.Future[None]) -> None:
        self._requests, self._until, self._over = requests, until, over
        self.taken: list[float] = []
        self.statuses: Counter[bytes] = Counter()
        self.first_refusal = b""
        self._transport: Any = None
        self._began = 0.0
        self._missing = 0
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        now = time.perf_counter()
        request = next(self._requests, None) if now < self._until else None
        if request is None:
            self._transport.close()
            return
        self._began = now
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            self._missing = self._length(end) - (len(self._head) - end - 4)
            status = self._head[9:12]
            self.statuses[status] += 1
            if status >= b"400" and not self.first_refusal:
                self.first_refusal = self._head[end + 4 :][:400]
            self._head = b""
        if self._missing <= 0:
            self._missing = 0
            self.taken.append(time.perf_counter() - self._began)
            self._next()

    def _length(self, end: int) -> int:
        head = self._head[:end].lower()
        found = head.find(b"content-length: ")
        return int(head[found + 16 :].split(b"\r\n", 1)[0]) if found >= 0 else 0

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None:
            self.statuses[b"lost"] += 1
        if not self._over.done():
            self._over.set_result(None)


async def one_round(visitors: Any, order: dict[str, Any]) -> dict[str, Any]:
    """Figures of one round: what was answered, how fast, and what the generator itself cost."""
    loop = asyncio.get_running_loop()
    requests = visitors.stream(order["operation"], order["start"])
    clients, ends = [], []
    began, cpu = time.perf_counter(), time.process_time()
    for _ in range(order["clients"]):
        over: asyncio.Future[None] = loop.create_future()
        client = _Client(requests, began + order["seconds"], over)
        await loop.create_connection(lambda made=client: made, "127.0.0.1", order["port"])  # type: ignore[misc]
        clients.append(client)
        ends.append(over)
    async with asyncio.timeout(order["seconds"] + _SETTLED):
        await asyncio.gather(*ends)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    times = sorted(second for client in clients for second in client.taken)
    statuses = sum((client.statuses for client in clients), Counter[bytes]())
    refusals = [client.first_refusal for client in clients if client.first_refusal]
    return {
        "requests": len(times),
        "seconds": took,
        "p50_ms": _at(times, 0.5),
        "p99_ms": _at(times, 0.99),
        "cpu": cpu,
        "statuses": {status.decode(): count for status, count in statuses.items()},
        "refusal": refusals[0].decode(errors="replace") if refusals else "",
    }


def _at(times: list[float], share: float) -> float:
    return times[min(len(times) - 1, int(len(times) * share))] * 1000 if times else 0.0


def main() -> None:
    """The first argument names the pickled `Visitors`."""
    import uvloop  # noqa: PLC0415 - not on Windows

    with open(sys.argv[1], "rb") as file:  # noqa: PTH123 - nothing else of pathlib is needed here
        visitors = pickle.load(file)  # our own file
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(orjson.dumps(uvloop.run(one_round(visitors, orjson.loads(line)))) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()

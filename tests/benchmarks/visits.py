"""What the clients send: one endless stream of HTTP/1.1 requests per operation, for Linli and for the minimal one.

Numbers continue from round to round (`start`), so that nothing that can be done once is asked for twice.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import uuid4

import orjson

from tests.benchmarks.ids import old_id
from tests.benchmarks.town import ACTIVITIES, RESIDENTS, Town

_APPEAL = {
    "title": "3号楼暖气不热",
    "content": "从昨晚起家里暖气冰凉，有老人和孩子，请尽快派人来看。",
    "category": "JC05",
}
_FILING = {"category": "JC05", "urgency": "L3", "note": "网格员上门核实，情况属实"}


@dataclass
class Visitors:
    """Everybody who visits: the town, tokens by kind, how many appeals there are and which wait to be verified."""

    town: Town
    tokens: dict[str, list[str]]
    rows: int
    waiting: int
    timelines: int

    def intake(self, start: int) -> Iterator[bytes]:
        for number in itertools.count(start):
            body = orjson.dumps(_APPEAL | {"place": self._place(number)})
            yield _post("/api/tickets/v1/appeals", body, self._token("residents", number))

    def file(self, start: int) -> Iterator[bytes]:
        """A move: 立案 of appeals that wait to be verified, each once."""
        body = orjson.dumps(_FILING)
        for number in range(self.rows - self.waiting + start, self.rows):
            yield _post(f"/api/tickets/v1/appeals/{old_id(number)}/file", body, self._token("operator", 0))

    def timeline(self, start: int) -> Iterator[bytes]:
        newest = self.rows - self.timelines
        for number in itertools.count(start):
            appeal = old_id(newest + number * 7919 % self.timelines)
            yield get(f"/api/tickets/v1/appeals/{appeal}/timeline", self._token("operator", 0))

    def list_grid(self, start: int) -> Iterator[bytes]:
        for number in itertools.count(start):
            yield get("/api/tickets/v1/appeals?limit=20", self._token("grid_workers", number))

    def register_hot(self, start: int) -> Iterator[bytes]:
        """Everybody at one activity, until each resident has signed up; then at the next."""
        for number in itertools.count(start):
            yield self._sign_up(ACTIVITIES + number // RESIDENTS % ACTIVITIES, number)

    def register_spread(self, start: int) -> Iterator[bytes]:
        for number in itertools.count(start):
            yield self._sign_up(number % ACTIVITIES, number // ACTIVITIES)

    def responsibility(self, start: int) -> Iterator[bytes]:
        for number in itertools.count(start):
            place = self._place(number)
            path = f"/api/hierarchy/v1/responsibility?place={place}&category=JC05"
            yield get(path, self._token("operator", 0))

    def minimal_intake(self, start: int) -> Iterator[bytes]:
        for number in itertools.count(start):
            yield _post("/appeals", orjson.dumps(_APPEAL | {"place": self._place(number)}))

    def minimal_list_grid(self, start: int) -> Iterator[bytes]:
        for number in itertools.count(start):
            low = self.town.grids[number % len(self.town.grids)].path
            yield get(f"/appeals?low={low}&high={low}~&limit=20")

    def minimal_register_hot(self, start: int) -> Iterator[bytes]:
        for number in itertools.count(start):
            yield self._minimal_sign_up(ACTIVITIES + number // RESIDENTS % ACTIVITIES, number)

    def minimal_register_spread(self, start: int) -> Iterator[bytes]:
        for number in itertools.count(start):
            yield self._minimal_sign_up(number % ACTIVITIES, number // ACTIVITIES)

    def stream(self, operation: str, start: int) -> Iterator[bytes]:
        made: Callable[[int], Iterator[bytes]] = getattr(self, operation)
        return made(start)

    def _place(self, number: int) -> str:
        return self.town.sampled[number * 31 % len(self.town.sampled)].code

    def _token(self, kind: str, number: int) -> str:
        return self.tokens[kind][number % len(self.tokens[kind])]

    def _sign_up(self, activity: int, person: int) -> bytes:
        path = f"/api/events/v1/activities/{old_id(activity, 3)}/registrations"
        return _post(path, b"{}", self._token("residents", person))

    def _minimal_sign_up(self, activity: int, person: int) -> bytes:
        body = f'{{"person": "m{person}"}}'.encode()
        return _post(f"/activities/{old_id(activity, 3)}/registrations", body)


def get(path: str, token: str | None = None) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: linli\r\n{_bearer(token)}\r\n".encode()


def _post(path: str, body: bytes, token: str | None = None) -> bytes:
    key = f"Idempotency-Key: {uuid4()}\r\n" if token else ""
    head = f"POST {path} HTTP/1.1\r\nHost: linli\r\n{_bearer(token)}{key}Content-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _bearer(token: str | None) -> str:
    return f"Authorization: Bearer {token}\r\n" if token else ""

"""Invents the rows of a district: appeals of two years with their journal, jobs, activities, registrations."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from services.tickets.appeals.due import OVERDUE
from tests.benchmarks.ids import old_id
from tests.benchmarks.plan import Plan
from tests.benchmarks.town import ACTIVITIES, DISTRICT, RESIDENTS, Town

Record = tuple[Any, ...]
_YEARS = timedelta(days=730)
_WORDS = (
    "从昨晚起家里暖气冰凉，有老人和孩子，请尽快派人来看。",
    "楼道灯坏了三天，晚上上下楼看不清台阶，老人差点摔倒。",
    "小区门口垃圾桶满了没有清运，味道很大，希望增加清运次数。",
    "楼上装修周末早上七点就开始施工，影响孩子休息，请协调。",
)
_TITLES = ("暖气不热", "楼道灯不亮", "垃圾没有清运", "装修噪音扰民")
_CATEGORIES = ("JC05", "JC03", "HJ01", "HJ02")
_URGENCY = ("L3",) * 14 + ("L2",) * 4 + ("L1", "L4")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_STORY = ("report", "file", "assign", "sign", "progress", "resolve", "reply")
_AFTER = ("verify", "assign", "assign", "handle", "handle", "feedback", "rate")

APPEAL_COLUMNS = (
    "district", "id", "number", "version", "title", "content", "appeal_type", "category", "urgency", "channel",
    "anonymous", "confidential", "reporter_id", "place_code", "place_name", "place_path", "callback_seq", "step",
    "step_since", "step_due", "overdue", "suspended", "chain", "chain_position", "lead_post", "lead_name",
    "lead_person", "result", "public_reply", "rating", "created_at", "updated_at", "closed_at",
)  # fmt: skip
JOURNAL_COLUMNS = ("district", "at", "id", "actor_kind", "actor", "request_key", "fingerprint", "subject_kind",
                   "subject_id", "event", "before", "after", "data")  # fmt: skip
JOB_COLUMNS = ("district", "id", "name", "queue", "args", "due_at", "created_at", "attempts")
ACTIVITY_COLUMNS = ("district", "id", "step", "title", "type", "place_code", "place_name", "place_path", "organiser",
                    "starts_at", "ends_at", "signup_until", "check_in_code", "capacity")  # fmt: skip
REGISTRATION_COLUMNS = ("district", "id", "activity_id", "person", "step", "place_no")


def in_verify(rows: int) -> int:
    """How many of the newest appeals wait at 核实立案; as many before them were just handed out."""
    return max(rows * 3 // 100, min(rows // 10, 30_000))


class Invented:
    """Rows `start` … `stop` of a table that will hold `stop` appeals."""

    def __init__(self, town: Town, plan: Plan, start: int, stop: int) -> None:
        self._town, self._start, self._stop = town, start, stop
        self._now = datetime.now(UTC) - timedelta(minutes=2)  # older than what the sealer looks back on
        self._pace = _YEARS / stop
        self._fresh = in_verify(stop)
        self._timelines = plan.timelines

    def step(self, number: int) -> str:
        """Newest first: to verify, handed out, in hand; the rest is over."""
        age = self._stop - 1 - number
        if age < 2 * self._fresh:
            return "verify" if age < self._fresh else "assign"
        if age < 3 * self._fresh:
            return ("handle", "handle", "feedback", "rate")[number & 3]
        return "withdrawn" if number % 50 == 0 else "closed"

    def _at(self, number: int) -> datetime:
        return self._now - self._pace * (self._stop - 1 - number)

    def appeals(self) -> Iterator[Record]:
        for number in range(self._start, self._stop):
            yield self._appeal(number)

    def _appeal(self, number: int) -> Record:
        spot, step, at, kind = self._spot(number), self.step(number), self._at(number), number & 3
        over, led = step in ("closed", "withdrawn"), step not in ("verify", "withdrawn")
        open_due = None if over else self._now + timedelta(days=3)
        answered = step in ("closed", "rate")
        return (
            DISTRICT, old_id(number), _number(number, at), 7 if over else 2, _TITLES[kind], _WORDS[kind], "help",
            _CATEGORIES[kind], _URGENCY[number % 20], "app", False, False,
            self._town.person(number % 50_000), spot.code, spot.full_name, spot.path, 0, step, at, open_due, False,
            False, _chain(spot.path[:16]) if led else b"[]", 0, "370704-P" if led else None,
            "专职网格员" if led else None, self._town.person(100_000 + number % 172) if led else None,
            "resolved" if answered else None, "已处理完毕，感谢您的反映。" if answered else None,
            5 if step == "closed" else None, at, at, at + timedelta(hours=30) if over else None,
        )  # fmt: skip

    def _spot(self, number: int) -> Any:
        sampled = self._town.sampled
        return sampled[number * 40_503 & len(sampled) - 1]

    def journal(self) -> Iterator[Record]:
        """The report of every appeal, and the whole story of the newest."""
        whole = self._stop - self._timelines
        for number in range(self._start, self._stop):
            at = self._at(number)
            for event in range(len(_STORY) if number >= whole else 1):
                yield (
                    DISTRICT, at + timedelta(microseconds=event), old_id(number * 8 + event, 1), "user", "somebody",
                    f"bulk-{number}-{event}", bytes(32), "appeal", old_id(number), _STORY[event],
                    _AFTER[event - 1] if event else None, _AFTER[event], b'{"category": "JC05", "urgency": "L3"}',
                )  # fmt: skip

    def jobs(self) -> Iterator[Record]:
        """The clocks of what is open, due in some days."""
        for number in range(max(self._start, self._stop - 3 * self._fresh), self._stop):
            arguments = {"appeal_id": str(old_id(number)), "step": self.step(number), "due": self._now.isoformat()}
            due = self._now + timedelta(days=3, seconds=number % 86_400)
            yield (DISTRICT, old_id(number, 2), OVERDUE.name, OVERDUE.queue, orjson.dumps(arguments), due, self._now, 0)

    def activities(self) -> Iterator[Record]:
        """First the ones that sign-ups are spread over, then the hot ones, which are filled one after the other."""
        for number in range(2 * ACTIVITIES):
            spot, start = self._spot(number), self._now + timedelta(days=30, minutes=number)
            yield (
                DISTRICT, old_id(number, 3), "open", "便民集市", "fair", spot.code, spot.full_name, spot.path,
                str(self._town.person(0)), start, start + timedelta(hours=2), start, "BENCH234", 1_000_000,
            )  # fmt: skip

    def registrations(self, count: int) -> Iterator[Record]:
        """Of activities that are over."""
        for number in range(count):
            activity = old_id(100_000 + number // RESIDENTS, 3)
            person = str(self._town.person(500_000 + number % RESIDENTS))
            yield (DISTRICT, old_id(number, 4), activity, person, "registered", 1 + number % RESIDENTS)


@lru_cache(maxsize=256)
def _chain(grid: str) -> bytes:
    place = {"code": grid, "path": grid, "kind": "grid", "name": "网格", "full_name": "坊城示例一社区第1网格"}
    link = {"order": 1, "post_code": "370704-P", "post_name": "专职网格员", "role": "grid_worker", "place": place,
            "organisation_code": None, "person_id": str(old_id(100_000, 7)), "person_name": "虚构网格员"}  # fmt: skip
    return orjson.dumps([link])


def _number(number: int, at: datetime) -> str:
    digits = ""
    for _ in range(6):
        number, rest = divmod(number, 32)
        digits = _ALPHABET[rest] + digits
    return f"{at:%Y%m%d}-{digits}"

"""pgbench scripts made from the services' own compiled statements, so that they cannot drift from what Linli sends.

Each `$n` becomes the given value as an SQL literal, or an expression over pgbench's variables where it has to vary.
`:n` counts the transactions of a client from 0, so that made-up ids ascend as real ones do.
"""

import re
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, Text, Uuid, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB

from services.events.registrations import queries as registrations
from services.hierarchy.responsibility import queries as responsibility
from services.hierarchy.responsibility.rules import asked_for
from services.tickets.appeals import due, views
from services.tickets.appeals import queries as appeals
from services.tickets.appeals.tables import APPEALS as A
from services.tickets.schema import SCHEMA
from shared.kernel.rights import Grant, Principal, Role
from shared.runtime import queue_statements
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.journal import digest
from tests.benchmarks.ids import fresh_id_sql, fresh_prefix, old_id, old_id_sql
from tests.benchmarks.rows import in_verify
from tests.benchmarks.town import ACTIVITIES, DISTRICT, RESIDENTS, Town

_ARGUMENT = re.compile(r"\$(\d+)(?!\d)")
_COUNT = "\\set n :n + 1\n"
_NUMBER = ":n * 64 + :client_id"


@dataclass(frozen=True)
class Sql:
    """An expression instead of a literal."""

    text: str


def script(statement: Statement, values: Mapping[str, Any]) -> str:
    """The statement as pgbench sends it. KeyError names a value that was forgotten."""
    sql, given = statement.bind({"district": DISTRICT, **values})
    return _ARGUMENT.sub(lambda found: _literal(given[int(found[1]) - 1]), sql).replace("\n", " ") + ";\n"


def _literal(value: Any) -> str:
    if isinstance(value, Sql):
        return f"({value.text})"
    if isinstance(value, dict) or (isinstance(value, list) and not (value and isinstance(value[0], str))):
        return _json(value)
    if isinstance(value, list):
        return "ARRAY[" + ", ".join(map(_literal, value)) + "]"
    if value is None or isinstance(value, bool | int):
        return "NULL" if value is None else str(value).lower()
    if not isinstance(value, datetime | date | UUID | str | bytes):
        raise TypeError(type(value).__name__)
    text = f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
    return "'" + text.replace("'", "''") + "'"


def _json(value: Any) -> str:
    """A JSON literal in which expressions may stand as values; without a colon before a letter, which pgbench takes."""
    parts: list[str] = []

    def text(item: Any) -> str:
        match item:
            case Sql():
                parts.append(item.text)
                return f"%{len(parts)}$s"
            case dict():
                return "{" + ", ".join(f'"{name}": {text(inner)}' for name, inner in item.items()) + "}"
            case list():
                return "[" + ", ".join(text(inner) for inner in item) + "]"
            case None | bool():
                return "null" if item is None else str(item).lower()
            case int():
                return str(item)
            case _:
                return f'"{item}"'

    form = text(value).replace("'", "''")
    return f"format('{form}', {', '.join(parts)})" if parts else f"'{form}'"


@dataclass
class Scripts:
    """Every script, by the name of its method; `made` gives each run of pgbench ids of its own."""

    town: Town
    rows: int
    timelines: int

    _prefix: int = field(default=0, init=False)

    def made(self, name: str) -> str:
        self._prefix = fresh_prefix()
        return str(getattr(self, name)())

    def _fresh(self, kind: int) -> Sql:
        return Sql(fresh_id_sql(self._prefix, _NUMBER, kind))

    def _quoted(self, kind: int) -> Sql:
        return Sql(f"""'"' || {self._fresh(kind).text}::text || '"'""")

    def _entry(
        self, kind: str, event: str, data: dict[str, Any], *, before: str | None, after: str | None
    ) -> dict[str, Any]:
        request = Sql(f"'bench-{self._prefix}-' || ({_NUMBER})::text")
        return {
            "w_district": DISTRICT, "w_entry": self._fresh(1), "w_actor_kind": "user", "w_actor": str(old_id(1, 7)),
            "w_request_key": request, "w_fingerprint": bytes(range(32)), "w_subject_kind": kind, "w_event": event,
            "w_before": before, "w_after": after, "w_data": data,
        }  # fmt: skip

    def _born(self) -> tuple[dict[str, Any], list[Any]]:
        due_at = datetime.now(UTC) + timedelta(days=1)
        picks = Sql(f"(ARRAY[{', '.join(_literal(spot.path) for spot in self.town.sampled[:500])}])[:spot]")
        values: dict[str, Any] = {column.name: None for column in A.columns if column.nullable} | {
            "id": self._fresh(0), "number": Sql(f"'bench-{self._prefix}-' || ({_NUMBER})::text"),
            "title": "3号楼暖气不热", "content": "从昨晚起家里暖气冰凉，有老人和孩子，请尽快派人来看。",
            "appeal_type": "help", "category": "JC05", "urgency": "L3", "channel": "app", "anonymous": False,
            "confidential": False, "collected_at": None, "reporter_id": old_id(1, 7), "reporter_index": None,
            "contact": None, "place_code": self.town.grids[0].code, "place_name": self.town.grids[0].full_name,
            "place_path": picks, "hotline": None, "order_no": None, "step": "verify", "step_due": due_at, "chain": [],
        }  # fmt: skip
        return values, [self._job(due.OVERDUE.name, due.OVERDUE.queue, 2, due_at)]

    def _job(self, name: str, queue: str, kind: int, due_at: datetime | None) -> dict[str, Any]:
        arguments = {"appeal_id": self._quoted(0), "step": "verify", "due": str(due_at)}
        return {"id": self._quoted(kind), "name": name, "queue": queue, "args": arguments,
                "due_at": None if due_at is None else str(due_at), "order_key": None, "order_seq": None}  # fmt: skip

    _INTAKE_DATA = {"category": "JC05", "urgency": "L3", "channel": "app"}

    def intake(self) -> str:
        """One data-modifying statement."""
        values, jobs = self._born()
        values |= self._entry("appeal", "report", self._INTAKE_DATA, before=None, after="verify") | {"w_jobs": jobs}
        return f"{_COUNT}\\set spot random(1, 500)\n" + script(appeals.REPORT.statement(text=False, jobs=True), values)

    def intake_three(self) -> str:
        """The same rows by three plain inserts in a transaction."""
        values, jobs = self._born()
        entry = self._entry("appeal", "report", self._INTAKE_DATA, before=None, after="verify")
        return (
            f"{_COUNT}\\set spot random(1, 500)\nBEGIN;\n"
            + script(Statement(_plain(appeals.REPORT)), values)
            + script(_JOURNAL, entry | {"w_subject": self._fresh(0)})
            + script(queue_statements.of(SCHEMA).add, {"w_district": DISTRICT, "w_jobs": jobs})
            + "COMMIT;\n"
        )

    def file(self) -> str:
        """Reads the appeal, then moves it between 核实立案 and 分流交办, with journal row, text and two jobs."""
        waiting = in_verify(self.rows)
        due_at = datetime.now(UTC) + timedelta(days=1)
        base = self.rows - 2 * waiting
        values: dict[str, Any] = {f"to_{name}": None for name in appeals.MOVABLE}
        values |= {
            "id": Sql(old_id_sql(":row", 0)), "version": Sql(":a_version"), "to_category": "JC05", "to_urgency": "L3",
            "to_place_code": Sql(":a_place_code"), "to_place_name": Sql(":a_place_name"),
            "to_place_path": Sql(":a_place_path"), "to_callback_seq": 0, "to_overdue": False, "to_suspended": False,
            "to_confidential": False,
            "to_step": Sql("CASE WHEN :a_step = 'verify' THEN 'assign' ELSE 'verify' END"), "to_step_since": due_at,
            "to_step_due": due_at, "to_chain": [], "to_chain_position": 0,
        }  # fmt: skip
        text = {"note": "网格员上门核实，情况属实"}
        data = {"category": "JC05", "urgency": "L3", "text_sha256": digest(text)}
        jobs = [self._job(due.OVERDUE.name, "local", 2, due_at), self._job(due.ASSIGN.name, "remote", 4, due_at)]
        values |= self._entry("appeal", "file", data, before="verify", after="assign") | {
            "w_jobs": jobs,
            "w_text": text,
        }
        read = script(appeals.BY_ID, {"id": Sql(old_id_sql(":row", 0))}).replace(";\n", " \\gset a_\n")
        write = script(appeals.MOVE.statement(text=True, jobs=True), values)
        return f"{_COUNT}\\set row {base} + random(0, {waiting - 1})\n{read}{write}"

    def timeline(self) -> str:
        """One appeal, then its timeline."""
        chosen = f"\\set row {self.rows - self.timelines} + random(0, {self.timelines - 1})\n"
        appeal = Sql(old_id_sql(":row", 0))
        return chosen + script(appeals.BY_ID, {"id": appeal}) + script(appeals.TIMELINE, {"subject_id": appeal})

    def list_grid(self) -> str:
        """The newest 20 of a grid and all below it."""
        return self._newest([spot.path for spot in self.town.grids])

    def list_community(self) -> str:
        """The newest 20 of a community."""
        return self._newest([spot.path for spot in self.town.of_kind("community")])

    def _newest(self, paths: list[str]) -> str:
        low = f"(ARRAY[{', '.join(_literal(path) for path in paths)}])[:place]"
        worker = Principal(DISTRICT, str(old_id(1, 7)), "user", (Grant(Role.GRID_WORKER, paths[0]),))
        ear = _Ear(worker)
        _hear(views.newest(ear, step=None, place_path=None, cursor=None, limit=20))  # type: ignore[arg-type] # a Work
        statement, values = ear.heard
        return f"\\set place random(1, {len(paths)})\n" + script(
            statement, values | {"low": Sql(low), "high": Sql(f"{low} || '~'")}
        )

    def figures(self) -> str:
        """How much is open at each step in the district."""
        statement = select(A.c.step, func.count()).where(A.c.district == bindparam("district", type_=Text()))
        return script(Statement(statement.where(A.c.closed_at.is_(None)).group_by(A.c.step)), {})

    def register_hot(self) -> str:
        """All clients at one activity."""
        return self._register(str(ACTIVITIES + self._prefix % ACTIVITIES))

    def register_spread(self) -> str:
        return f"\\set activity random(0, {ACTIVITIES - 1})\n" + self._register(":activity")

    def _register(self, activity: str) -> str:
        values = {
            "id": self._fresh(0), "activity": Sql(old_id_sql(activity, 3)), "note": None,
            "person": Sql(f"'bench-{self._prefix}-' || ({_NUMBER})::text"),
        }  # fmt: skip
        data = {"activity": str(old_id(RESIDENTS, 3))}
        values |= self._entry("registration", "registration.sign_up", data, before=None, after=None)
        return _COUNT + script(registrations.SIGN_UP.statement(text=False, jobs=False), values)

    def responsibility(self) -> str:
        """Who answers for a place: all its ancestors at once."""
        codes = ", ".join(_literal(spot.code) for spot in self.town.sampled[:500])
        values = {"place": Sql(f"(ARRAY[{codes}])[:spot]"), "categories": asked_for("JC05"),
                  "on": datetime.now(UTC).date()}  # fmt: skip
        return "\\set spot random(1, 500)\n" + script(responsibility.QUESTION, values)


class _Ear:
    """Stands where a use case expects a unit of work, and keeps the statement that it would run."""

    def __init__(self, actor: Principal) -> None:
        self.actor, self.district = actor, actor.district
        self.heard: tuple[Statement, dict[str, Any]]

    async def all(self, statement: Statement, **values: Any) -> list[Any]:
        self.heard = statement, values
        return []


def _hear(use_case: Coroutine[Any, Any, Any]) -> None:
    """Runs what never really waits."""
    with suppress(StopIteration):
        use_case.send(None)


def _plain(change: Change) -> Any:
    """The write alone, without what `Change` wraps around it."""
    return change._write


_JOURNAL = Statement(
    insert(SCHEMA.journal).values(
        district=bindparam("w_district", type_=Text()), id=bindparam("w_entry", type_=Uuid()),
        actor_kind=bindparam("w_actor_kind", type_=Text()), actor=bindparam("w_actor", type_=Text()),
        request_key=bindparam("w_request_key", type_=Text()),
        fingerprint=bindparam("w_fingerprint", type_=LargeBinary()),
        subject_kind=bindparam("w_subject_kind", type_=Text()), subject_id=bindparam("w_subject", type_=Uuid()),
        event=bindparam("w_event", type_=Text()), before=bindparam("w_before", type_=Text()),
        after=bindparam("w_after", type_=Text()), data=bindparam("w_data", type_=JSONB()),
    )
)  # fmt: skip

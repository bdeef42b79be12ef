"""Where a code lies, for a service that is not hierarchy: what it has met it keeps, so that it works while hierarchy
is gone.

Asked in this order: this process's memory, the service's own table while the entry is fresh, hierarchy, and an older
entry where hierarchy cannot be asked. A place hardly ever moves; when it does, hierarchy tells within seconds
(`place_changes`), and a process may remember the old path for half a minute.
"""

import time
from datetime import timedelta

import structlog
from sqlalchemy import Column, Table, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from shared.kernel.errors import Unavailable, UnknownPlace
from shared.runtime.clients import RemoteProblem, RemoteUnavailable, ServiceClient, acting_for
from shared.runtime.db import Statement
from shared.runtime.tables import Schema, district, moment, path
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef

log = structlog.get_logger()
_FRESH = timedelta(hours=1)
REMEMBERED_S = 30.0
_MOST = 20_000
_NOT_THERE = (404, 410)
_FIELDS = ("code", "path", "kind", "name", "full_name")


class KnownPlaces:
    """One per service; adds the table `known_places` to its schema."""

    def __init__(self, schema: Schema) -> None:
        self.table = table = Table(
            "known_places",
            schema.metadata,
            district(),
            Column("code", Text(collation="C"), primary_key=True),
            path(),
            Column("kind", Text, nullable=False),
            Column("name", Text, nullable=False),
            Column("full_name", Text, nullable=False),
            moment("seen_at", default_now=True),
        )
        given = {name: bindparam(name, type_=Text()) for name in ("district", *_FIELDS)}
        self._by_code = Statement(
            select(*(table.c[name] for name in _FIELDS), table.c.seen_at).where(
                table.c.district == given["district"], table.c.code == given["code"]
            )
        )
        learnt = insert(table).values(given)
        self._learn = Statement(
            learnt.on_conflict_do_update(
                index_elements=[table.c.district, table.c.code],
                set_={**{name: learnt.excluded[name] for name in _FIELDS[1:]}, "seen_at": func.now()},
            )
        )
        self._memory: dict[tuple[str, str], tuple[float, PlaceRef]] = {}

    async def find(self, work: Work, hierarchy: ServiceClient, code: str) -> PlaceRef | None:
        """The place with this code in the caller's district; None where it was never met and hierarchy is gone.

        Raises UnknownPlace (422) when hierarchy says that there is none. Call it before `work.begin()`.
        """
        kept = self._memory.get((work.district, code))
        if kept and kept[0] > time.monotonic():
            return kept[1]
        row = await work.one(self._by_code, code=code)
        met = None if row is None else PlaceRef(**{name: row[name] for name in _FIELDS})
        if row is not None and met is not None and work.now - row["seen_at"] < _FRESH:
            return self._remember(work.district, met)
        found = await self.ask(hierarchy, work.district, code, act=acting_for(work.actor))
        if found is None:
            return met
        await work.one(self._learn, **found.model_dump())
        return self._remember(work.district, found)

    async def need(self, work: Work, hierarchy: ServiceClient, code: str) -> PlaceRef:
        """As `find`, but Unavailable (503) instead of None."""
        place = await self.find(work, hierarchy, code)
        if place is None:
            raise Unavailable(retry_after=2)
        return place

    async def ask(
        self, hierarchy: ServiceClient, district: str, code: str, *, act: str | None = None
    ) -> PlaceRef | None:
        """Asks hierarchy itself. None: no usable answer. Raises UnknownPlace."""
        try:
            # Of a place that was merged or split: the one that took over.
            params = {"follow": True}
            return await hierarchy.get(f"places/{code}", district=district, params=params, model=PlaceRef, act=act)
        except RemoteProblem as problem:
            if problem.status in _NOT_THERE:
                raise UnknownPlace(place=code) from problem
            log.warning("hierarchy refuses to be asked", status=problem.status, code=problem.code)
            return None
        except RemoteUnavailable:
            return None

    def forget(self) -> None:
        """Empties this process's memory, as a restart would."""
        self._memory.clear()

    def _remember(self, district: str, place: PlaceRef) -> PlaceRef:
        if len(self._memory) >= _MOST:
            self._memory.clear()
        self._memory[district, place.code] = (time.monotonic() + REMEMBERED_S, place)
        return place

"""Tries every cell of a row: asks as every role at every relation and as every person, and says what differs."""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Self
from uuid import UUID, uuid4

import httpx

from services.tickets.attachments.service import files_of
from shared.kernel.paths import ROOT
from shared.kernel.rights import Role
from shared.runtime.ids import new_id
from tests.architecture.matrix.asks import Ask, ask
from tests.architecture.matrix.expectations import KNOWN_IN_THE_DISTRICT, PERSONS, ROLES
from tests.architecture.matrix.table import COVERING, INSIDE, RELATIONS, Row, Who
from tests.architecture.matrix.things import PEOPLE_OF, Thing, make
from tests.architecture.matrix.world import BUILDING, RELATIVE, World
from tests.support.world import Somebody, service_headers

_AT_ONCE = 8
_TRIES = 20  # somebody else moves a place at this moment: what any client does
_ONLY_WHOLE = ("district", "other")  # a service has no smaller grant; what is about no thing has no place


@dataclass
class Findings:
    """How many cells were tried, and what was wrong with them."""

    cells: int = 0
    unexpected: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)

    def __iadd__(self, other: "Findings") -> Self:
        self.cells += other.cells
        self.unexpected += other.unexpected
        self.leaks += other.leaks
        return self


@dataclass(frozen=True)
class Cell:
    who: Who
    role: str
    relation: str
    elsewhere: bool = False  # the same person and grant, but of another district

    def __str__(self) -> str:
        return f"{self.who[0]}@{self.who[1] or self.relation}{' of another district' if self.elsewhere else ''}"


def cells_of(row: Row) -> Iterator[Cell]:
    """Roles with relations, then persons, and the persons once more as if they were of another district."""
    for role, relation in itertools.product(ROLES, RELATIONS):
        if relation in _ONLY_WHOLE or (role != "service" and row.way not in ("plain", "self")):
            yield Cell((role, relation), role, relation, elsewhere=relation == "other")
    for person in PEOPLE_OF.get(row.thing.partition(":")[0], ()):
        role, relation = PERSONS[person]
        yield Cell((person, ""), role, relation)
        yield Cell((person, ""), role, relation, elsewhere=True)


class Trial:
    """One row being tried."""

    def __init__(self, world: World, row: Row) -> None:
        self.world, self.row, self.found = world, row, Findings()
        self._busy = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> Findings:
        shared = await self._thing() if self.row.thing else None
        gone = await self._gone()
        before = await self._state(shared)
        await asyncio.gather(*(self._try(cell, shared, gone) for cell in cells_of(self.row)))
        await self._anonymous(shared)
        if self.row.way != "list" and await self._state(shared) != before:
            self.found.unexpected.append(f"{self.row}: a refused request changed the thing")
        return self.found

    async def _thing(self, person: str = "", me: UUID | None = None) -> Thing:
        return await make(self.world, self.row.service, self.row.thing, person, me)

    async def _gone(self) -> Thing | None:
        """One that was there and is not any more."""
        if not self.row.thing or self.row.way == "list":
            return None
        made = await self._thing()
        if made.id is None:
            return None
        await self.world.sql(f"DELETE FROM {made.table} WHERE district = $1 AND id = $2", self.world.at, made.id)
        return made

    async def _state(self, thing: Thing | None) -> Any:
        if thing is None or thing.id is None:
            return None
        sql = f"SELECT to_jsonb(t) FROM {thing.table} t WHERE district = $1 AND id = $2"
        return [str(row[0]) for row in await self.world.sql(sql, self.world.at, thing.id)]

    async def _try(self, cell: Cell, shared: Thing | None, gone: Thing | None) -> None:
        async with self._busy:
            me, person = uuid4(), cell.who[0] if cell.who[0] in PERSONS else ""
            if self.row.route == "me_read":
                me = self.world.person
            if self.row.thing == "person" and person:
                me = UUID((shared or await self._thing()).name)
            expected = self.row.expected((cell.role, "other") if cell.elsewhere else cell.who)
            if shared is not None and shared.path == ROOT and cell.relation in ("own", "ancestor"):
                return  # the district's own: `district` is all of these
            thing = shared
            if shared is not None and (expected == 200 or (person and self.row.thing != "person")):
                thing = await self._thing(person, me)
                me = UUID(thing.name) if person and self.row.thing == "person" else me
            made = await ask(self.world, self.row, thing)
            if cell.role == "service" and made.base:
                return  # a service has no grants besides its own
            headers = self._headers(cell, thing, made, me)
            if self.row.route == "attachment_content" and thing is not None:
                made.params["signature"] = self._signature(headers, thing, made)
            answer = await self._send(made, headers)
            self._judge(cell, expected, answer, thing, made)
            if thing is not None and self.row.way != "list":
                await self._compare(cell, expected, answer, thing, gone, made, headers)

    def _headers(self, cell: Cell, thing: Thing | None, made: Ask, me: UUID) -> dict[str, str]:
        district = self.world.away if cell.elsewhere else self.world.at
        if cell.role == "service":
            caller = "tickets" if self.row.service == "hierarchy" else "hierarchy"
            return service_headers(district, caller, self.row.service)
        path = RELATIVE[cell.relation](thing.path if thing else BUILDING)
        grants = made.base if cell.role == "nobody" else (*made.base, (Role(cell.role), path))
        somebody = Somebody(district, grants, me)
        if cell.who[0] in PERSONS or self.row.route == "me_read":
            return somebody.headers
        if (district, grants) not in self.world.tokens:
            self.world.tokens[district, grants] = somebody.headers
        return self.world.tokens[district, grants]

    async def _send(self, made: Ask, headers: dict[str, str] | None) -> httpx.Response:
        self.found.cells += 1
        sent = dict(headers or {})
        if made.method != "GET":
            sent["Idempotency-Key"] = str(new_id())
        http = self.world.http[self.row.service]
        body: dict[str, Any] = {"json": made.body} if made.files is None else {"data": made.body, "files": made.files}
        for _ in range(_TRIES):
            answer = await http.request(made.method, made.path, params=made.params, headers=sent, **body)
            if b"request_in_progress" not in answer.content:
                break
        return answer

    def _signature(self, headers: dict[str, str], thing: Thing, made: Ask) -> str:
        """As the link that the caller was given says it."""
        service = self.world.services["tickets"]
        caller = service.verifier.verify(headers["Authorization"].removeprefix("Bearer "))
        links = files_of(service).links
        return links.sign(caller, UUID(thing.name), made.params["variant"], int(made.params["expires"]))

    def _judge(self, cell: Cell, expected: int | None, answer: httpx.Response, thing: Thing | None, made: Ask) -> None:
        got = answer.status_code
        if self.row.way == "list" and thing is not None:
            found = answer.text.partition('"unknown":')[0]  # a look-up says what it was asked in vain
            shown = any(name in found for name in (thing.name, *thing.also))
            if shown != (expected == 200):
                self.found.unexpected.append(f"{self.row}: {cell} {'sees' if shown else 'does not see'} it ({got})")
            return
        if self.row.way == "self":
            if got >= 500 or got == 401:
                self.found.unexpected.append(f"{self.row}: {cell} gets {got}: {answer.text[:160]}")
            return
        unseen = 404 if made.base and cell.elsewhere else self.row.unseen
        right = answer.is_success if expected == 200 else got == (expected or unseen)
        if not right:
            self.found.unexpected.append(
                f"{self.row}: {cell} gets {got}, not {expected or unseen}: {answer.text[:160]}"
            )

    async def _compare(
        self, cell: Cell, expected: int | None, answer: httpx.Response, thing: Thing, gone: Thing | None,
        made: Ask, headers: dict[str, str],
    ) -> None:  # fmt: skip
        """What is out of reach answers like what was deleted, and like what never was."""
        absent = _absent(thing)
        if absent is None:
            return
        known = COVERING if self.row.thing not in KNOWN_IN_THE_DISTRICT else INSIDE
        visible = expected == 200 or (
            expected == 403 and (cell.relation in known or cell.who in self.row.refused) and not cell.elsewhere
            if cell.who[0] in PERSONS
            else expected == 403 and cell.relation in known
        )
        if visible and cell.relation != "own":
            return
        nothing = await self._send(_instead(made, thing, absent), headers)
        if nothing.is_success:
            self.found.unexpected.append(f"{self.row}: {cell} gets {nothing.status_code} for what never was")
        told = _told(nothing, absent)
        if not visible and _told(answer, thing.name) != told:
            self.found.leaks.append(f"{self.row}: {cell} is told {answer.text[:120]}, of nothing {nothing.text[:120]}")
        if gone is not None and cell.relation in ("own", "sibling"):
            deleted = await self._send(_instead(made, thing, gone.name), headers)
            if _told(deleted, gone.name) != told:
                self.found.leaks.append(f"{self.row}: {cell} is told {deleted.text[:120]} of what was deleted")

    async def _anonymous(self, thing: Thing | None) -> None:
        made = await ask(self.world, self.row, thing)
        for headers in (None, {"Authorization": "Bearer nonsense"}):
            answer = await self._send(made, headers)
            if answer.status_code != 401:
                self.found.unexpected.append(f"{self.row}: without a token {answer.status_code}")


def _absent(thing: Thing) -> str | None:
    """What a thing of the kind could be called that never was."""
    if thing.table in ("", "hierarchy.places"):
        return None if "-12345" in thing.name else f"{thing.name[:12]}-B99"
    return "20200101-ZZZZZZ" if "-" in thing.name[8:9] and len(thing.name) == 15 else str(new_id())


def _instead(made: Ask, thing: Thing, name: str) -> Ask:
    def changed(text: Any) -> Any:
        if isinstance(text, str):  # or named within a text, such as an uploaded structure
            return name if text == thing.name else text.replace(f'"{thing.name}"', f'"{name}"')
        return text

    return replace(
        made,
        path="/".join(changed(part) for part in made.path.split("/")),
        params={key: changed(value) for key, value in made.params.items()},
        body=made.body and {key: changed(value) for key, value in made.body.items()},
    )


def _told(answer: httpx.Response, name: str) -> tuple[int, Any, str | None]:
    """All that the caller learns, but for the name that they gave and the number of the request."""
    try:
        content = {key: str(value).replace(name, "*") for key, value in answer.json().items() if key != "request_id"}
    except (ValueError, AttributeError):
        content = {"": answer.text}
    return answer.status_code, content, answer.headers.get("content-type")

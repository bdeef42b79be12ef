"""A small district in which posts are filled, left and handed over, beside a stand-in for tickets; and its clock."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.hierarchy import worker as _handlers  # registers the job handlers
from services.hierarchy.main import create_app, open_hierarchy
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.structures import service as structures
from shared.kernel.periods import CHINA
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.conftest import client_of
from tests.hierarchy.small import load_small, loader
from tests.support.stand_in import StandIn, serving
from tests.support.steps import run_due
from tests.support.world import Somebody, somebody

__all__ = ["_handlers"]
TODAY = datetime.now(CHINA).date()
DAY = timedelta(days=1)
COMMUNITY = "000100010001"
BUILDING = COMMUNITY + "0001"
CRITERIA = ["奉献精神", "热心公益"]


def at(day: date, hour: int = 12) -> datetime:
    return datetime.combine(day, time(hour), CHINA)


@dataclass(repr=False)
class Scene:
    """`head` holds the post of building 1, the others none. `staff` runs the community, `operator` the district."""

    service: Service
    api: httpx.AsyncClient
    tickets: StandIn
    district: str
    set_clock: Callable[[datetime], None]
    people: dict[str, UUID] = field(default_factory=dict)

    def _repr_pretty_(self, printer: Any, _: object) -> None:  # Hypothesis would print the whole service
        printer.text("Scene")

    def __post_init__(self) -> None:
        self.staff = somebody(self.district, Role.COMMUNITY_STAFF, COMMUNITY)
        self.operator = somebody(self.district, Role.OPERATOR)
        self.post = f"{self.district}100001-B01-building_head"
        self.secretary = f"{self.district}100001-secretary"

    def somebody(self, name: str, role: Role = Role.RESIDENT) -> Somebody:
        """One of the people, as they sign in."""
        return somebody(self.district, role, COMMUNITY, id=self.people[name])

    async def ask(
        self, path: str, body: dict[str, Any], who: Somebody | None = None, seen: int | None = None
    ) -> httpx.Response:
        headers = (who or self.staff).writes() | ({"If-Match": f'"{seen}"'} if seen else {})
        return await self.api.post(path, json=body, headers=headers)

    async def done(self, path: str, body: dict[str, Any], who: Somebody | None = None, status: int = 200) -> Any:
        answer = await self.ask(path, body, who)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def read(self, path: str, who: Somebody | None = None, status: int = 200, **params: Any) -> Any:
        answer = await self.api.get(path, headers=(who or self.staff).headers, params=params)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def stand(self, name: str, post: str | None = None, origin: str = "recruited") -> Any:
        """A candidacy that the staff enters."""
        body = {"post": post or self.post, "origin": origin, "person": str(self.people[name])}
        return await self.done("candidacies", body, status=201)

    async def reviewed(self, name: str, post: str | None = None) -> str:
        """A candidacy that only waits for its appointment."""
        made = await self.stand(name, post)
        if made["criteria"]:
            scores = {"scores": dict.fromkeys(made["criteria"], 80)}
            await self.done(f"candidacies/{made['id']}/score", scores)
        await self.done(f"candidacies/{made['id']}/review", {})
        return str(made["id"])

    async def appoint(self, name: str, post: str | None = None, status: int = 200, **choice: Any) -> Any:
        """Through a candidacy; the appointment."""
        candidacy = await self.reviewed(name, post)
        done = await self.done(f"candidacies/{candidacy}/appoint", choice, self.operator, status)
        if status != 200:
            return done
        return await self.read(f"appointments/{done['appointment']}", self.operator)

    async def held_by_head(self) -> Any:
        """The appointment with which the district begins."""
        listed = await self.read("appointments", post=self.post, on=TODAY.isoformat())
        return listed["items"][0]

    async def holders(self, on: date, post: str | None = None) -> list[str]:
        """Who holds the post on a day, by the public list."""
        listed = await self.read("appointments", post=post or self.post, on=on.isoformat())
        names = {str(id_): name for name, id_ in self.people.items()}
        return sorted(names[one["person"]] for one in listed["items"])

    async def events(self, subject: str) -> list[str]:
        async with self.service.db.connection() as connection:
            rows = await connection.fetch(
                "SELECT event FROM hierarchy.journal WHERE district = $1 AND subject_id = $2 ORDER BY at, id",
                self.district, UUID(subject),
            )  # fmt: skip
        return [row["event"] for row in rows]

    async def run_jobs(self, day: date | None = None) -> int:
        """Everything that is due by noon of that day, which it then is."""
        if day is not None:
            self.set_clock(at(day))
            async with self.service.db.connection() as connection:
                await connection.execute(
                    "UPDATE hierarchy.jobs SET due_at = now() WHERE district = $1 AND due_at <= $2",
                    self.district, at(day),
                )  # fmt: skip
        return await run_due(self.service, self.district)

    async def structure(self, **post: Any) -> None:
        """Another version of the structure, with something more about heads of buildings."""
        async with loader(self.service, self.district) as work:
            await work.begin()
            place = await places.by_code(work, f"{self.district}100001")
            assert place is not None
            document = {
                "name": "示例架构", "version": 2, "in_force": "2024-01-02", "place": f"{self.district}100001",
                "levels": [{"key": "community", "name": "社区", "kind": "place", "of": "community"}],
                "posts": [
                    {"key": "building_head", "name": "楼栋长", "level": "community", "role": "building_head",
                     "appointed_by": "社区", "categories": ["*"], "order": 10} | post,
                    {"key": "secretary", "name": "书记", "level": "community", "role": "community_staff",
                     "appointed_by": "街道"},
                ],
                "quotas": [{"kind": "limit", "posts": ["building_head"], "max": 1}],
            }  # fmt: skip
            await structures.put(work, place["path"], 2, document)


async def scene(
    service: Service, api: httpx.AsyncClient, tickets: StandIn, district: str, set_clock: Callable[[datetime], None]
) -> Scene:
    """The small district with three neighbours."""
    await load_small(service, district)
    made = Scene(service, api, tickets, district, set_clock)
    async with loader(service, district) as work:
        await work.begin()
        rows = [
            {"code": f"{district}-{name}", "name": f"虚构{name}", "phone": f"1007777{number:04}",
             "listed_as": "member", "path": BUILDING, "party_member": True, "invented": True, "attributes": {}}
            for number, name in enumerate(["anna", "boris", "clara"], 10)
        ]  # fmt: skip
        ids, _ = await people.put(work, service.vault, rows)
    made.people = {name: ids[f"{district}-{name}"] for name in ("anna", "boris", "clara")}
    made.people["head"] = ids[f"{district}-head-0001"]
    return made


@pytest.fixture
async def town(database: dict[str, str], district: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    """hierarchy in a process of its own beside a stand-in for tickets."""
    assert database
    async with serving(StandIn()) as tickets:
        monkeypatch.setenv("LINLI_TICKETS_URL", tickets.url)
        monkeypatch.setenv("LINLI_EVENTS_URL", tickets.url)
        service = open_hierarchy()
        async with client_of(create_app(service)) as client:
            client.base_url = httpx.URL("http://test/api/hierarchy/v1/")
            made = await scene(
                service, client, tickets, district, lambda at: monkeypatch.setattr(service.db, "now", lambda: at)
            )
            # It stands in TODAY: midnight may pass at any line of a story, or between two of them.
            made.set_clock(min(service.db.now(), at(TODAY + DAY, 0) - timedelta.resolution))
            yield made
        await service.close()

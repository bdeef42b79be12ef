"""`linli load communities`: the five data files into the database, and in dev what a demonstration needs besides: users
who sign in, and who is on duty from today on.
"""

import base64
import hashlib
import hmac
import os
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from services.hierarchy.identity.demo import users
from services.hierarchy.identity.demonstration import Prepared, prepare, provide
from services.hierarchy.main import open_hierarchy
from services.hierarchy.places import service as places
from services.hierarchy.rosters import duty, planning
from services.hierarchy.rosters import service as rosters
from services.hierarchy.rosters.inputs import Publication, ShiftRotation
from services.hierarchy.settings import HierarchySettings
from services.hierarchy.structures.document import Community, read, shipped
from services.hierarchy.structures.expansion import expand
from services.hierarchy.structures.loading import load
from services.hierarchy.structures.rows import Expansion, RosterRow
from services.local.home import Home
from services.local.problems import writing
from services.local.stack import CREDENTIALS
from shared.kernel.paths import ROOT
from shared.kernel.rights import Grant, Principal, Role
from shared.runtime.passwords import Passwords
from shared.runtime.service import Service
from shared.runtime.work import Work

HOTLINE = "12345"
PLANNED = timedelta(days=27)  # four weeks, with the first day


class Report(NamedTuple):
    """What happened to one community."""

    name: str
    district: str
    rows: int
    seconds: float

    def __str__(self) -> str:
        what = f"{self.rows} rows written" if self.rows else "nothing to do"
        return f"{self.district} {self.name}: {what} in {self.seconds:.1f} s"


async def load_communities(
    settings: HierarchySettings, home: Home, *, if_empty: bool, say: Callable[[Report], None]
) -> None:
    """Every shipped community, each in a transaction of its own; then the credentials file."""
    service = open_hierarchy(settings)
    try:
        communities = [read(path) for path in shipped()]
        remembered = home.read(CREDENTIALS) if settings.env == "dev" else {}
        found: list[dict[str, Any]] = []
        for community in communities:
            found += await _one(service, community, remembered, if_empty=if_empty, say=say)
        if settings.env == "dev":
            _write(home, remembered, found, [community.district for community in communities], settings)
    finally:
        await service.close()


async def _one(
    service: Service,
    community: Community,
    remembered: dict[str, Any],
    *,
    if_empty: bool,
    say: Callable[[Report], None],
) -> list[dict[str, Any]]:
    """Loads one community; its users of the credentials file (none outside dev)."""
    began, dev = time.monotonic(), service.settings.env == "dev"
    known = [user for user in remembered.get("users", []) if user.get("district") == community.district]
    if if_empty and (known or not dev) and await _is_there(service, community.district):
        say(Report(community.name, community.district, 0, time.monotonic() - began))
        return known
    made = expand(community)
    async with _work(service, community.district) as work:
        loaded = await load(work, service.vault, made)
    found = await _demonstrate(service, community, made, known) if dev else []
    if dev:
        await _plan(service, community.district, made.rosters)
    say(Report(community.name, community.district, sum(loaded.figures.values()), time.monotonic() - began))
    return found


def _work(service: Service, district: str) -> Work:
    return service.work(Principal(district=district, id="command:load", kind="command"))


async def _is_there(service: Service, district: str) -> bool:
    async with _work(service, district) as work:
        return await places.district_name(work) is not None


async def _demonstrate(
    service: Service, community: Community, made: Expansion, known: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    cast = users(made, community.phone_prefix)
    remembered = {user["phone"]: user["password"] for user in known}
    hasher = Passwords(slots=os.cpu_count() or 2, queue=len(cast))
    try:
        async with _work(service, community.district) as work:
            prepared = await prepare(work, service.vault, hasher, cast, remembered)
    finally:
        hasher.close()
    async with _work(service, community.district) as work:
        await provide(work, service.vault, prepared, community.structure.in_force.isoformat())
    return _credentials(prepared, community.district)


async def _plan(service: Service, district: str, declared: Sequence[RosterRow]) -> None:
    """Who is on duty from today on: planned and published as by anybody who plans, where nobody is to come yet."""
    codes = {row.place_code for row in declared}
    async with _work(service, district) as work:
        paths = [place["path"] for place in (await places.by_codes(work, codes)).values()]
        known = {row["code"]: row["id"] for row in await duty.rosters_at(work, paths)}
    planner = Principal(district, "command:load", "command", (Grant(Role.OPERATOR, ROOT),))
    for row in declared:
        async with service.work(planner) as work:
            roster = known.get(row.code)
            if roster is None or await rosters.standing(work, work.now, work.now + 2 * PLANNED, roster=roster):
                continue
            span = {"since": work.today, "until": work.today + PLANNED}
            rotation = ShiftRotation.model_validate(span | {"parts": row.parts})
            await work.begin()
            await planning.rotate(work, service.calendar, roster, rotation)
            publication = Publication.model_validate(span | {"accept_gaps": "示例排班，人手不足处留空"})
            await planning.publish(work, service.calendar, roster, publication)


def _credentials(prepared: Prepared, district: str) -> list[dict[str, Any]]:
    return [
        {
            "role": user.role.value,
            "district": district,
            "place": user.place,
            "phone": user.person.phone,
            "password": prepared.passwords[user.person.phone],
            "name": user.person.name,
            "post": user.post,
        }
        for user in prepared.cast
    ]


def _write(
    home: Home,
    remembered: dict[str, Any],
    found: list[dict[str, Any]],
    districts: list[str],
    settings: HierarchySettings,
) -> None:
    key = settings.index_key.get_secret_value()
    hotlines = [
        {"id": f"{district}-{HOTLINE}", "district": district, "secret": hotline_secret(key, district)}
        for district in districts
    ]
    content = {"users": found, "hotlines": hotlines}
    if content != remembered:
        with writing(home.path):
            home.path.mkdir(mode=0o755, parents=True, exist_ok=True)
        home.write(CREDENTIALS, content)


def hotline_secret(index_key: bytes, district: str) -> str:
    """The dev secret of a district's hotline; tickets derives the same one, so that neither has to tell the other."""
    digest = hmac.new(index_key, f"hotline|{district}|{HOTLINE}".encode(), hashlib.sha256).digest()
    return "whsec_" + base64.b64encode(digest).decode()

"""A district of a test's own: two communities, a building each, one head, one resident who can sign in."""

from datetime import date
from uuid import UUID

from services.hierarchy.grants import service as grants
from services.hierarchy.identity import service as identity
from services.hierarchy.people import service as people
from services.hierarchy.structures.loading import Loaded, load
from services.hierarchy.structures.rows import (
    AppointmentRow,
    Expansion,
    OrganisationRow,
    PersonRow,
    PlaceRow,
    PostRow,
    ResponsibilityRow,
    StructureRow,
    VenueRow,
)
from shared.kernel.rights import Principal, Role
from shared.runtime.passwords import Passwords
from shared.runtime.service import Service
from shared.runtime.work import Work

SINCE = date(2024, 1, 1)
PHONE, PASSWORD = "10077770001", "correct horse battery staple"
CHEAP = Passwords(time_cost=1, memory_cost=8)
POSTS = [("building_head", "楼栋长", "building_head"), ("secretary", "书记", "community_staff")]


def place(district: str, code: str, parent: str | None, kind: str, name: str) -> PlaceRow:
    return PlaceRow(district, code, parent, kind, name, True, None, None, None, None, {})


def small(district: str, *more: PlaceRow) -> Expansion:
    d, head = district, f"{district}100001-B01-building_head"
    document: dict[str, object] = {
        "name": "示例架构",
        "version": 1,
        "in_force": SINCE.isoformat(),
        "place": f"{d}100001",
        "levels": [{"key": "community", "name": "社区", "kind": "place", "of": "community"}],
        "posts": [
            {"key": key, "name": name, "level": "community", "role": role, "appointed_by": "街道"}
            for key, name, role in POSTS
        ],
    }
    return Expansion(
        structure=StructureRow(d, f"{d}100001", document, 1),
        places=[
            place(d, d, None, "district", "示例区"),
            place(d, f"{d}100", d, "street", "示例街道"),
            place(d, f"{d}100001", f"{d}100", "community", "甲社区"),
            place(d, f"{d}100002", f"{d}100", "community", "乙社区"),
            place(d, f"{d}100001-B01", f"{d}100001", "building", "甲社区1号楼"),
            *more,
        ],
        households=[],
        organisations=[OrganisationRow(d, f"{d}100001-office", "department", "示例站", None, f"{d}100001", True, {})],
        venues=[VenueRow(d, f"{d}100001-station", f"{d}100001", "station", "驿站", ["饮水机"], "staff", True)],
        people=[
            PersonRow(d, f"{d}-head-0001", "虚构楼栋长", PHONE, False, True, {"place": f"{d}100001-B01"}),
        ],
        posts=[
            PostRow(d, head, "building_head", "楼栋长", f"{d}100001-B01", None, "building_head"),
            PostRow(d, f"{d}100001-secretary", "secretary", "书记", f"{d}100001", None, "community_staff"),
        ],
        appointments=[AppointmentRow(d, head, f"{d}-head-0001", SINCE, None, "自荐")],
        responsibilities=[
            ResponsibilityRow(d, head, None, f"{d}100001-B01", ["*"], 10, SINCE, None),
            ResponsibilityRow(d, f"{d}100001-secretary", None, f"{d}100001", ["JC", "KN"], 50, SINCE, None),
            ResponsibilityRow(d, None, f"{d}100001-office", f"{d}100001", ["JC05"], 60, SINCE, date(2025, 6, 30)),
        ],
    )


def loader(service: Service, district: str) -> Work:
    return service.work(Principal(district, "command:load", "command"))


async def load_small(service: Service, district: str, *more: PlaceRow) -> Loaded:
    async with loader(service, district) as work:
        return await load(work, service.vault, small(district, *more))


async def with_password(service: Service, district: str, phone: str = PHONE, role: Role | None = None) -> UUID:
    """The head of the small district, with a password and perhaps a grant over the district."""
    async with loader(service, district) as work:
        await work.begin()
        person = await people.by_phone_index(work, people.phone_index(service.vault, district, phone))
        assert person is not None
        await identity.set_password(work, person, await CHEAP.hash(PASSWORD))
        if role is not None:
            await grants.put(work, [(person, role, "0001")], SINCE)
    return person

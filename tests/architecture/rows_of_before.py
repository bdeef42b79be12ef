"""One district as earlier versions of hierarchy wrote it: rows of the tables from which migrations fill something.

Each row has the columns that its version knew. Evenings in UTC are the next day in China.
"""

from typing import Any

DISTRICT, COMMUNITY = "990001", "000100010001"
BUILDING = f"{COMMUNITY}0001"
LOADED, MADE = "2026-01-10T09:00:00+08", "2026-03-01T17:30:00+00"  # by a data file; at a door on 2 March
CHARTER = {"seats": [{"key": "seat", "label": "居民代表", "seats": 2}], "quorum": {"percent": 50}}
Rows = list[tuple[str, dict[str, Any]]]


def u(n: int) -> str:
    """The n-th id."""
    return f"00000000-0000-7000-8000-{n:012}"


def home(n: int) -> str:
    return f"{DISTRICT}100001-B01-H{n:04}"


def _place(n: int, code: str, path: str, kind: str, name: str) -> tuple[str, dict[str, Any]]:
    known: dict[str, Any] = {"code": DISTRICT + code, "path": path, "parent": path[:-4] or None, "kind": kind}
    return "places", known | {"id": u(n), "name": name, "full_name": name, "invented": True, "attributes": {}}


def _organisation(n: int, code: str, **more: str) -> tuple[str, dict[str, Any]]:
    known = {"code": code, "kind": "council", "name": code, "path": COMMUNITY, "invented": True, "attributes": {}}
    return "organisations", known | {"id": u(n), "created_at": LOADED} | more


def _post(n: int, code: str, organisation: str | None, created_at: str, **more: str) -> tuple[str, dict[str, Any]]:
    known = {"kind": "seat", "label": "居民代表", "name": "居民代表", "path": COMMUNITY, "role": "resident"} | more
    return "posts", known | {"id": u(n), "code": code, "organisation": organisation, "created_at": created_at}


def _sits(n: int, post: int, since: str, **more: str) -> tuple[str, dict[str, Any]]:
    return "appointments", {"id": u(n), "post_id": u(post), "person_id": u(40), "since": since, "source": "推选"} | more


def _journaled(n: int, subject: int, event: str, at: str) -> tuple[str, dict[str, Any]]:
    who = {"actor_kind": "user", "actor": u(40), "subject_kind": event.partition(".")[0], "subject_id": u(subject)}
    return "journal", who | {"id": u(n), "event": event, "at": at, "data": {}}


def _household(n: int, **more: Any) -> tuple[str, dict[str, Any]]:
    path = f"{BUILDING}{n:04}"
    return "households", {"id": u(80 + n), "code": home(n), "path": path, "created_at": LOADED} | more


def _link(n: int, household: int, **more: str) -> tuple[str, dict[str, Any]]:
    known = {"household_id": u(80 + household), "household": home(household), "post_id": u(50), "since": "2026-02-01"}
    return "household_links", known | {"id": u(n)} | more


def _tag(n: int, household: int, **more: str) -> tuple[str, dict[str, Any]]:
    known = {"household_id": u(80 + household), "tag": "elderly", "basis": "statutory", "legal_basis": "依据"}
    return "household_tags", known | {"id": u(n), "recorded_by": u(40), "since": "2026-02-01"} | more


def _lives(n: int, household: int, **more: str) -> tuple[str, dict[str, Any]]:
    known = {"household_id": u(80 + household), "person_id": u(40), "relation": "head"}
    return "household_members", known | {"id": u(n)} | more


def _gone(n: int, *successors: str) -> tuple[str, dict[str, Any]]:
    how = "merge" if successors else "close"
    known = {"code": home(n), "path": f"{BUILDING}{n:04}", "kind": "household", "name": f"{n}室", "full_name": f"{n}室"}
    when = {"created_at": LOADED, "gone_at": "2026-04-10T17:30:00+00"}
    return "gone_places", known | when | {"id": u(200 + n), "how": how, "successors": list(successors)}


def _lost(n: int) -> tuple[str, dict[str, Any]]:
    known = {"item_id": u(35), "venue_id": u(31), "path": COMMUNITY, "due_at": "2026-04-01T10:00:00+08"}
    return "loans", known | {"id": u(n), "step": "lost"}


def _import(n: int, step: str) -> tuple[str, dict[str, Any]]:
    known = {"kind": "people", "mode": "add", "place": f"{DISTRICT}100001", "path": COMMUNITY, "file_name": "名册.xlsx"}
    return "imports", known | {"id": u(n), "step": step, "size": 1, "sha256": "", "made_by": u(40)}


def _charter(n: int, organisation: str, created_at: str, **more: Any) -> tuple[str, dict[str, Any]]:
    known = {"organisation": organisation, "path": COMMUNITY, "charter": CHARTER, "created_at": created_at}
    return "bodies", known | {"id": u(n), "invented": True} | more


MANDATE = {"id": u(70), "path": BUILDING, "held_by": "head", "post_id": u(50), "categories": ["*"], "position": 10,
           "since": "2024-01-01"}  # fmt: skip
# When hierarchy began, a data file was all that wrote.
BEGINNING: Rows = [
    ("districts", {"id": u(1), "name": "示例区"}),
    _place(1, "", "0001", "district", "示例区"),
    _place(2, "100", "00010001", "street", "示例街道"),
    _place(3, "100001", COMMUNITY, "community", "甲社区"),
    _place(4, "100001-B01", BUILDING, "building", "1号楼"),
    _place(11, "100001-B01-H0001", f"{BUILDING}0001", "household", "1室"),
    _organisation(20, "council"),
    _organisation(21, "assembly"),
    *(
        ("venues", {"id": u(30 + n), "code": f"venue-{n}", "path": COMMUNITY, "kind": "station", "name": "驿站",
                    "functions": [], "staffed": n == 1, "invented": True})
        for n in (1, 2)
    ),
    ("people", {"id": u(40), "code": "p-1", "name": "虚构楼栋长", "phone": "\\x00", "phone_index": "i",
                "listed_as": "head", "path": BUILDING, "party_member": False, "invented": True, "attributes": {}}),
    _post(50, "head", None, LOADED, kind="building_head", label="楼栋长", path=BUILDING, role="building_head"),
    _post(51, "council-1", "council", LOADED),
    _sits(60, 50, "2024-01-01"),
    ("responsibilities", MANDATE),
    _household(1, tags=["elderly", "living_alone"]),
    _household(2, tags=[]),
    ("structures", {"id": u(90), "path": COMMUNITY, "version": 1, "in_force": "2024-01-01", "document": {}}),
]  # fmt: skip

# Then people did, at doors: households were linked to posts.
DOORS: Rows = [_link(100, 1)]

# And reorganised: charters and seats were made, an organisation closed, homes went.
REORGANISED: Rows = [
    _charter(110, "council", LOADED, version=2, invented=False),
    _journaled(111, 110, "body.charter", "2026-06-01T10:00:00+08"),  # the file's was changed
    _post(52, "council-2", "council", "2026-04-01T09:00:00+08"),  # by another data file
    _charter(112, "assembly", MADE, invented=False),
    _journaled(113, 112, "body.charter", "2026-03-01T17:30:00.004+00"),
    _post(53, "assembly-1", "assembly", MADE),
    _post(54, "assembly-2", "assembly", MADE),
    _sits(61, 54, "2026-02-20"),  # told afterwards
    _post(55, "added", None, MADE),
    _journaled(114, 55, "post.add", "2026-03-01T17:30:00.002+00"),
    _organisation(22, "closed", since="2026-01-10", until="2026-05-31"),
    _charter(115, "closed", LOADED),
    *(_post(55 + n, f"closed-{n}", "closed", LOADED) for n in (1, 2, 3)),
    _sits(62, 57, "2026-02-01", until="2026-03-31"),
    _sits(63, 58, "2026-02-01"),
    *(_household(n, invented=False) for n in (3, 4, 5, 6, 7)),
    _gone(3),
    *(_gone(n, home(1)) for n in (4, 5, 6, 7)),
    _tag(120, 3),
    _lives(121, 4),
    _tag(122, 5),
    _lives(123, 6, left_on="2026-03-31"),
    _tag(124, 6, withdrawn_at="2026-03-31T09:00:00+08"),
    _link(125, 7, path=f"{BUILDING}0007"),
    _lost(126),
    _journaled(127, 126, "loan.lose", "2026-05-01T10:00:00+08"),
    _lost(128),
    *(_import(130 + n, step) for n, step in enumerate(("received", "checked", "applying", "applied"))),
    ("jobs", {"id": u(140), "name": "hierarchy.import.expire", "queue": "local", "args": {"import_id": u(131)},
              "due_at": "2099-01-01T00:00:00+08"}),
]  # fmt: skip

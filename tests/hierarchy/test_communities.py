"""The five shipped communities: every figure of the articles comes out of the expansion."""

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from services.hierarchy.structures.document import COMMUNITIES, Community, DocumentError, read, shipped
from services.hierarchy.structures.expansion import expand
from services.hierarchy.structures.places import ExpansionError
from services.hierarchy.structures.rows import Expansion, PlaceRow
from services.hierarchy.structures.structure import Structure

FILES = {path.stem: path for path in shipped()}
SOUTHWEST = COMMUNITIES / "southwest_street.toml"
DEMO_HOUSEHOLD = "141021100002001-X01-M01-B01-H0001"


@cache
def load(stem: str) -> Expansion:
    return expand(read(FILES[stem]))


def places(rows: Expansion, kind: str) -> list[PlaceRow]:
    return [place for place in rows.places if place.kind == kind]


def place(rows: Expansion, code: str) -> PlaceRow:
    return next(row for row in rows.places if row.code == code)


def posts(rows: Expansion) -> Counter[str]:
    return Counter(post.kind for post in rows.posts)


def holders(rows: Expansion, kind: str) -> list[str]:
    seats = {post.code for post in rows.posts if post.kind == kind}
    return [row.person_code for row in rows.appointments if row.post_code in seats]


def chain(rows: Expansion, code: str, category: str) -> list[str]:
    """Who answers for a category at a place, the nearest first: post kinds and organisation kinds."""
    parents = {row.code: row.parent_code for row in rows.places}
    post_kinds = {post.code: post.kind for post in rows.posts}
    body_kinds = {body.code: body.kind for body in rows.organisations}
    line, step = [], code
    while step:
        line.append(step)
        step = parents[step] or ""
    answering = [
        row
        for row in rows.responsibilities
        if row.place_code in line and {"*", category, category[:2]} & set(row.categories)
    ]
    answering.sort(key=lambda row: row.order)
    return [post_kinds.get(row.post_code or "") or body_kinds[row.organisation_code or ""] for row in answering]


def test_there_are_five_communities() -> None:
    found = {read(path).article: read(path).structure.place for path in shipped()}
    assert found == {0: "341702010005", 1: "370704", 2: "430304004", 3: "141021100002", 4: "620421103015"}


def test_donghu_road_comes_out_as_the_article_says() -> None:
    rows = load("donghu_road")
    community = place(rows, "341702010005")
    assert (community.name, community.area_km2) == ("东湖路社区", 3.5)
    assert (community.households, community.residents) == (8274, 22335)
    compounds = places(rows, "compound")
    assert len(compounds) == 14
    assert sum(row.households or 0 for row in compounds) == 8274
    assert sum(row.residents or 0 for row in compounds) == 22335
    assert sum(row.households or 0 for row in places(rows, "building")) == 8274
    real = {row.name for row in compounds if not row.invented}
    assert real == {"新湖东苑", "啤酒厂小区", "河滨花园三期", "新城明珠", "清心佳园"}
    assert place(rows, "341702010").name == "清风街道"


def test_donghu_road_has_fourteen_councils_with_six_kinds_of_seats() -> None:
    rows = load("donghu_road")
    seats = [post for post in rows.posts if post.kind.startswith("seat_")]
    councils = {body.code for body in rows.organisations if body.kind == "council"}
    assert len(councils) == 14
    assert {post.organisation_code for post in seats} == councils
    assert len({post.kind for post in seats}) == 6
    assert len(seats) == 6 * 14


def test_fangzi_comes_out_as_the_article_says() -> None:
    rows = load("fangzi")
    grids = Counter(str(row.attributes["grid_kind"]) for row in places(rows, "grid"))
    assert grids == {"base": 169, "exclusive": 3}
    counted = posts(rows)
    assert (counted["branch_secretary"], counted["branch_member"]) == (172, 344)
    assert (counted["grid_worker"], counted["building_head"]) == (172, 1373)
    assert counted["council_member"] == 509
    kinds = Counter(body.kind for body in rows.organisations)
    assert (kinds["party_branch"], kinds["party_group"], kinds["owners_committee"]) == (172, 206, 13)
    streets = {row.code: row.name for row in places(rows, "street")}
    assert list(streets) == [f"37070400{n}" for n in range(3, 10)]
    assert streets["370704007"] == "黄旗堡街道"


def test_fangzi_heads_answer_for_thirty_to_fifty_households_about_forty() -> None:
    households = [row.households or 0 for row in places(load("fangzi"), "building")]
    assert len(households) == 1373
    assert (min(households), max(households)) == (30, 50)
    assert sum(households) / len(households) == pytest.approx(40, abs=0.5)


def test_fangzi_council_members_are_509_different_building_heads() -> None:
    rows = load("fangzi")
    members = holders(rows, "council_member")
    assert len(set(members)) == 509
    assert set(members) <= set(holders(rows, "building_head"))


def test_fangzi_parlours_belong_to_130_different_branches() -> None:
    rows = load("fangzi")
    assert len({venue.place_code for venue in rows.venues if venue.kind == "parlour"}) == 130
    branches = {body.place_code for body in rows.organisations if body.kind == "party_branch"}
    assert {venue.place_code for venue in rows.venues} <= branches


def test_fangzi_owners_committees_have_sixty_percent_party_members() -> None:
    rows = load("fangzi")
    party = {person.code for person in rows.people if person.party_member}
    seats = {post.code: post.organisation_code for post in rows.posts if post.kind == "owners_member"}
    size, members = Counter[str | None](), Counter[str | None]()
    for row in rows.appointments:
        if row.post_code in seats:
            size[seats[row.post_code]] += 1
            members[seats[row.post_code]] += row.person_code in party
    assert len(size) == 13
    assert all(members[body] * 100 >= 60 * size[body] for body in size)


def test_fangzi_communities_are_invented_and_numbered_from_900() -> None:
    communities = places(load("fangzi"), "community")
    assert all(row.invented and row.code[9:] >= "900" for row in communities)
    assert {row.parent_code for row in communities} == {f"37070400{n}" for n in range(3, 10)}


def test_shuyuan_road_comes_out_as_the_article_says() -> None:
    rows = load("shuyuan_road")
    counted = posts(rows)
    assert (counted["area_head"], counted["group_head"], counted["neighbour_head"]) == (51, 217, 1112)
    households = [row.households or 0 for row in places(rows, "neighbour_group")]
    assert len(households) == 1112
    assert (min(households), max(households)) == (5, 15)
    assert 5560 <= sum(households) <= 16680
    names = [row.name for row in places(rows, "community")]
    assert names == ["晓塘社区", "芙蓉社区", "飞机坪社区", "新塘社区", "葩金社区"]
    assert [row.code[9:] for row in places(rows, "community")] == ["001", "002", "003", "004", "005"]


def test_southwest_street_comes_out_as_the_article_says() -> None:
    rows = load("southwest_street")
    assert len(places(rows, "area")) == 3
    assert len(places(rows, "grid")) == 26
    assert posts(rows)["centre_household"] == 287
    centre = holders(rows, "centre_household")
    assert (len(centre), len(set(centre))) == (287, 187)
    members = [person for person in rows.people if "-member-" in person.code]
    assert len(members) == 187
    assert all(person.party_member for person in members)
    grids = {row.code for row in places(rows, "grid")}
    assert {person.attributes["place"] for person in members} == grids
    stations = [venue for venue in rows.venues if venue.kind == "station"]
    assert (len(stations), sum(venue.resident is not None for venue in stations)) == (12, 6)
    assert [venue.name for venue in stations if not venue.invented] == ["贡院西街驿站"]


def test_a_heating_fault_goes_up_as_in_the_article() -> None:
    rows = load("southwest_street")
    assert place(rows, DEMO_HOUSEHOLD).kind == "household"
    assert chain(rows, DEMO_HOUSEHOLD, "JC05") == [
        "building_head",
        "centre_household",
        "grid_head",
        "community_secretary",
        "property_company",
    ]
    assert chain(rows, DEMO_HOUSEHOLD, "JC01")[-1] == "community_secretary"


def test_renmin_west_road_comes_out_as_the_article_says() -> None:
    rows = load("renmin_west_road")
    community = place(rows, "620421103015")
    assert (community.area_km2, community.households, community.residents) == (1.3, 2395, 6779)
    figures = community.attributes
    assert [figures["elderly"], figures["living_alone"], figures["working_away"]] == [
        round(6779 * percent / 100) for percent in (18, 5, 20.02)
    ]
    assert (len(places(rows, "compound")), len(places(rows, "shop"))) == (5, 119)
    apartments = [row for row in places(rows, "building") if row.attributes.get("form") == "apartment"]
    assert len(apartments) == 2
    homes = [*places(rows, "compound"), *apartments]
    assert sum(row.households or 0 for row in homes) == 2395
    assert sum(row.residents or 0 for row in homes) == 6779
    zones = {row.zone_type for row in places(rows, "area")}
    assert zones == {"rental_housing", "resettlement", "commodity_housing"}
    kinds = Counter(body.kind for body in rows.organisations)
    assert (kinds["owners_committee"], kinds["building_autonomy"]) == (3, 6)
    assert {level.kind for level in read(FILES["renmin_west_road"]).structure.levels} == {"role"}


@pytest.mark.parametrize("stem", FILES)
def test_codes_and_phones_are_unique(stem: str) -> None:
    rows = load(stem)
    for table in (rows.places, rows.organisations, rows.venues, rows.people, rows.posts, rows.households):
        codes = [row.code for row in table]
        assert len(set(codes)) == len(codes)
    phones = [person.phone for person in rows.people]
    assert len(set(phones)) == len(phones)
    assert all(len(phone) == 11 and phone.isdigit() and phone.startswith("100") for phone in phones)
    names = [person.name for person in rows.people]
    assert len(set(names)) == len(names)
    assert all(person.invented and person.name.startswith("虚构") for person in rows.people)


@pytest.mark.parametrize("stem", FILES)
def test_what_a_row_refers_to_comes_before_it(stem: str) -> None:
    rows = load(stem)
    seen: set[str | None] = {None}
    for row in rows.places:
        assert row.parent_code in seen
        seen.add(row.code)
    bodies: set[str | None] = {None}
    for body in rows.organisations:
        assert body.parent_code in bodies
        assert body.place_code in seen
        bodies.add(body.code)
    assert {post.place_code for post in rows.posts} <= seen
    assert {post.organisation_code for post in rows.posts} <= bodies
    assert {venue.place_code for venue in rows.venues} <= seen
    assert {row.place_code for row in rows.responsibilities} <= seen
    assert {row.organisation_code for row in rows.responsibilities} <= bodies
    assert {row.post_code for row in rows.responsibilities} <= {None, *(post.code for post in rows.posts)}
    assert {row.person_code for row in rows.appointments} == {person.code for person in rows.people}
    assert [row.post_code for row in rows.appointments] == [post.code for post in rows.posts]


@pytest.mark.parametrize("stem", FILES)
def test_official_codes_have_their_lengths(stem: str) -> None:
    rows = load(stem)
    for kind, digits in (("district", 6), ("street", 9), ("community", 12), ("grid", 15)):
        for row in places(rows, kind):
            assert len(row.code) == digits
            assert row.code.isdigit()
            assert row.code.startswith(row.district)
    communities = {row.code for row in places(rows, "community")}
    assert all(row.code[:12] in communities for row in places(rows, "grid"))


@pytest.mark.parametrize("stem", FILES)
def test_the_same_file_expands_to_the_same_rows(stem: str) -> None:
    assert expand(read(FILES[stem])) == expand(read(FILES[stem]))


@pytest.mark.parametrize("stem", FILES)
def test_every_community_has_sample_households_and_staff_for_intake(stem: str) -> None:
    rows = load(stem)
    assert 20 <= len(rows.households) <= 60
    assert {row.code for row in rows.households} == {row.code for row in places(rows, "household")}
    assert posts(rows)["community_worker"] > 0
    assert chain(rows, rows.households[0].code, "RJ02")


@pytest.mark.parametrize("stem", ["shuyuan_road", "southwest_street", "renmin_west_road"])
def test_three_communities_call_themselves_five_levelled(stem: str) -> None:
    assert sum(level.counted for level in read(FILES[stem]).structure.levels) == 5


@pytest.mark.parametrize("stem", FILES)
def test_the_stored_document_is_the_structure_again(stem: str) -> None:
    row = load(stem).structure
    stored = json.loads(json.dumps(row.document))
    assert Structure.model_validate(stored) == read(FILES[stem]).structure
    assert row.place_code in {place.code for place in load(stem).places}


@pytest.mark.parametrize("stem", FILES)
def test_every_place_with_households_says_where_the_figure_comes_from(stem: str) -> None:
    counted = [row for row in load(stem).places if row.households is not None]
    assert all(row.attributes["figures"] in {"article", "invented"} for row in counted)


def edited(tmp_path: Path, old: str, new: str) -> Path:
    text = SOUTHWEST.read_text(encoding="utf-8")
    assert old in text
    copy = tmp_path / "edited.toml"
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


POST = 'key = "building_head", name = "楼栋长", level = "building", role'


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("phone_prefix", "fone_prefix", "fone_prefix"),
        ("invented = true", "invneted = true", "places[3].invneted"),
        (
            POST,
            POST.replace('level = "building"', 'level = "attic"'),
            "structure.posts[0].level: unknown 'attic'",
        ),
        (POST, POST.replace("role", "span = { min = 9, max = 3 }, role"), "structure.posts[0].span: min 9"),
        (POST, POST.replace(", role", ", rolle"), "structure.posts[0].rolle"),
        ('of = "micro_grid"', 'of = "cellar"', "structure.levels[3].of: unknown 'cellar'"),
        ('post = "grid_head", place', 'post = "king", place', "structure.quotas[1].post: unknown 'king'"),
        ('code = "141021100002-P02"', 'code = "141021100002-P01"', "places: '141021100002-P01' is there 2"),
        ('code = "141021100002-P02"', 'code = "370704003900-P02"', "places[4].code"),
        ('name = "第{i}网格（小区）"', 'name = "第{j}网格"', "series[0].name"),
        ('drawn_from = "member"', 'drawn_from = "angel"', "staff[7].drawn_from: unknown 'angel'"),
        ("[totals]", "[totals", "at line"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_place(tmp_path: Path, old: str, new: str, where: str) -> None:
    path = edited(tmp_path, old, new)
    with pytest.raises(DocumentError) as refused:
        read(path)
    assert str(path) in str(refused.value)
    assert where in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("counts = [5, 5, 4]", "counts = [5, 5]", "series[1] (grid).counts: 2 numbers for 3 places"),
        ("counts = [5, 5, 4]", "counts = [5, 5, 5]", "series[4] (micro_grid).counts"),
        ("micro_grid = 287", "micro_grid = 288", "totals.places.micro_grid: declared 288"),
        ("141021100002013-M01", "141021100002099-M01", "samples[1].place: no place"),
    ],
)
def test_declarations_that_do_not_work_out_are_refused(tmp_path: Path, old: str, new: str, where: str) -> None:
    community: Community = read(edited(tmp_path, old, new))
    with pytest.raises(ExpansionError) as refused:
        expand(community)
    assert where in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"nowhere\.toml"):
        read(tmp_path / "nowhere.toml")

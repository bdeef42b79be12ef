"""Any sequence of changes to the tree does to it what the rules say, and what was yesterday stays what it was.

A model of a page's length is changed along with the database, a day per change. Every evening some day gone by is asked
about, whichever comes: where a place was, and who answered for it. What was answered is written down. In the end every
day is asked about every place, and the answers are compared with what the model was that evening; and all that was
written down is asked again.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import httpx
import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, given, settings

from services.hierarchy.organisations import reading
from services.hierarchy.organisations import service as organisations
from services.hierarchy.organisations.inputs import OrganisationEdit
from services.hierarchy.places import history, making
from services.hierarchy.places import service as places
from services.hierarchy.places.inputs import EditPlace, NewPlace
from services.hierarchy.places.rules import Known, full_name
from services.hierarchy.relocation import service as relocation
from services.hierarchy.relocation.inputs import SplitPart
from services.hierarchy.responsibility import service as responsibility
from shared.kernel.errors import LinliError, NotFound, PlaceGone, UnknownPlace
from shared.runtime.service import Service
from shared.runtime.work import Work
from tests.hierarchy.test_places_move import moving
from tests.hierarchy.tree_scene import TREE, Scene, days_pass, nights_pass, planted
from tests.support.world import fresh_district

NAMES = ["东", "西", "甲社区东", "示例街道甲", "网格"]
CHANGES = ("create", "rename", "move", "merge", "split", "close")
questions = st.lists(
    st.tuples(st.sampled_from(["where", "who", "whose"]), st.integers(0, 1000), st.integers(0, 1000)), max_size=3
)
change = st.tuples(st.sampled_from(CHANGES), st.integers(0, 1000), st.integers(0, 1000), st.sampled_from(NAMES))


@dataclass(frozen=True)
class Node:
    name: str
    kind: str
    parent: str | None


@dataclass
class Model:
    """Places by code, and where those went that are gone."""

    nodes: dict[str, Node]
    gone: dict[str, list[str]] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)  # where organisations are at home

    def copy(self) -> "Model":
        return Model(dict(self.nodes), {code: list(to) for code, to in self.gone.items()}, dict(self.homes))

    def line(self, code: str) -> list[str]:
        found, step = [], code
        while True:
            found.append(step)
            above = self.nodes[step].parent
            if above is None:
                return found
            step = above

    def children(self, code: str) -> list[str]:
        return [one for one, node in self.nodes.items() if node.parent == code]

    def whole(self, code: str) -> str:
        over, kind, whole = None, None, ""
        for one in reversed(self.line(code)):
            node = self.nodes[one]
            whole = full_name(over, kind, node.name)
            over, kind = Known("", node.name, whole, 0), node.kind
        return whole

    def free(self, parent: str, kind: str, name: str, but: str = "") -> bool:
        """Whether no other place of the kind would be called so in full there."""
        over = self.nodes[parent]
        whole = full_name(Known("", over.name, self.whole(parent), 0), over.kind, name)
        others = (one for one in self.children(parent) if one != but and self.nodes[one].kind == kind)
        return whole not in map(self.whole, others)

    def heirs(self, code: str) -> list[str]:
        if code not in self.gone:
            return [code]
        return list(dict.fromkeys(heir for one in self.gone[code] for heir in self.heirs(one)))

    def end(self, code: str, heirs: list[str]) -> None:
        del self.nodes[code]
        self.gone[code] = heirs
        self.rehome(code, *heirs[:1])

    def rehome(self, code: str, *to: str) -> list[str]:
        """Those at home there are so elsewhere; which these are."""
        there = [one for one, home in self.homes.items() if home == code]
        for one in there:
            self.homes[one] = to[0]
        return there

    def within(self, code: str) -> list[str]:
        return sorted(one for one, home in self.homes.items() if code in self.nodes and code in self.line(home))

    def carry(self, codes: list[str], to: str) -> None:
        for code in codes:
            self.nodes[code] = replace(self.nodes[code], parent=to)


async def apply(scene: Scene, model: Model, step: tuple[str, int, int, str]) -> bool:  # noqa: C901, PLR0911, PLR0912 - one branch per change
    """Makes the change in both; False where the rules refuse it, in both."""
    what, one, other, name = step
    codes = sorted(model.nodes)
    code, to = codes[one % len(codes)], codes[other % len(codes)]
    node, below = model.nodes[code], model.children(code)
    root = node.parent is None
    async with moving(scene.service, scene.district) as work:
        if what == "create":
            kind = "building"
            creating = making.create(work, NewPlace(parent=code, kind=kind, name=name))
            if not model.free(code, kind, name):
                assert not await allowed(creating)
                return False
            fresh = (await history.living(work, await creating))["code"]
            assert fresh not in model.nodes
            assert fresh not in model.gone
            model.nodes[fresh] = Node(name, kind, code)
            return True
        if what == "rename":
            same = node.parent is None or name == node.name
            fits = same or model.free(str(node.parent), node.kind, name, but=code)
            assert fits == await allowed(relocation.edit(work, code, EditPlace(name=name), None))
            if fits:
                model.nodes[code] = replace(node, name=name)
            return fits
        if what == "move":
            fits = not root and to not in (node.parent, code) and code not in model.line(to)
            assert fits == await allowed(relocation.move(work, code, to))
            if fits:
                model.nodes[code] = replace(node, parent=to)
            return fits
        if what == "merge":
            fits = not root and model.nodes[to].kind == node.kind
            fits = fits and code not in model.line(to) and to not in model.line(code)
            assert fits == await allowed(relocation.merge(work, code, to))
            if fits:
                model.carry(below, to)
                model.end(code, [to])
            return fits
        if what == "close":
            fits = not root and not below
            if fits:  # nobody may be at home there any more
                await move_out(work, model.rehome(code, str(node.parent)), str(node.parent))
            assert fits == await allowed(relocation.close(work, code))
            if fits:
                model.end(code, [])
            return fits
        second = below[other % len(below) :] if below else []
        parts = [
            SplitPart(name=f"{name}一", code=f"{code}x1"),
            SplitPart(name=f"{name}二", code=f"{code}x2", children=second),
        ]
        fits = not root
        assert fits == await allowed(relocation.split(work, code, parts))
        if fits:
            for part in parts:
                model.nodes[str(part.code)] = Node(part.name, node.kind, node.parent)
            model.carry([child for child in below if child not in second], f"{code}x1")
            model.carry(second, f"{code}x2")
            model.end(code, [f"{code}x1", f"{code}x2"])
        return fits


async def move_out(work: Work, codes: list[str], to: str) -> None:
    for code in codes:
        await organisations.edit(work, code, OrganisationEdit(place=to), None)


async def allowed(change_: Any) -> bool:
    try:
        await change_
    except LinliError as error:
        assert error.status == 422 or error.code == "place_name_taken", error  # noqa: PT017 - which refusal it is
        return False
    return True


async def asked(scene: Scene, code: str, on: date) -> tuple[Any, ...]:
    async with moving(scene.service, scene.district) as work:
        try:
            was = await history.as_of(work, code, on)
        except PlaceGone as gone:
            return "gone", gone.fields["successors"]
        except NotFound:
            return ("nothing",)
    return "there", was.name, was.kind, was.parent, was.full_name


def expected(model: Model, code: str) -> tuple[Any, ...]:
    if code in model.gone:
        return "gone", model.heirs(code)
    if code not in model.nodes:
        return ("nothing",)
    node = model.nodes[code]
    return "there", node.name, node.kind, node.parent, model.whole(code)


async def stands(scene: Scene, model: Model) -> None:
    """The tree is the model's, its paths fit together, and no two are the same."""
    sql = "SELECT code, path, parent, kind, name, full_name FROM hierarchy.places WHERE district = $1"
    rows = {row["code"]: row for row in await scene.rows(sql)}
    assert set(rows) == set(model.nodes)
    for code, node in model.nodes.items():
        row = rows[code]
        assert (row["name"], row["kind"], row["full_name"]) == (node.name, node.kind, model.whole(code))
        if node.parent is None:
            assert (row["path"], row["parent"]) == ("0001", None)
        else:
            assert row["parent"] == row["path"][:-4] == rows[node.parent]["path"]
    left = await scene.rows("SELECT path FROM hierarchy.gone_places WHERE district = $1")
    paths = [row["path"] for row in rows.values()] + [row["path"] for row in left]
    assert len(set(paths)) == len(paths)


class Answers:
    """What was answered about days gone by, and is asked again in the end."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.today = scene, date.min
        self.given: dict[tuple[str, str, int], Any] = {}
        self.nights = 0

    async def night(self) -> None:
        await nights_pass(self.scene)
        await days_pass(self.scene)
        self.nights += 1

    async def ask(self, question: str, code: str, evening: int) -> Any:
        """About the evening of that number, whenever it is asked."""
        async with moving(self.scene.service, self.scene.district) as work:
            self.today = work.today
        on = self.today - timedelta(days=self.nights - evening)
        asking = {"where": asked, "who": answering, "whose": at_home}[question]
        return await asking(self.scene, code, on)

    async def note(self, question: str, code: str, evening: int) -> None:
        answer = await self.ask(question, code, evening)
        assert self.given.setdefault((question, code, evening), answer) == answer, (question, code, evening)

    async def ask_all_again(self) -> None:
        for (question, code, evening), answer in self.given.items():
            assert await self.ask(question, code, evening) == answer, (question, code, evening)


async def answering(scene: Scene, code: str, on: date) -> tuple[Any, ...]:
    """Who answered for a place on a day, and for which place each of them did."""
    async with moving(scene.service, scene.district) as work:
        try:
            found = await responsibility.chain(work, scene.service.vault, code, "JC05", on)
        except PlaceGone as gone:
            return "gone", gone.fields["successors"]
        except NotFound:
            return ("nothing",)
    return tuple((link.organisation_code, link.place.code, link.place.full_name) for link in found.chain)


async def at_home(scene: Scene, code: str, on: date) -> list[tuple[str, str | None]]:
    """Which organisations were at home in a place on a day, and where; none where it was not there."""
    try:
        async with moving(scene.service, scene.district) as work:
            found = await reading.page(work, family=None, kind=None, on=on, cursor=None, limit=100, place=code)
    except UnknownPlace:
        return []
    return [(one.code, one.place_code) for one in found.items]


async def answer_for(scene: Scene, codes: list[str]) -> None:
    """An organisation of its own answers for each of the places."""
    async with moving(scene.service, scene.district) as work:
        await work.begin()
        found = await places.by_codes(work, codes)
        made, _ = await organisations.put(
            work,
            [{"code": f"{code}-office", "kind": "department", "name": code, "parent": None,
              "path": found[code]["path"], "since": "2025-01-01",
              "invented": True, "attributes": {}} for code in codes],
        )  # fmt: skip
        await responsibility.put(
            work,
            [{"path": found[code]["path"], "held_by": f"{code}-office", "post_id": None,
              "organisation_id": str(made[f"{code}-office"].id), "categories": ["*"], "position": 50,
              "since": "2025-01-01", "until": None} for code in codes],
        )  # fmt: skip


@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # nine steps can be read; to shorten them takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.tuples(change, questions), min_size=1, max_size=9))
async def test_the_tree_and_its_days(
    api: httpx.AsyncClient,
    hierarchy: Service,
    steps: list[tuple[tuple[str, int, int, str], list[tuple[str, int, int]]]],
) -> None:
    scene = await planted(api, hierarchy, fresh_district())
    district = scene.district
    model = Model(
        {district + code: Node(name, kind, None if up is None else district + up) for code, name, kind, up in TREE}
    )
    await answer_for(scene, sorted(model.nodes))
    model.homes = {f"{code}-office": code for code in model.nodes}
    evenings, answers = [model.copy()], Answers(scene)
    await answers.night()
    for step, asking in steps:
        for question, one, other in asking:  # before the change, and again after it
            codes = sorted({*model.nodes, *model.gone})
            await answers.note(question, codes[one % len(codes)], other % len(evenings))
        if await apply(scene, model, step):
            await stands(scene, model)
        for question, code, evening in list(answers.given)[-len(asking) :]:
            await answers.note(question, code, evening)
        evenings.append(model.copy())
        await answers.night()
    codes = sorted({code for evening in evenings for code in (*evening.nodes, *evening.gone)})
    for number, was in enumerate(evenings):
        for code in codes:
            assert await answers.ask("where", code, number) == expected(was, code), (number, code)
            homes = [(one, was.homes[one]) for one in was.within(code)]
            assert await answers.ask("whose", code, number) == homes, (number, code)
    await answers.ask_all_again()

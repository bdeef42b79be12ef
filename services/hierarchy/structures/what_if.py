"""What would be if: facts with changes made to them, in memory only.

Pure. The changes are what a reorganisation does (places move, merge, split, grow) and what happens to seats (somebody
sits down, gets up, a seat is made or goes). `changed` is the one door; a change that names what is not there is
refused with its number.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from services.hierarchy.places.rules import joined
from services.hierarchy.structures.facts import Facts, OrganisationFact, PlaceFact, PostFact, VenueFact
from services.hierarchy.structures.refusals import UnknownInChange
from services.hierarchy.structures.structure import Key, PlaceKind
from shared.schemas.base import Body

Ref = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9_-]+$")]
_Placed = TypeVar("_Placed", PostFact, OrganisationFact, VenueFact)
_Figure = Annotated[int, Field(ge=0, le=10_000_000)]


class MovePlace(Body):
    """归属调整: a place with all below it comes to lie in another one."""

    op: Literal["move_place"]
    place: Ref
    to: Ref


class MergePlaces(Body):
    """合并: what lies in `place`, its households and its seats go over to `into`, and `place` is gone."""

    op: Literal["merge_places"]
    place: Ref
    into: Ref


class AddPlace(Body):
    """新设: a place that is not there yet; with `moving`, the places that come to lie in it (拆分)."""

    op: Literal["add_place"]
    place: Ref
    kind: PlaceKind
    parent: Ref
    households: _Figure | None = None
    residents: _Figure | None = None
    moving: Annotated[tuple[Ref, ...], Field(max_length=200)] = ()


class SetFigures(Body):
    """户数变化: a place's own figures."""

    op: Literal["set_figures"]
    place: Ref
    households: _Figure | None = None
    residents: _Figure | None = None


class AddPost(Body):
    """增设岗位: one more seat, held by `holder` or vacant."""

    op: Literal["add_post"]
    post: Ref
    kind: Key
    place: Ref
    organisation: Ref | None = None
    holder: Ref | None = None
    party_member: bool = False


class FillPost(Body):
    """任职: a person comes to sit in a seat, instead of whoever did."""

    op: Literal["fill_post"]
    post: Ref
    holder: Ref
    party_member: bool = False


class VacatePost(Body):
    """离任: the seat stays, vacant."""

    op: Literal["vacate_post"]
    post: Ref


class DropPost(Body):
    """撤销岗位: the seat is gone."""

    op: Literal["drop_post"]
    post: Ref


Alteration = Annotated[
    MovePlace | MergePlaces | AddPlace | SetFigures | AddPost | FillPost | VacatePost | DropPost,
    Field(discriminator="op"),
]


def changed(facts: Facts, alterations: Iterable[Alteration]) -> Facts:
    """The facts after the changes, made one after the other. UnknownInChange."""
    world = _World(facts)
    for number, alteration in enumerate(alterations, 1):
        world.number = number
        _HOW[type(alteration)](world, alteration)
    return replace(
        facts,
        places=tuple(world.places.values()),
        organisations=tuple(world.bodies.values()),
        posts=tuple(world.posts.values()),
        venues=tuple(world.venues.values()),
    )


class _World:
    def __init__(self, facts: Facts) -> None:
        self.places = {place.code: place for place in facts.places}
        self.posts = {post.code: post for post in facts.posts}
        self.bodies = {body.code: body for body in facts.organisations}
        self.venues = {venue.code: venue for venue in facts.venues}
        self.number = 0

    def need(self, known: Any, code: str, *, new: bool = False) -> None:  # noqa: ANN401 - any container of codes
        """Raises UnknownInChange where the code is not there (or is, for something new)."""
        if (code in known) is new:
            why = ("已经存在", "is there already") if new else ("不存在或不在范围内", "is not there")
            raise UnknownInChange(number=self.number, what=code, why_zh=why[0], why_en=why[1])

    def relocate(self, code: str, to: str) -> None:
        self.need(self.places, code)
        self.need(self.places, to)
        step: str | None = to
        while step is not None:
            if step == code:
                raise UnknownInChange(number=self.number, what=to, why_zh="在其自身之内", why_en="lies in it itself")
            step = self.places[step].parent if step in self.places else None
        self.places[code] = replace(self.places[code], parent=to)


def _move(world: _World, given: MovePlace) -> None:
    world.relocate(given.place, given.to)


def _merge(world: _World, given: MergePlaces) -> None:
    world.need(world.places, given.place)
    world.need([code for code in world.places if code != given.place], given.into)
    gone, into = world.places.pop(given.place), world.places[given.into]
    households, residents = joined(into.households, gone.households), joined(into.residents, gone.residents)
    world.places[given.into] = replace(into, households=households, residents=residents)
    for code, place in world.places.items():
        if place.parent == given.place:
            world.places[code] = replace(place, parent=gone.parent if code == given.into else given.into)
    _rehome(world.posts, given)
    _rehome(world.bodies, given)
    _rehome(world.venues, given)


def _rehome(there: dict[str, _Placed], given: MergePlaces) -> None:
    for code, one in there.items():
        if one.place == given.place:
            there[code] = replace(one, place=given.into)


def _add_place(world: _World, given: AddPlace) -> None:
    world.need(world.places, given.place, new=True)
    world.need(world.places, given.parent)
    world.places[given.place] = PlaceFact(given.place, given.parent, given.kind, given.households, given.residents)
    for code in given.moving:
        world.relocate(code, given.place)


def _figures(world: _World, given: SetFigures) -> None:
    world.need(world.places, given.place)
    said = given.model_dump(include={"households", "residents"}, exclude_unset=True)
    world.places[given.place] = replace(world.places[given.place], **said)


def _add_post(world: _World, given: AddPost) -> None:
    world.need(world.posts, given.post, new=True)
    world.need(world.places, given.place)
    if given.organisation is not None:
        world.need(world.bodies, given.organisation)
    world.posts[given.post] = PostFact(**given.model_dump(exclude={"op", "post"}), code=given.post)


def _fill(world: _World, given: FillPost) -> None:
    world.need(world.posts, given.post)
    seat = replace(world.posts[given.post], holder=given.holder, party_member=given.party_member)
    world.posts[given.post] = replace(seat, since=None, term_ends=None)


def _vacate(world: _World, given: VacatePost) -> None:
    world.need(world.posts, given.post)
    world.posts[given.post] = replace(world.posts[given.post], holder=None, party_member=False)


def _drop(world: _World, given: DropPost) -> None:
    world.need(world.posts, given.post)
    del world.posts[given.post]


_HOW: dict[type[Body], Callable[[_World, Any], None]] = {
    MovePlace: _move, MergePlaces: _merge, AddPlace: _add_place, SetFigures: _figures,
    AddPost: _add_post, FillPost: _fill, VacatePost: _vacate, DropPost: _drop,
}  # fmt: skip

"""What each move changes in the appeal besides its step. Pure: from the appeal and what was given to new values.

A move that is not listed changes nothing but its step; what was given is journaled for all of them.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.tickets.appeals import inputs as given
from services.tickets.appeals.relations import Appeal
from shared.kernel.errors import NobodyAbove, NobodyResponsible, UnknownPost

Changes = dict[str, Any]
Effect = Callable[[Appeal, Any, datetime], Changes]


def effect_of(move: str, appeal: Appeal, with_: object, now: datetime) -> Changes:
    """The column values that the move sets, by column name."""
    effect = _EFFECTS.get(move)
    return effect(appeal, with_, now) if effect else {}


def _locate(_: Appeal, location: given.KnownLocation, __: datetime) -> Changes:
    place = location.found
    found = {"place_code": place.code, "place_name": place.full_name, "place_path": place.path}
    return found | ({"reporter_id": location.reporter} if location.reporter else {})


def _file(_: Appeal, filing: given.Filing, __: datetime) -> Changes:
    return {"category": given.known_category(filing.category), "urgency": filing.urgency.value}


def _refuse(_: Appeal, refusal: given.Refusal, __: datetime) -> Changes:
    return {"refused": refusal.reason.value, "public_reply": refusal.note}


def _lead(chain: Sequence[Mapping[str, Any]], position: int) -> Changes:
    link = chain[position]
    return {
        "chain_position": position,
        "lead_post": _post(link),
        "lead_name": link["post_name"],
        "lead_person": link["person_id"],
    }


def _post(link: Mapping[str, Any]) -> str | None:
    """What the link is called by: its post, or the organisation that answers."""
    code: str | None = link["post_code"] or link["organisation_code"]
    return code


def _held(chain: Sequence[Mapping[str, Any]], start: int) -> int | None:
    """The first link from `start` on that somebody holds: a vacant post never gets an appeal."""
    return next((i for i in range(start, len(chain)) if chain[i]["person_id"]), None)


def _assign(appeal: Appeal, order: given.Assignment, _: datetime) -> Changes:
    changes: Changes = {}
    chain: Sequence[Mapping[str, Any]] = appeal["chain"]
    if isinstance(order, given.RoutedAssignment):
        # Who holds a post is shown by its name; a person's own name has no business here.
        chain = changes["chain"] = [link.model_dump(mode="json", exclude={"person_name"}) for link in order.chain]
        if order.found and order.found.path != appeal["place_path"]:  # its place has moved since
            changes |= {"place_name": order.found.full_name, "place_path": order.found.path}
    if order.post is None:
        position = _held(chain, 0)
    else:
        position = next((i for i, link in enumerate(chain) if _post(link) == order.post), None)
        if position is None:
            raise UnknownPost(post=order.post, chain="、".join(str(link["post_code"]) for link in chain) or "-")
        position = position if chain[position]["person_id"] else None
    if position is None:
        raise NobodyResponsible(place=appeal["place_name"], category=appeal["category"])
    return changes | _lead(chain, position) | {"suspended": False, "seconds_left": None}


def _escalate(appeal: Appeal, _: given.Escalation, __: datetime) -> Changes:
    position = _held(appeal["chain"], appeal["chain_position"] + 1)
    if position is None:
        raise NobodyAbove
    return _lead(appeal["chain"], position) | {"suspended": False, "seconds_left": None}


def _hand_back(_: Appeal, __: given.Return, ___: datetime) -> Changes:
    return {"lead_post": None, "lead_name": None, "lead_person": None}


def _suspend(appeal: Appeal, _: given.Suspension, now: datetime) -> Changes:
    due: datetime | None = appeal["step_due"]
    left = max(0, int((due - now).total_seconds())) if due else None
    return {"suspended": True, "seconds_left": left, "step_due": None}


def _resume(appeal: Appeal, _: object, now: datetime) -> Changes:
    left: int | None = appeal["seconds_left"]
    due = now + timedelta(seconds=left) if left is not None else None
    return {"suspended": False, "seconds_left": None, "step_due": due}


def _resolve(_: Appeal, result: given.Result, __: datetime) -> Changes:
    return {"result": result.result.value, "public_reply": result.public_reply}


def _reply(_: Appeal, reply: given.Reply, __: datetime) -> Changes:
    return {"public_reply": reply.text}


def _call_back(_: Appeal, call: given.CallBack, __: datetime) -> Changes:
    return {"called_back": "reached" if call.reached else "unreached"}


def _rate(_: Appeal, rating: given.Rating, __: datetime) -> Changes:
    return {"rating": rating.score}


def _rework(_: Appeal, __: given.Rework, ___: datetime) -> Changes:
    return {"result": None, "called_back": None, "rating": None}


_EFFECTS: dict[str, Effect] = {
    "locate": _locate,
    "file": _file,
    "refuse": _refuse,
    "assign": _assign,
    "escalate": _escalate,
    "hand_back": _hand_back,
    "suspend": _suspend,
    "resume": _resume,
    "resolve": _resolve,
    "reply": _reply,
    "call_back": _call_back,
    "rate": _rate,
    "rework": _rework,
}

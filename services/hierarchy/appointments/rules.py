"""Since when somebody holds a post that a data file says they hold. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID


def begun(given: Mapping[str, Any], known: Mapping[UUID, Sequence[Any]], today: date) -> date:
    """The first day that the file tells. Where it is a later file, and `known` is who held its posts until now: the day
    with which that appointment began here, or today, because nobody was told of it before.
    """
    said = date.fromisoformat(str(given["since"]))
    there = known.get(UUID(str(given["post_id"])))
    if there is None:
        return said
    mine = sorted(row["since"] for row in there if row["person_id"] == UUID(str(given["person_id"])))
    return said if said in mine else next((day for day in mine if day > said), max(said, today))


def held_already(given: Mapping[str, Any], known: Mapping[UUID, Sequence[Any]]) -> bool:
    """Whether somebody else holds that post on one of the days for which a later file gives it: a seat has one holder,
    and whom the doors appointed is sent away by no file that does not say so.
    """
    person, last = UUID(str(given["person_id"])), date.fromisoformat(str(given["until"] or date.max))
    there = known.get(UUID(str(given["post_id"])), ())
    if any((row["person_id"], row["since"]) == (person, given["since"]) for row in there):
        return False  # it is in the table already
    others = (row for row in there if row["person_id"] != person and row["since"] <= last)
    return any(row["until"] is None or row["until"] >= given["since"] for row in others)

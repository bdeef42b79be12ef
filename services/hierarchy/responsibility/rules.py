"""Which responsibilities an appeal's category asks for, the rights role of an organisation's link, and what a data file
changes from today on. Pure.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from shared.kernel.rights import Role

Answer = Mapping[str, Any]  # a responsibility, as a row has it
_DAY = timedelta(days=1)

_ROLES = {"department": Role.DEPARTMENT, "street_office": Role.DEPARTMENT, "partner": Role.PARTNER,
          "property_company": Role.PARTNER, "social_organisation": Role.PARTNER}  # fmt: skip


def asked_for(category: str) -> list[str]:
    """What a responsibility may name to answer for the category: everything, its top category, itself."""
    return ["*", *sorted({category[:2], category})]


def role_of(organisation_kind: str) -> Role:
    """The role in which an organisation without a contact of its own answers."""
    return _ROLES.get(organisation_kind, Role.POST_HOLDER)


class Loaded(NamedTuple):
    """What becomes of the responsibilities of a data file: rows to be written, and those that yesterday ended."""

    written: list[dict[str, Any]]
    over: list[UUID]


def load(
    given: Iterable[Answer], there: Iterable[Answer], today: date, *, later: bool, new_id: Callable[[], UUID]
) -> Loaded:
    """Holds what a data file says (`path`, `held_by`, `since`, …) against what is `there` at its places.

    One of the file is known by its place, its holder and its first day; what it said before and says now are rows that
    continue one another. New in a `later` file, it begins today, and goes on from one that held on no day: so the file
    is known again. One that has ended stays so.
    """
    roots, following = dict[tuple[str, str, date], Answer](), dict[tuple[UUID, str, str], Answer]()
    for row in there:
        if row["continues"] is None:
            roots[row["path"], row["held_by"], row["since"]] = row
        else:
            following[row["continues"], row["path"], row["held_by"]] = row
    written, over = list[dict[str, Any]](), list[UUID]()
    for row in given:
        since = date.fromisoformat(str(row["since"]))
        last = roots.get((row["path"], row["held_by"], since))
        if last is None and later and since < today:
            last = {**row, "id": new_id(), "since": since, "until": since - _DAY, "continues": None}
            written += [last, {**row, "id": new_id(), "since": today, "continues": last["id"]}]
            continue
        if last is None:
            written.append({**row, "id": new_id()})
            continue
        while (one := following.get((last["id"], row["path"], row["held_by"]))) is not None:
            last = one
        if (last["until"] is not None and last["until"] < today) or _says(last) == _says(row):
            continue
        kept = {"id": new_id(), "since": last["since"], "continues": last["continues"], "until": last["until"]}
        if last["since"] < today:
            over.append(last["id"])
            kept |= {"since": today, "continues": last["id"]}
        written.append({**row, **kept})
    return Loaded(written, over)


def _says(row: Answer) -> tuple[list[str], int]:
    return sorted(row["categories"]), row["position"]

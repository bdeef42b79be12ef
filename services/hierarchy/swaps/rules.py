"""Whether two shifts can change hands. Pure."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from services.hierarchy.swaps.refusals import cannot


class Shift(Protocol):
    """A row of shifts, from the database or made up."""

    def __getitem__(self, name: str, /) -> Any: ...  # noqa: ANN401 - columns are of many kinds


def may_change_hands(gives: Shift, takes: Shift | None, asker: UUID, asked: UUID, now: datetime) -> None:
    """Raises CannotSwap, which says why not."""
    if asker == asked:
        raise cannot("with_yourself")
    if gives["person_id"] != asker:
        raise cannot("not_yours")
    if takes is not None and takes["person_id"] != asked:
        raise cannot("not_theirs")
    if takes is not None and takes["roster_id"] != gives["roster_id"]:
        raise cannot("other_roster")
    both = [shift for shift in (gives, takes) if shift is not None]
    if any(shift["step"] != "published" for shift in both):
        raise cannot("not_published")
    if any(shift["begins_at"] <= now for shift in both):
        raise cannot("begun")

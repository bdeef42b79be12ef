"""What of a venue's bookings and shifts its hours do not hold. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from services.hierarchy.venues.rules import is_within
from shared.kernel.spans import Words
from shared.kernel.stretches import Stretch

_SAID = (("预约 {} 个", "{} bookings"), ("值班 {} 班", "{} shifts"), ("借出 {} 件", "{} things that are lent"))


class Row(Protocol):
    """Of bookings or shifts, from the database or made up."""

    def __getitem__(self, name: str, /) -> Any: ...  # noqa: ANN401 - columns are of many kinds


class Hanging(NamedTuple):
    """What needs a venue, by id, the first to come first."""

    bookings: Sequence[UUID]
    shifts: Sequence[UUID]
    loans: Sequence[UUID] = ()

    def without(self, others: "Hanging") -> "Hanging":
        """What the others do not have."""
        return Hanging(*([one for one in own if one not in others_] for own, others_ in zip(self, others, strict=True)))

    def said(self) -> Words | None:
        """How much of each; None where nothing hangs there."""
        found = [(zh.format(len(ids)), en.format(len(ids))) for (zh, en), ids in zip(_SAID, self, strict=True) if ids]
        return Words("、".join(zh for zh, _ in found), ", ".join(en for _, en in found)) if found else None


def outside(bookings: Iterable[Row], shifts: Iterable[Row], opened: Mapping[UUID, Sequence[Stretch]]) -> Hanging:
    """Bookings that are not within their venue's hours, and shifts that go by them and have not a minute left."""
    return Hanging(
        [one["id"] for one in bookings if not is_within(one["begins_at"], one["ends_at"], opened[one["venue_id"]])],
        [one["id"] for one in shifts if one["follows"] and not _touched(one, opened[one["venue_id"]])],
    )


def _touched(shift: Row, opened: Iterable[Stretch]) -> bool:
    return any(part.begin < shift["ends_at"] and shift["begins_at"] < part.end for part in opened)

"""How attendance is shown."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.events.attendance.rules import Evidence, weaker
from services.events.registrations.views import RegistrationView
from shared.runtime.db import Row
from shared.schemas.base import View


class Presence(View):
    """When somebody came and went."""

    in_at: datetime | None = Field(description="Check-in (签到).")
    out_at: datetime | None = Field(description="Check-out (签退).")
    minutes: int | None = Field(description="Minutes within the activity (时长，分钟); null until check-out.")
    evidence: Evidence | None = Field(description="`scan` only if both ends were scanned (证据等级).")


class AttendanceView(RegistrationView, Presence):
    """A registration with its attendance."""


class AttendanceItem(Presence):
    """Attendance in a list."""

    registration_id: UUID
    activity_id: UUID
    person: str


def presence(row: Row | None) -> dict[str, Any]:
    """The fields of a Presence; nulls where nobody came yet."""
    if row is None:
        return dict.fromkeys(Presence.model_fields)
    known = {name: row[name] for name in ("in_at", "out_at", "minutes")}
    second = row["out_evidence"] if row["out_at"] else row["in_evidence"]
    return known | {"evidence": weaker(row["in_evidence"], second)}


def item(row: Row) -> AttendanceItem:
    """For lists."""
    ids = {"registration_id": row["id"], "activity_id": row["activity_id"], "person": row["person"]}
    return AttendanceItem(**presence(row), **ids)

"""What clients see of what is lent."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.hierarchy.loans.workflow import LOAN, Party
from shared.kernel.rights import Permission, Principal
from shared.schemas.base import View


class ItemView(View):
    """Something that a venue lends, and how many of it are there now."""

    id: UUID
    version: int
    venue_id: UUID
    name: str = Field(examples=["爱心雨伞"])
    total: int = Field(description="How many there are (总数).", examples=[20])
    lent: int = Field(description="How many are out (已借出).", examples=[3])
    left: int = Field(description="How many are on the shelf (可借).", examples=[17])
    overdue: int = Field(description="How many of those that are out should be back (逾期).", examples=[1])
    days: int = Field(description="How long one may keep it (借期，天).", examples=[7])


class LoanView(View):
    """A loan. The borrower is masked; `POST /loans/{id}/reveal` shows who it is, with a reason."""

    id: UUID
    version: int
    item_id: UUID
    item_name: str = Field(examples=["爱心雨伞"])
    venue_id: UUID
    borrower_id: UUID | None = Field(description="Where the borrower is known here.")
    borrower_name: str | None = Field(description="Masked (已脱敏); null for one known here, or once forgotten.")
    borrower_phone: str | None = Field(description="Masked (已脱敏).", examples=["100****0001"])
    step: str = Field(examples=["lent"])
    step_label: str = Field(examples=["借出"])
    lent_at: datetime
    due_at: datetime
    ended_at: datetime | None = Field(description="When it came back (归还时间).")
    overdue_days: int = Field(description="For how many whole days it should have been back (逾期天数).", examples=[0])
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


class Borrower(View):
    """Who has it, in full. Journaled."""

    id: UUID
    name: str | None
    phone: str | None


def parties(row: Any, caller: Principal) -> frozenset[Party]:  # noqa: ANN401 - a row
    """Who the caller is to this loan."""
    return frozenset({Party.KEEPER} if caller.may(Permission.VENUES_SERVE, row["path"]) else ())


def item(row: Any, overdue: int) -> ItemView:  # noqa: ANN401 - a row
    """An item as clients see it."""
    own = {name: row[name] for name in ("id", "version", "venue_id", "name", "total", "lent", "days")}
    return ItemView(**own, left=row["total"] - row["lent"], overdue=overdue)


def overdue_days(row: Any, now: datetime) -> int:  # noqa: ANN401 - a row
    """Whole days since it should have been back; 0 while there is time, and once it is back."""
    return max(0, (now - row["due_at"]).days) if row["step"] == LOAN.first else 0

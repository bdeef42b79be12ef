"""What clients see of records."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.hierarchy.records.inputs import KINDS, Content
from services.hierarchy.records.workflow import RECORD, Party
from shared.kernel.rights import Permission, Principal
from shared.schemas.base import View


class LogView(View):
    """What a pair did on a day."""

    on: date
    what: str = Field(examples=["随师傅入户走访三户，学习台账填写"])
    minutes: int = Field(examples=[120])
    by: UUID = Field(description="Who wrote it down.")


class SumView(View):
    """One line of the ledger: how much of it was given, and how much is still out."""

    kind: str = Field(examples=["equipment"])
    what: str = Field(examples=["背心"])
    people: int = Field(description="How many people were given it (人数).", examples=[1112])
    given: int = Field(description="In all (发放数量).", examples=[1112])
    out: int = Field(description="Not given back, and not used up (在用数量).", examples=[1098])


class RecordView(View):
    """One record."""

    id: UUID
    version: int
    kind_label: str = Field(examples=["装备"])
    person: UUID | None
    post_code: str | None
    post_name: str | None
    place_code: str | None = Field(description="Where it belongs: the place, or the post's (地点编码).")
    organisation: str | None = Field(description="Code of the unit whose service it was (单位).")
    since: date
    until: date | None
    content: Content
    log: list[LogView] = Field(description="Of a mentoring: what was done, day by day (跟岗记录).")
    step: str = Field(examples=["open"])
    step_label: str = Field(examples=["有效"])
    created_at: datetime
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


def parties(row: Any, caller: Principal) -> frozenset[Party]:  # noqa: ANN401 - a row
    """Whether the caller keeps the records of this place, or is one of the pair."""
    pair = row["kind"] == "mentoring" and caller.id in (str(row["person_id"]), str(row["mentor_id"]))
    keeps = caller.may(Permission.RECORDS_MANAGE, row["path"])
    return frozenset(party for party, holds in ((Party.KEEPER, keeps), (Party.PAIR, pair)) if holds)


def facts(row: Any) -> frozenset[str]:  # noqa: ANN401 - a row
    """What is over stays what it was: an honour, an opinion, money, a service; and a pen is used up."""
    lasting = row["kind"] in ("award", "opinion", "fund", "service") or bool(row["content"].get("consumable"))
    known = {"given_back": not lasting, "mentoring": row["kind"] == "mentoring"}
    return frozenset(name for name, holds in known.items() if holds)


def shown(row: Any, post: Any, place: Any, caller: Principal) -> RecordView:  # noqa: ANN401 - rows
    """As this caller sees it."""
    kept = ("id", "version", "since", "until", "content", "log", "step", "created_at")
    return RecordView(
        **{name: row[name] for name in kept},
        kind_label=KINDS[row["kind"]],
        person=row["person_id"],
        post_code=post["code"] if post else None,
        post_name=post["name"] if post else None,
        place_code=place["code"] if place else None,
        organisation=row["organisation"],
        step_label=RECORD.steps[row["step"]].label,
        moves=RECORD.open_moves(row["step"], parties(row, caller), facts(row)),
    )

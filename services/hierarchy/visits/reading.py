"""Who has not been seen: the households of a place by how long they wait."""

from datetime import date

from services.hierarchy.households import service as households
from services.hierarchy.visits import queries as q
from services.hierarchy.visits import rules, service
from services.hierarchy.visits.refusals import TooManyHouseholds
from services.hierarchy.visits.views import UnseenList, UnseenView
from shared.kernel.paths import after
from shared.kernel.periods import CHINA
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work

MOST = 20_000  # a large community; ranking them takes a fraction of a second


async def unseen(work: Work, code: str, tag: str | None, cursor: str | None, limit: int) -> UnseenList:
    """Who waits longest comes first. UnknownPlace, TooManyHouseholds."""
    path = (await service.whole_place(work, code))["path"]
    homes = await households.in_place(work, path, tag, MOST + 1)
    if len(homes) > MOST:
        raise TooManyHouseholds(most=MOST)
    known = {row["household_id"]: row for row in await work.all(q.LAST_SEEN, path=path, end=after(path), **q.MET)}
    found = []
    for home in homes:
        row = known.get(home["id"])
        last = row["seen_at"].astimezone(CHINA).date() if row and row["seen_at"] else None
        found.append(rules.Seen(home["id"], home["code"], last, row["next_on"] if row else None))
    key = decode(cursor, date, int, date, str)
    day = key[0] if key else work.today  # all pages are ranked as on the day of the first
    rest = [one for one in rules.unseen(found, day) if key is None or one.rank(day) > tuple(key[1:])]
    rows = rest[:limit]
    names = await service.place_names(work, (one.code for one in rows))
    return UnseenList(
        items=[
            UnseenView(household_id=one.household, place=one.code, place_name=names.get(one.code),
                       last_seen_on=one.last, next_on=one.next_on, overdue=one.overdue(work.today))
            for one in rows
        ],
        next=encode(day, *rows[-1].rank(day)) if len(rest) > limit else None,
        households=len(found),
        never=sum(one.last is None for one in found),
        overdue=sum(one.overdue(work.today) for one in found),
    )  # fmt: skip

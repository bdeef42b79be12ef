"""Use cases of calendar links: make one, end it, and read by it.

A link is `district-key.ics`, and the key the link's id with a keyed digest of it. Who has it sees when and where one
person is on duty: no name, no number, nobody else.
"""

import base64
import binascii
import hmac
import re
from datetime import datetime, timedelta
from uuid import UUID

from services.hierarchy.calendars import queries as q
from services.hierarchy.calendars.refusals import NoCalendarLink
from services.hierarchy.calendars.views import CalendarLink
from services.hierarchy.people import service as people
from services.hierarchy.rosters import service as rosters
from shared.kernel.errors import Conflict, NotFound
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.personal import own_id
from shared.runtime.privacy import Vault
from shared.runtime.work import Work

PATH = "/api/hierarchy/v1/calendars/"
BEFORE, AFTER = timedelta(days=31), timedelta(days=366)
_DIGEST = 16
_WRITTEN = re.compile(r"(\d{6})-([A-Za-z0-9_-]{43})")


def _digests(vault: Vault, district: str, link: UUID) -> list[bytes]:
    return [one[:_DIGEST] for one in vault.blind_indexes(str(link), purpose="calendar", district=district)]


def written(vault: Vault, district: str, link: UUID) -> str:
    """The last part of the address."""
    key = link.bytes + _digests(vault, district, link)[0]
    return f"{district}-{base64.urlsafe_b64encode(key).rstrip(b'=').decode()}"


def read(token: str) -> tuple[str, UUID, bytes]:
    """District, link and digest of an address. NotFound."""
    found = _WRITTEN.fullmatch(token)
    if found is None:
        raise NotFound
    try:
        key = base64.urlsafe_b64decode(found[2] + "=")
    except binascii.Error as error:
        raise NotFound from error
    return found[1], UUID(bytes=key[:16]), key[16:]


async def make(work: Work) -> UUID:
    """A new link; the one before is none any more. Forbidden for who is no person."""
    made = new_id()
    if await work.write(q.MAKE, Entry("calendar_link", "calendar_link.make"), id=made, person=own_id(work)) is None:
        raise Conflict
    return made


async def end(work: Work) -> None:
    """The link is none any more. NoCalendarLink, Forbidden."""
    if await work.write(q.END, Entry("calendar_link", "calendar_link.end"), person=own_id(work)) is None:
        raise NoCalendarLink


async def mine(work: Work, vault: Vault, base: str) -> CalendarLink:
    """One's own link, if there is one. Forbidden."""
    row = await work.one(q.BY_PERSON, person=own_id(work))
    if row is None:
        return CalendarLink(url=None, created_at=None)
    return CalendarLink(url=f"{base}{PATH}{written(vault, work.district, row['id'])}.ics", created_at=row["created_at"])


async def by_link(work: Work, vault: Vault, link: UUID, digest: bytes) -> list[Row]:
    """The shifts that a link shows. NotFound where it is none, or none any more."""
    row = await work.one(q.BY_ID, id=link)
    right = any(hmac.compare_digest(digest, one) for one in _digests(vault, work.district, link))
    if row is None or not right:
        raise NotFound
    person = await people.by_id(work, row["person_id"])
    if person is None or person["stopped_at"] or person["erased_at"]:
        raise NotFound
    return await rosters.standing(work, *_span(work), person=row["person_id"])


async def of_roster(work: Work, vault: Vault, roster: UUID) -> tuple[list[Row], dict[UUID, str]]:
    """The shifts of a roster, and who has them. NotFound, Forbidden."""
    await rosters.seen(work, roster)
    rows = await rosters.standing(work, *_span(work), roster=roster)
    return rows, await rosters.names_of(work, vault, {row["person_id"] for row in rows})


def _span(work: Work) -> tuple[datetime, datetime]:
    return work.now - BEFORE, work.now + AFTER


async def forget(work: Work, person: UUID) -> None:
    """A person's link goes with the person."""
    await work.all(q.FORGET, person=person)

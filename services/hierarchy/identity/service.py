"""Use cases of identity: signing in by password, and what a person may do today.

A token carries the grants of the moment it was made: those that follow from posts held that day, and the explicit
ones (operator, auditor, resident). Nothing here tells a caller whether a phone number is known.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from services.hierarchy.appointments import service as appointments
from services.hierarchy.grants import service as given
from services.hierarchy.identity import queries as q
from services.hierarchy.identity.refusals import Limited
from services.hierarchy.identity.rules import Lifetimes, Limits, outermost
from services.hierarchy.identity.views import GrantView, MeView, PersonView
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.settings import HierarchySettings
from shared.kernel.errors import Conflict, CredentialsWrong, NotFound, UnknownDistrict
from shared.kernel.rights import Grant, Principal, Role
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.passwords import Passwords
from shared.runtime.privacy import Vault, mask_phone
from shared.runtime.tokens import TokenSigner
from shared.runtime.work import Work


@dataclass(frozen=True)
class Identity:
    """What signing in works with."""

    signer: TokenSigner
    passwords: Passwords
    vault: Vault
    token_s: int
    attempts: int
    window: timedelta
    limits: Limits
    strong_roles: frozenset[Role]

    def lacks_second_factor(self, way: str, grants: Iterable[Grant]) -> bool:
        """Whether somebody who came in that way (`password`, `phone_code+totp`) has a role that needs more here."""
        return "+" not in way and any(grant.role in self.strong_roles for grant in grants)


@dataclass(frozen=True)
class SignedIn:
    """Who the password belongs to. `was` is the hash it matched."""

    person: UUID
    phone_index: str
    was: str
    now: str


def open_identity(settings: HierarchySettings, vault: Vault) -> Identity:
    """From the settings."""
    return Identity(
        signer=TokenSigner(settings.signing_key.get_secret_value()),
        passwords=Passwords(),
        vault=vault,
        token_s=settings.access_token_s,
        attempts=settings.sign_in_attempts,
        window=timedelta(seconds=settings.sign_in_window_s),
        limits=Limits(
            neighbours=_lifetimes(settings.session_s, settings.session_idle_s),
            staff=_lifetimes(settings.staff_session_s, settings.staff_session_idle_s),
            grace=timedelta(seconds=settings.refresh_grace_s),
            devices=settings.devices_per_person,
        ),
        strong_roles=settings.strong_roles,
    )


def _lifetimes(longest_s: int, idle_s: int) -> Lifetimes:
    return Lifetimes(timedelta(seconds=longest_s), timedelta(seconds=idle_s))


def stranger(district: str) -> Principal:
    """The actor of a sign-in until the password was right."""
    return Principal(district=district, id="anonymous", kind="anonymous")


async def attempt(work: Work, identity: Identity, index: str) -> None:
    """Counts a try to sign in by this number, whichever way, before anything is looked at. Limited."""
    counted = await work.one(q.ATTEMPT, phone_index=index, window_ends=work.now + identity.window)
    if counted is not None and counted["attempts"] > identity.attempts:
        seconds = (counted["window_ends"] - work.now).total_seconds()
        raise Limited(max(1, round(seconds)), first=counted["attempts"] == identity.attempts + 1)


async def forget_attempts(work: Work, index: str) -> None:
    """Clears the count after a sign-in that was right."""
    await work.one(q.FORGET, phone_index=index)


async def check_password(work: Work, identity: Identity, *, phone: str, password: str) -> SignedIn:
    """Who that is. UnknownDistrict, Limited, CredentialsWrong.

    A number that nobody has costs the same statements and the same hashing as one that somebody has.
    """
    if await places.district_name(work) is None:
        raise UnknownDistrict(district=work.district)
    index = people.phone_index(identity.vault, work.district, phone)
    await attempt(work, identity, index)
    found = await people.by_phone(work, identity.vault, phone)
    person = None if found is None else found["id"]
    row = await work.one(q.CREDENTIAL, id=person or new_id())
    stored = None if row is None else row["password_hash"]
    right = await identity.passwords.verify(stored, password)
    if not right or person is None or stored is None:
        await work.all(q.SWEEP)
        raise CredentialsWrong
    fresh = await identity.passwords.hash(password) if identity.passwords.needs_rehash(stored) else stored
    return SignedIn(person, index, was=stored, now=fresh)


async def confirm_password(work: Work, who: SignedIn) -> None:
    """Stores a renewed hash and clears the count of attempts, in the transaction that opens the session.

    CredentialsWrong if the password changed meanwhile: the row stays locked, so that a change that comes now finds
    the session and ends it.
    """
    await work.begin()
    await work.one(q.FORGET, phone_index=who.phone_index)
    if await work.one(q.CONFIRM, id=who.person, was=who.was, password_hash=who.now) is None:
        raise CredentialsWrong


async def grants_of(work: Work, person: UUID, on: date) -> list[Grant]:
    """What a person may do on a day: by posts and by explicit grants, at places that are there."""
    found = [*await appointments.grants(work, person, on), *await explicit(work, person, on)]
    there = await places.by_paths(work, {grant.place for grant in found})
    return outermost(grant for grant in found if grant.place in there)


async def me(work: Work, vault: Vault) -> MeView:
    """The caller, with the grants that the token carries. NotFound for callers that are no people."""
    try:
        person = UUID(work.actor.id)
    except ValueError:
        raise NotFound from None
    return MeView(
        district=work.district,
        person=await person_view(work, vault, person),
        grants=await grant_views(work, work.actor.grants),
    )


async def person_view(work: Work, vault: Vault, person: UUID) -> PersonView:
    """A person as they see themselves, the number masked. NotFound."""
    row = await people.by_id(work, person)
    if row is None:
        raise NotFound
    phone = mask_phone(people.phone_of(vault, work.district, row))
    return PersonView(id=row["id"], name=people.name_of(vault, work.district, row), phone=phone)


async def grant_views(work: Work, grants: list[Grant] | tuple[Grant, ...]) -> list[GrantView]:
    """Grants with the names of their places; those on places that are gone are left out."""
    found = await places.by_paths(work, {grant.place for grant in grants})
    return [
        GrantView(
            role=grant.role,
            place=found[grant.place]["code"],
            path=grant.place,
            place_name=found[grant.place]["full_name"],
        )
        for grant in grants
        if grant.place in found
    ]


# --- loading ---------------------------------------------------------------------------------------------------


async def passwords_of(work: Work) -> dict[UUID, str]:
    """The stored hashes of a district, by person."""
    return {row["id"]: row["password_hash"] for row in await work.all(q.WITH_CREDENTIALS)}


async def set_password(work: Work, person: UUID, password_hash: str, granted: dict[str, str] | None = None) -> None:
    """Gives a person a password, already hashed; `granted` is journaled with it."""
    entry = Entry("person", "set_password", data=granted or {})
    await work.write(q.SET_PASSWORD, entry, id=person, password_hash=password_hash)


async def change_password(work: Work, person: UUID, *, was: str, password_hash: str) -> None:
    """Replaces a password by another one. Conflict if it was replaced meanwhile."""
    entry = Entry("person", "password_changed")
    if await work.write(q.CHANGE_PASSWORD, entry, id=person, was=was, password_hash=password_hash) is None:
        raise Conflict


async def explicit(work: Work, person: UUID, on: date) -> list[Grant]:
    """The grants of a person that follow from no post."""
    return await given.on(work, person, on)


async def forget(work: Work, person: UUID) -> None:
    """Takes a person's password and explicit grants away, for good. Inside a transaction, whose reason is journaled."""
    await work.one(q.FORGET_PASSWORD, id=person)
    await given.forget(work, person)

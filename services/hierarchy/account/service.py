"""What people change about their own account: the password and the phone number. Both end all other sessions."""

from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.hierarchy.account.inputs import NewPassword, NewPhone
from services.hierarchy.identity import service as identities
from services.hierarchy.people import service as people
from services.hierarchy.sessions import ending
from services.hierarchy.sign_in import codes, second_factor, service
from services.hierarchy.sign_in.codes import Guess, Right
from services.hierarchy.sign_in.refusals import CodeWrong, NotConfirmed, PhoneTaken
from services.hierarchy.sign_in.rules import check_password
from services.hierarchy.sign_in.service import Ways
from shared.kernel.errors import CredentialsWrong
from shared.runtime.personal import own_id
from shared.runtime.work import Work


class Confirmed(NamedTuple):
    """The caller, who has shown the password again. `was` is its hash."""

    person: UUID
    phone: str
    name: str
    was: str


async def confirm_password(work: Work, ways: Ways, password: str) -> Confirmed:
    """The caller shows the password again: counted as a sign-in. Limited, NotConfirmed. Before any transaction."""
    row = await service.own_row(work)
    phone = people.phone_of(ways.vault, work.district, row)
    try:
        who = await identities.check_password(work, ways.identity, phone=phone, password=password)
    except CredentialsWrong as error:
        raise NotConfirmed from error
    await identities.forget_attempts(work, who.phone_index)
    return Confirmed(row["id"], phone, people.name_of(ways.vault, work.district, row), who.was)


async def change_password(work: Work, ways: Ways, given: NewPassword) -> None:
    """A new password for the caller. Limited, NotConfirmed, PasswordUnsuitable, Conflict."""
    who = await confirm_password(work, ways, given.present.get_secret_value())
    new = given.new.get_secret_value()
    check_password(new, phone=who.phone, name=who.name)
    hashed = await ways.identity.passwords.hash(new)
    await work.begin()
    await identities.change_password(work, who.person, was=who.was, password_hash=hashed)
    await _end_others(work, ways, who.person, "password_changed")


async def change_phone(work: Work, ways: Ways, given: NewPhone) -> None:
    """A new number for the caller, who shows that it is theirs and, by password or present number, who they are.

    Limited, CodeWrong (of the new number), NotConfirmed, PhoneTaken.
    """
    person = own_id(work)
    await service.attempt(work, ways, service.phone_bytes(ways, work.district, given.phone))
    present = await _present(work, ways, given)
    try:
        new = await codes.guess(
            work, ways, Guess(given.phone, given.request_id, "new_phone", given.code.get_secret_value())
        )
    except CodeWrong as error:
        raise NotConfirmed from error
    await work.begin()
    for right in (new, present):
        if right is not None:
            await codes.use(work, right)
    try:
        free = await people.set_phone(work, ways.vault, person, given.phone)
    except asyncpg.UniqueViolationError as error:  # somebody took it at this moment
        raise PhoneTaken from error
    if not free:
        raise PhoneTaken
    await identities.forget_attempts(work, new.phone_index)
    await _end_others(work, ways, person, "phone_changed")


async def _present(work: Work, ways: Ways, given: NewPhone) -> Right | None:
    """Who the caller is, shown again: by the password, or by a code to the present number."""
    if given.password is not None:
        await confirm_password(work, ways, given.password.get_secret_value())
        return None
    if given.present is None:
        raise NotConfirmed
    phone = people.phone_of(ways.vault, work.district, await service.own_row(work))
    await service.attempt(work, ways, service.phone_bytes(ways, work.district, phone))
    asked, code = given.present.request_id, given.present.code.get_secret_value()
    try:
        return await codes.guess(work, ways, Guess(phone, asked, "confirm_phone", code))
    except CodeWrong as error:
        raise NotConfirmed from error


async def reset_second_factor(work: Work, ways: Ways, person: UUID) -> None:
    """Forgets a person's second factor for them, and ends their sessions; nothing where there is none."""
    if await second_factor.remove(work, person, by="administrator"):
        await ending.end_all(work, ways.identity, person, why="second_factor_reset")


async def _end_others(work: Work, ways: Ways, person: UUID, why: str) -> None:
    session = work.actor.session
    await ending.end_all(work, ways.identity, person, why=why, keep=UUID(session) if session else None)

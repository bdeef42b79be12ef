"""The second factor: codes of an authenticator (TOTP, RFC 6238), and recovery codes for the day it is lost.

A time-step is taken once, by the row itself, so that a code read over somebody's shoulder is worth nothing. Whoever
must have one and has none gets a token for another audience: every route of every service refuses it except the two
that set the factor up. (An ordinary token without grants would not do: being somebody's reporter or the holder of a
case also opens doors.)
"""

import base64
import hmac
import secrets
from typing import NamedTuple
from uuid import UUID

import orjson
import pyotp

from services.hierarchy.identity import service as identities
from services.hierarchy.people import service as people
from services.hierarchy.sign_in import queries as q
from services.hierarchy.sign_in.refusals import (
    EnrolmentRequired,
    EnrolmentTokenInvalid,
    NotConfirmed,
    NothingPending,
    PasswordNeeded,
    SecondFactorRequired,
    SecondFactorWrong,
)
from services.hierarchy.sign_in.rules import steps_taken
from services.hierarchy.sign_in.service import ENROLMENT, Ways
from services.hierarchy.sign_in.views import SecondFactorSecret, SecondFactorView
from shared.kernel.errors import NotFound, TokenExpired, TokenInvalid
from shared.kernel.rights import Principal
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.personal import own_id
from shared.runtime.privacy import Vault, bound_to, mask_phone
from shared.runtime.work import Work

RECOVERY_CODES = 10
ENROLMENT_S = 600
_RECOVERY_BYTES = 10  # 80 bits, sixteen letters
_ISSUER = "Linli"


class _Made(NamedTuple):
    """A secret and its recovery codes, before they hold."""

    secret: str
    recovery: list[str]


class Given(NamedTuple):
    """What a sign-in brought besides its first factor."""

    totp: str | None
    recovery: str | None


# --- at sign-in --------------------------------------------------------------------------------------------------


async def way_in(work: Work, ways: Ways, person: UUID, way: str, given: Given) -> str:
    """The way with its second factor, in the transaction that opens the session.

    SecondFactorRequired, SecondFactorWrong; EnrolmentRequired or PasswordNeeded where one must be set up first.
    """
    factor = await work.one(q.FACTOR, id=person)
    if factor is not None and factor["secret"] is not None:
        return f"{way}+{await _use(work, ways, person, factor, given)}"
    grants = await identities.grants_of(work, person, work.today)
    if not ways.identity.lacks_second_factor(way, grants):
        return way
    if way != "password":
        raise PasswordNeeded
    token = ways.identity.signer.sign(
        user=str(person), district=work.district, session=str(new_id()), grants=[], seconds=ENROLMENT_S,
        audience=ENROLMENT,
    )  # fmt: skip
    raise EnrolmentRequired(enrolment_token=token, expires_in=ENROLMENT_S)


async def _use(work: Work, ways: Ways, person: UUID, factor: Row, given: Given) -> str:
    if given.totp is not None:
        secret = ways.vault.open(factor["secret"], bound_to=_bound(work.district, "secret", person))
        step = _step(secret, given.totp, work)
        if step is None or await work.one(q.USE_STEP, id=person, secret=factor["secret"], step=step) is None:
            raise SecondFactorWrong
        return "totp"
    if given.recovery is not None:
        for code_hash in _recovery_hashes(ways.vault, work.district, person, given.recovery):
            if await work.one(q.USE_RECOVERY, id=person, code_hash=code_hash) is not None:
                return "recovery"
        raise SecondFactorWrong
    raise SecondFactorRequired


def _step(secret: str, code: str, work: Work) -> int | None:
    """The time-step whose code this is, if it is one of those taken now."""
    totp, found = pyotp.TOTP(secret), None
    for step in steps_taken(work.now):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode("utf-8", "replace")):
            found = step
    return found


# --- setting it up -----------------------------------------------------------------------------------------------


def enrolling(ways: Ways, token: str) -> Principal:
    """Whom an enrolment token lets set up a second factor. EnrolmentTokenInvalid."""
    try:
        return ways.enrolment.verify(token)
    except (TokenInvalid, TokenExpired) as error:
        raise EnrolmentTokenInvalid from error


async def enrolment(work: Work) -> UUID:
    """The person of an enrolment token, as long as there is still no second factor. EnrolmentTokenInvalid."""
    person = own_id(work)
    factor = await work.one(q.FACTOR, id=person)
    if factor is not None and factor["secret"] is not None:
        raise EnrolmentTokenInvalid
    return person


async def show_again(work: Work, ways: Ways, given: Given) -> None:
    """Whoever has a second factor shows it before it is replaced or removed. SecondFactorRequired, NotConfirmed."""
    person = own_id(work)
    factor = await work.one(q.FACTOR, id=person)
    if factor is None or factor["secret"] is None:
        return
    try:
        await _use(work, ways, person, factor, given)
    except SecondFactorWrong as error:
        raise NotConfirmed from error


async def start(work: Work, ways: Ways, person: UUID) -> SecondFactorSecret:
    """Makes a secret and recovery codes that hold nothing until the first code confirms them."""
    await _own(work, person)  # NotFound before anything is made
    made = _Made(pyotp.random_base32(), [_spoken(secrets.token_bytes(_RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)])
    sealed = ways.vault.seal(orjson.dumps(made._asdict()).decode(), bound_to=_bound(work.district, "pending", person))
    await work.write(q.START, Entry("person", "second_factor_started"), id=person, pending=sealed)
    return await started(work, ways, person)


async def started(work: Work, ways: Ways, person: UUID) -> SecondFactorSecret:
    """What waits to be confirmed. NothingPending where that has happened: then it is shown to nobody again."""
    factor = await work.one(q.FACTOR, id=person)
    if factor is None or factor["pending"] is None:
        raise NothingPending
    made = _pending(ways.vault, work.district, person, factor)
    phone = people.phone_of(ways.vault, work.district, await _own(work, person))
    uri = pyotp.TOTP(made.secret).provisioning_uri(name=mask_phone(phone), issuer_name=_ISSUER)
    return SecondFactorSecret(secret=made.secret, uri=uri, recovery=made.recovery)


async def confirm(work: Work, ways: Ways, person: UUID, code: str) -> None:
    """The first code makes the pending secret the one that is asked for. NothingPending, NotConfirmed."""
    factor = await work.one(q.FACTOR, id=person)
    if factor is None or factor["pending"] is None:
        raise NothingPending
    made = _pending(ways.vault, work.district, person, factor)
    step = _step(made.secret, code, work)
    if step is None:
        raise NotConfirmed
    await work.begin()
    sealed = ways.vault.seal(made.secret, bound_to=_bound(work.district, "secret", person))
    entry = Entry("person", "second_factor_set")
    values = {"id": person, "pending": factor["pending"], "secret": sealed, "step": step}
    if await work.write(q.CONFIRM, entry, **values) is None:
        raise NothingPending
    hashes = [_recovery_hashes(ways.vault, work.district, person, one)[0] for one in made.recovery]
    await work.all(q.FORGET_RECOVERY, id=person)
    await work.all(q.PUT_RECOVERY, id=person, hashes=hashes)


async def remove(work: Work, person: UUID, *, by: str) -> bool:
    """Forgets a person's second factor and recovery codes; False where there was none."""
    await work.begin()
    await work.all(q.FORGET_RECOVERY, id=person)
    entry = Entry("person", "second_factor_removed", data={"by": by})
    return await work.write(q.FORGET_FACTOR, entry, id=person) is not None


async def standing(work: Work, ways: Ways) -> SecondFactorView:
    """Where the caller's second factor stands."""
    person = own_id(work)
    factor = await work.one(q.FACTOR, id=person)
    left = await work.one(q.RECOVERY_LEFT, id=person)
    return SecondFactorView(
        confirmed_at=None if factor is None else factor["confirmed_at"],
        recovery_left=0 if left is None else left["count"],
        required=ways.identity.lacks_second_factor("", work.actor.grants),
    )


async def _own(work: Work, person: UUID) -> Row:
    row = await people.by_id(work, person)
    if row is None or row["phone"] is None:
        raise NotFound
    return row


def _pending(vault: Vault, district: str, person: UUID, factor: Row) -> _Made:
    return _Made(**orjson.loads(vault.open(factor["pending"], bound_to=_bound(district, "pending", person))))


def _spoken(code: bytes) -> str:
    letters = base64.b32encode(code).decode()
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def _recovery_hashes(vault: Vault, district: str, person: UUID, code: str) -> list[bytes]:
    """Of a code however it was typed: today's keyed hash first."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return vault.blind_indexes(f"{person}|{plain}", purpose="recovery_code", district=district)


def _bound(district: str, column: str, person: UUID) -> str:
    return bound_to(district, "second_factors", column, person)

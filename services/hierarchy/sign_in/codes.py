"""Codes by text message: asked for, sent by a job, good once.

Whether anybody has a number must not show: the same statements run, the same answer leaves, and a job follows, which
then sends nothing. The code and the number lie in the job sealed; in the code's row there is only a keyed hash.
"""

import base64
import secrets
from typing import NamedTuple
from uuid import UUID

import orjson
import structlog
from prometheus_client import Counter, Gauge

from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.sign_in import due, service, sms
from services.hierarchy.sign_in import queries as q
from services.hierarchy.sign_in.refusals import CodesPaused, CodeWrong, NotSetUp
from services.hierarchy.sign_in.rules import (
    CODE_DIGITS,
    CODE_GUESSES,
    CODE_LIFE,
    PER_NUMBER,
    Purpose,
    per_hour,
)
from services.hierarchy.sign_in.service import Counted, Ways
from services.hierarchy.sign_in.views import CodeAsked
from shared.kernel.errors import LinliError
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault, bound_to, mask_phone
from shared.runtime.work import Work

log = structlog.get_logger()
PAUSED = Counter("linli_sms_breaker_opened_total", "How often a day's text messages were used up.", ["district"])
SPENT = Gauge("linli_sms_today", "Text messages granted today, as this process last saw it.", ["district"])
_HOUSEHOLD = "household"
_MINUTES = int(CODE_LIFE.total_seconds() // 60)


class Wanted(NamedTuple):
    """Who asks for a code to which number, and from where."""

    phone: str
    purpose: Purpose
    device: str | None
    address: str | None


class Asked(NamedTuple):
    """The answer, or the refusal that follows the commit: what was counted stays counted."""

    view: CodeAsked | None
    refused: LinliError | None

    def answer(self) -> CodeAsked:
        """The view, or raises the refusal."""
        if self.refused is not None:
            raise self.refused
        assert self.view is not None  # noqa: S101 - one of the two
        return self.view


async def ask(work: Work, ways: Ways, wanted: Wanted) -> Asked:
    """Makes a code for the number and has it sent. NotSetUp, UnknownDistrict; Limited and CodesPaused in the result."""
    if not (ways.settings.sms_url or ways.settings.env == "dev"):
        raise NotSetUp(what_zh="短信验证码", what_en="Codes by text message")
    await work.begin()
    await service.require_district(work)
    index = service.phone_bytes(ways, work.district, wanted.phone).hex()
    person = await people.by_phone(work, ways.vault, wanted.phone)
    counted = await service.count(
        work,
        [
            service.of_address(ways, work.district, wanted.address, "code", per_hour(ways.settings.codes_per_address)),
            Counted(f"number:{index}", PER_NUMBER),
            Counted(
                await _household(work, ways, person, index), per_hour(ways.settings.codes_per_household), quiet=True
            ),
        ],
    )
    if counted.refused is not None:
        return Asked(None, counted.refused)
    send = (person is not None or wanted.purpose == "new_phone") and not counted.quietly
    if not await _spend(work, ways, n=int(send)):
        return Asked(None, CodesPaused(retry_after=service.until_midnight(work)))
    return Asked(await _make(work, ways, wanted, index, send=send), None)


async def _household(work: Work, ways: Ways, person: Row | None, index: str) -> str:
    """Where the number's owner lives, if that is a household; else the number stands for itself."""
    path = "" if person is None else person["path"] or ""
    found = await places.by_paths(work, [path])
    home = path if path in found and found[path]["kind"] == _HOUSEHOLD else index
    return f"{_HOUSEHOLD}:{ways.vault.blind_index(home, purpose=_HOUSEHOLD, district=work.district).hex()}"


async def _spend(work: Work, ways: Ways, *, n: int) -> bool:
    """Counts the message against the day's. The one that reaches the end opens the breaker, for everybody to see."""
    most = ways.settings.sms_per_day
    row = await work.one(q.SPEND, day=work.today, n=n, most=most)
    SPENT.labels(work.district).set(most if row is None else row["sent"])
    if row is not None and n and row["sent"] == most:
        PAUSED.labels(work.district).inc()
        log.error("text messages are used up for today: codes pause", district=work.district, most=most)
        await work.record(Entry("district", "sms_breaker_opened", data={"most": most}), UUID(int=int(work.district)))
    return row is not None


async def _make(work: Work, ways: Ways, wanted: Wanted, index: str, *, send: bool) -> CodeAsked:
    request_id = new_id()
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    letter = orjson.dumps({"phone": wanted.phone, "code": code, "send": int(send)}).decode()
    sealed = ways.vault.seal(letter, bound_to=_bound(work.district, request_id))
    entry = Entry("sign_in", "code_asked", data={"index": index, "purpose": wanted.purpose})
    await work.write(
        q.ASK,
        entry,
        [due.SEND_CODE.of(request_id=str(request_id), sealed=base64.b64encode(sealed).decode())],
        phone_index=index,
        id=request_id,
        with_device=wanted.device is not None,
        code_hash=_hash(ways.vault, work.district, request_id, wanted.purpose, wanted.device, code),
        expires_at=work.now + CODE_LIFE,
    )
    again = PER_NUMBER[0].within
    return CodeAsked(
        request_id=request_id, expires_in=int(CODE_LIFE.total_seconds()), again_in=int(again.total_seconds())
    )


# --- using one ---------------------------------------------------------------------------------------------------


class Guess(NamedTuple):
    """A code as somebody sent it back."""

    phone: str
    request_id: UUID
    purpose: Purpose
    code: str
    device: str | None = None


class Right(NamedTuple):
    """A guess that was right, to be used up in the transaction of what it is for."""

    phone_index: str
    request_id: UUID
    code_hash: bytes


async def guess(work: Work, ways: Ways, given: Guess) -> Right:
    """Counts the guess, then looks. CodeWrong for everything that is not this number's live code for this purpose.

    Before any transaction: what was counted stays counted.
    """
    index = service.phone_bytes(ways, work.district, given.phone).hex()
    row = await work.one(q.GUESS, phone_index=index, request_id=given.request_id, most=CODE_GUESSES)
    stored, bound = (b"", False) if row is None else (row["code_hash"], row["with_device"])
    device = given.device if bound else None
    value = _hashed(given.request_id, given.purpose, device, given.code)
    if service.matching(ways, [stored], value, purpose="sign_in_code", district=work.district) is None:
        raise CodeWrong
    return Right(index, given.request_id, stored)


async def use(work: Work, right: Right) -> None:
    """Uses the code up, inside the transaction of what it is for. CodeWrong if somebody was faster."""
    if await work.one(q.USE, **right._asdict()) is None:
        raise CodeWrong


def _hash(vault: Vault, district: str, request_id: UUID, purpose: Purpose, device: str | None, code: str) -> bytes:
    return vault.blind_index(_hashed(request_id, purpose, device, code), purpose="sign_in_code", district=district)


def _hashed(request_id: UUID, purpose: Purpose, device: str | None, code: str) -> str:
    return f"{request_id}|{purpose}|{code}|{device or ''}"


def _bound(district: str, request_id: UUID) -> str:
    return bound_to(district, "jobs", "sealed", request_id)


# --- sending it --------------------------------------------------------------------------------------------------


async def send(ways: Ways, district: str, request_id: UUID, sealed: str) -> str:
    """Sends what a job holds; what became of it. `sms.NotTaken` and `sms.Rejected` go through."""
    letter = orjson.loads(ways.vault.open(base64.b64decode(sealed), bound_to=_bound(district, request_id)))
    if not letter["send"]:
        return "withheld"
    phone, code = letter["phone"], letter["code"]
    if ways.settings.sms_url:
        await sms.send(ways.settings, message_id=str(request_id), phone=phone, code=code, minutes=_MINUTES)
        return "sent"
    # Only in dev is a code made without a provider (`ask`).
    log.warning("sign-in code (dev only 仅限开发环境)", to=mask_phone(phone), code=code, request=str(request_id))
    return "shown"


async def sent(work: Work, request_id: UUID, outcome: str) -> None:
    """Journals what became of it, and throws a few things away that are over."""
    await work.record(Entry("sign_in", "code_sent", data={"outcome": outcome}), request_id)
    for sweep in q.SWEEPS:
        await work.all(sweep)

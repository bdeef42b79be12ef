"""Who may ask how often: the table of the sensitive routes, and the general limit for everything else.

* Everything is counted in this process, per person (or partner system), and per client address where nobody is signed
  in. That costs a request nothing to speak of, so it holds on the hot paths too; two processes allow twice as much.
* What is guessed, costly or personal is in `SENSITIVE` and counted over Valkey, for all processes together.
* Other services are not limited, and a hotline's signed webhook has a limit of its own: work that is already accepted
  elsewhere must come in. Its unsigned imitations count for their address.

Every limit is multiplied by `LINLI_RATE_FACTOR`; 0 turns them off.
"""

import ipaddress
from typing import Literal, NamedTuple

from fastapi import Request

from shared.kernel.rights import Principal
from shared.runtime.rates import Limit
from shared.runtime.service import Service


class Rule(NamedTuple):
    """A sensitive route's own limit: so many a minute, per client address or per caller, and why."""

    a_minute: int
    per: Literal["address", "caller"]
    why: str


# By operation id. An address may be that of a whole estate behind one carrier, so those numbers are not small.
_GUESSED = "secrets are guessed here, and checking one is costly"
_SMS = "a message costs money, and wakes somebody up"
_PERSONAL = "personal data leaves here"
_HEAVY = "one request is the work of many"
SENSITIVE: dict[str, Rule] = {
    "session_create": Rule(60, "address", _GUESSED),
    "session_create_by_code": Rule(60, "address", _GUESSED),
    "session_create_by_wechat": Rule(60, "address", "each asks WeChat"),
    "client_sign_in": Rule(60, "address", _GUESSED),
    "session_refresh": Rule(300, "address", _GUESSED),
    "enrolment_begin": Rule(30, "address", _GUESSED),
    "enrolment_confirm": Rule(30, "address", _GUESSED),
    "second_factor_begin": Rule(10, "caller", _GUESSED),
    "second_factor_confirm": Rule(10, "caller", _GUESSED),
    "password_change": Rule(10, "caller", _GUESSED),
    "phone_change": Rule(10, "caller", _GUESSED),
    "wechat_bind": Rule(10, "caller", "each asks WeChat"),
    "sign_in_ask_code": Rule(20, "address", _SMS),
    "phone_ask_code": Rule(5, "caller", _SMS),
    "person_search": Rule(60, "caller", _PERSONAL),
    "person_reveal": Rule(30, "caller", _PERSONAL),
    "contact_reveal": Rule(30, "caller", _PERSONAL),
    "loan_reveal": Rule(30, "caller", _PERSONAL),
    "candidacy_begin": Rule(30, "caller", "whose number it is could be guessed here"),
    "me_data_access": Rule(30, "caller", _HEAVY),
    "me_data": Rule(10, "caller", _HEAVY),
    "person_data": Rule(10, "caller", _PERSONAL),
    "journal_search": Rule(120, "caller", _HEAVY),
    "journal_export": Rule(10, "caller", _HEAVY),
    "place_export": Rule(10, "caller", _HEAVY),
    "place_search": Rule(120, "caller", "over a whole district it reads every place that is nobody's home"),
    "export_make": Rule(10, "caller", _HEAVY),
    "contact_sheet_public": Rule(120, "address", "numbers of a whole district are not to be copied off it"),
    "calendar_feed": Rule(120, "address", _GUESSED),
    "contact_sheet_print_all": Rule(20, "caller", _HEAVY),
    "structure_upload": Rule(10, "caller", _HEAVY),
    "attachment_upload": Rule(60, "caller", _HEAVY),
}
# Named as if they were sensitive, and why they are not.
NOT_SENSITIVE: dict[str, str] = {
    "session_list": "a person's own devices",
    "session_end": "ending is harmless",
    "session_end_all": "ending is harmless",
    "session_sign_out": "ending is harmless",
    "session_revoke": "for services alone",
}
# Doors that count by themselves, once they know who is calling.
OWN_LIMIT = {"hotline_event"}

HOTLINE = Limit("hotline", 1200)
_PARTNER_FACTOR = 10
_RULE = "linli.rule"


async def admit(request: Request, service: Service, operation: str) -> None:
    """What can be said before it is known who is calling. TooManyRequests (429)."""
    rule = SENSITIVE.get(operation)
    if rule is None:
        if operation not in OWN_LIMIT and "authorization" not in request.headers:
            count_stranger(request, service)
    elif rule.per == "address":
        await service.rates.spend(Limit(operation, rule.a_minute), address(request))
    else:
        request.scope[_RULE] = Limit(operation, rule.a_minute)


async def admit_caller(request: Request, service: Service, caller: Principal) -> None:
    """Counts a request of somebody who is known now. TooManyRequests (429)."""
    if caller.kind == "service":
        return
    who = f"{caller.district}/{caller.id}"
    a_minute = service.settings.rate_person * (1 if caller.kind == "user" else _PARTNER_FACTOR)
    service.rates.count(Limit("caller", a_minute), who)
    rule: Limit | None = request.scope.get(_RULE)
    if rule is not None:
        await service.rates.spend(rule, who)


def count_stranger(request: Request, service: Service) -> None:
    """Counts a request of nobody in particular: without a token, or with one (or a signature) that does not hold."""
    service.rates.count(Limit("address", service.settings.rate_address), address(request))


def address(request: Request) -> str:
    """Where the request comes from. Of IPv6 the network: who has one address there has 2^64."""
    host = request.client.host if request.client else ""
    if ":" not in host:
        return host
    try:
        return str(ipaddress.ip_network((host.partition("%")[0], 64), strict=False))
    except ValueError:
        return host

"""Examples of the ways of signing in and of what people change about them; see `writes.py`."""

import base64
from typing import Any

import orjson
import pyotp

from services.hierarchy.sign_in.service import ENROLMENT, Ways
from shared.kernel.rights import Role
from shared.runtime.ids import new_id
from shared.runtime.privacy import bound_to
from tests.architecture.writes import Example, Scene, Try
from tests.hierarchy.small import PASSWORD, PHONE, load_small, with_password
from tests.support.contractors import Contractor
from tests.support.world import Somebody, somebody

NEW = "10077778888"
# Takes a code twice, so that a request which failed can be sent again.
WEIXIN = Contractor(once=False)  # runs beside the services, see `test_every_write.services`


async def _head(scene: Scene) -> Somebody:
    """The small district's head, whose password and phone number these are."""
    await load_small(scene.service, scene.district)
    person = await with_password(scene.service, scene.district)
    return somebody(scene.district, Role.BUILDING_HEAD, "0001", id=person)


def _public(scene: Scene, path: str, body: dict[str, Any]) -> Try:
    made = scene.ask(scene.resident, path, {"district": scene.district} | body)
    made.headers = {"content-type": "application/json"}
    return made


async def _code(scene: Scene, path: str, body: dict[str, Any], who: Somebody | None = None) -> dict[str, str]:
    """The code as its job holds it, sealed; nothing is sent."""
    asked = await scene.send(_public(scene, path, body) if who is None else scene.ask(who, path, body))
    assert asked.status_code == 202, asked.text
    request_id: str = asked.json()["request_id"]
    sql = "DELETE FROM hierarchy.jobs WHERE district = $1 AND args ->> 'request_id' = $2 RETURNING args ->> 'sealed'"
    sealed = await scene.owner.fetchval(sql, scene.district, request_id)
    bound = bound_to(scene.district, "jobs", "sealed", request_id)
    letter = orjson.loads(scene.service.vault.open(base64.b64decode(sealed), bound_to=bound))
    return {"request_id": request_id, "code": letter["code"]}


async def _ask(scene: Scene) -> Try:
    await _head(scene)
    return _public(scene, "/sign-in/codes", {"phone": PHONE})


async def _by_code(scene: Scene) -> Try:
    await _head(scene)
    return _public(
        scene, "/sessions/by-code", {"phone": PHONE} | await _code(scene, "/sign-in/codes", {"phone": PHONE})
    )


async def _bound(scene: Scene) -> tuple[Somebody, dict[str, str]]:
    head, code = await _head(scene), {"code": WEIXIN.code_for(f"o{new_id().hex}")}
    await scene.done(head, "/me/wechat", code)
    return head, code


async def _by_wechat(scene: Scene) -> Try:
    _, code = await _bound(scene)
    return _public(scene, "/sessions/by-wechat", code)


async def _bind(scene: Scene) -> Try:
    return scene.ask(await _head(scene), "/me/wechat", {"code": WEIXIN.code_for(f"o{new_id().hex}")})


async def _unbind(scene: Scene) -> Try:
    head, _ = await _bound(scene)
    return scene.ask(head, "/me/wechat", {}, "DELETE")


async def _enrolment(scene: Scene) -> dict[str, str]:
    head = await _head(scene)
    ways: Ways = scene.service.extras["sign_in"]
    token = ways.identity.signer.sign(
        user=str(head.id), district=scene.district, session=str(new_id()), grants=[], audience=ENROLMENT
    )
    return {"enrolment_token": token}


def _shown(made: dict[str, Any]) -> dict[str, str]:
    return {"code": pyotp.TOTP(made["secret"]).now()}


def _bare(scene: Scene, path: str, body: dict[str, Any]) -> Try:
    made = scene.ask(scene.resident, path, body)
    made.headers = {"content-type": "application/json"}
    return made


async def _begin_enrolment(scene: Scene) -> Try:
    return _bare(scene, "/sign-in/totp", await _enrolment(scene))


async def _confirm_enrolment(scene: Scene) -> Try:
    token = await _enrolment(scene)
    begun = await scene.send(_bare(scene, "/sign-in/totp", token))
    return _bare(scene, "/sign-in/totp/confirm", token | _shown(begun.json()))


async def _begin(scene: Scene) -> Try:
    return scene.ask(await _head(scene), "/me/totp", {"password": PASSWORD})


async def _confirm(scene: Scene) -> Try:
    head = await _head(scene)
    return scene.ask(head, "/me/totp/confirm", _shown(await scene.done(head, "/me/totp", {"password": PASSWORD})))


async def _reset(scene: Scene) -> Try:
    confirm = await _confirm(scene)
    assert (await scene.send(confirm)).is_success
    head = await _head(scene)
    return scene.ask(somebody(scene.district, Role.SECURITY_ADMIN), f"/people/{head.id}/totp", {}, "DELETE")


async def _password(scene: Scene) -> Try:
    body = {"present": PASSWORD, "new": "another long sentence"}
    return scene.ask(await _head(scene), "/me/password", body)


async def _phone_code(scene: Scene) -> Try:
    return scene.ask(await _head(scene), "/me/phone/codes", {"phone": NEW})


async def _phone(scene: Scene) -> Try:
    head = await _head(scene)
    code = await _code(scene, "/me/phone/codes", {"phone": NEW}, head)
    return scene.ask(head, "/me/phone", {"phone": NEW, "password": PASSWORD} | code)


WAYS: dict[str, Example] = {
    "sign_in_ask_code": _ask,
    "session_create_by_code": _by_code,
    "session_create_by_wechat": _by_wechat,
    "enrolment_begin": _begin_enrolment,
    "enrolment_confirm": _confirm_enrolment,
    "wechat_unbind": _unbind,
    "second_factor_reset": _reset,
    "phone_ask_code": _phone_code,
}
OWN: dict[str, Example] = {
    "second_factor_begin": _begin,
    "second_factor_confirm": _confirm,
    "wechat_bind": _bind,
    "password_change": _password,
    "phone_change": _phone,
}
SIGN_IN = {("hierarchy", name): example for name, example in (WAYS | OWN).items()}
KEYLESS = {("hierarchy", name) for name in WAYS}
# With the other sessions' end, or with the session that opens.
EFFECTS = {
    ("hierarchy", name): 2 for name in ("password_change", "phone_change", "second_factor_reset", "enrolment_confirm")
}

"""Tells refusals from other errors, and has them noted (`shared.runtime.refusals`)."""

import re
from uuid import UUID

from fastapi import Request

from shared.kernel.errors import LinliError
from shared.kernel.rights import Principal
from shared.runtime.flags import acting
from shared.runtime.refusals import REFUSED, Refusals, refusal

CALLER = "linli.caller"  # in the scope: whose token held
_STATUSES = {401, 403}
# What only tells an honest client what comes next.
_NO_REFUSAL = {
    "unauthenticated", "token_expired", "second_factor_required", "second_factor_enrolment_required", "wechat_unbound"
}  # fmt: skip
_OWN_ID = re.compile(r"[0-9a-f]{32}")  # one that a client chose could hold anything


def note(request: Request, error: LinliError) -> None:
    """Notes who was refused what. Costs microseconds and never fails."""
    if error.status not in _STATUSES or error.code in _NO_REFUSAL:
        return
    REFUSED.labels(request.app.state.service.name, error.code).inc()
    caller: Principal | None = request.scope.get(CALLER)
    actor = caller or acting.get()
    refusals: Refusals | None = getattr(request.app.state, "refusals", None)
    if actor is None or refusals is None:  # nobody knows whose district this would be
        return
    route, host = request.scope.get("route"), request.client.host if request.client else ""
    request_id = str(request.scope.get("linli.request_id", ""))
    refusals.note(
        refusal(
            actor, error, vouched=caller is not None, route=getattr(route, "name", ""), case=_case(request), host=host
        ),
        request_id if _OWN_ID.fullmatch(request_id) else None,
    )


def _case(request: Request) -> str | None:
    """The id in the address, if there is one."""
    for value in request.path_params.values():
        try:
            return str(UUID(str(value)))
        except ValueError:
            continue
    return None

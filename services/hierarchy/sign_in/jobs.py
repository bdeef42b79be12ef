"""The queue door of signing in: text messages, sent outside any transaction."""

from datetime import timedelta
from uuid import UUID

from services.hierarchy.schema import JOBS
from services.hierarchy.sign_in import codes, due, sms
from services.hierarchy.sign_in.rules import CODE_LIFE
from services.hierarchy.sign_in.service import Ways
from shared.runtime.jobs import Later, Permanent, Run
from shared.runtime.privacy import CannotOpen


@JOBS.handles(due.SEND_CODE)
async def send(run: Run, request_id: str, sealed: str) -> None:
    """Hands the code to the provider under the request's id, so that a repetition sends no second message."""
    ways: Ways = run.service.extras["sign_in"]
    about = UUID(request_id)
    try:
        outcome = await _outcome(run, ways, about, sealed)
    except sms.Rejected as error:
        raise Permanent(str(error)) from error
    except CannotOpen as error:
        raise Permanent("the message cannot be opened") from error
    except sms.NotTaken as error:
        raise Later(str(error)) from error
    async with run.work() as work:
        await codes.sent(work, about, outcome)


async def _outcome(run: Run, ways: Ways, about: UUID, sealed: str) -> str:
    age: timedelta = run.service.db.now() - run.created_at
    return "too_late" if age > CODE_LIFE else await codes.send(ways, run.district, about, sealed)

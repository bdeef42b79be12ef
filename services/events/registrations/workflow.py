"""The way of one person through one activity (报名 to 签退) as one table.

A registration begins as `registered`, `waitlisted` or `walk_in`: the first two by the seats that are left at that
moment, the third at the door. Facts: `begun`, the activity has started; `door_open`, people are coming in.
"""

from services.events.registrations.inputs import Scan
from shared.kernel.workflow import Parties, Step, Workflow, to


class Party(Parties):
    """Who stands how to this registration: the person, who keeps the list at the place, who runs it, our own jobs."""

    VOLUNTEER = "volunteer", "报名人"
    RECORDER = "recorder", "现场登记人员"
    STAFF = "staff", "活动管理人员"
    CLOCK = "clock", "系统"


VOLUNTEER, RECORDER, STAFF, CLOCK = Party.VOLUNTEER, Party.RECORDER, Party.STAFF, Party.CLOCK
_THERE = (VOLUNTEER, RECORDER, STAFF)
_LIST = (RECORDER, STAFF)

_confirm = to("confirmed", "确认参加", by=VOLUNTEER, unless="begun")
_check_in = to("checked_in", "签到", needs=Scan, by=_THERE, when="door_open")
_check_in_after_all = to("checked_in", "签到", needs=Scan, by=_LIST, when="door_open")
_check_out = to("checked_out", "签退", needs=Scan, by=_THERE)
_absent = to("no_show", "未到", by=_LIST, when="begun")
_cancel = to("cancelled", "取消报名", by=(VOLUNTEER, STAFF), unless="begun")
_call_off = to("cancelled", "活动取消", by=CLOCK)

REGISTRATION = Workflow("registration", "报名",
    registered=Step("已报名", VOLUNTEER,
        confirm=_confirm, check_in=_check_in, mark_absent=_absent, cancel=_cancel, call_off=_call_off),
    waitlisted=Step("候补中", CLOCK,
        promote=to("registered", "候补转正"), cancel=_cancel, call_off=_call_off),
    confirmed=Step("已确认", VOLUNTEER,
        check_in=_check_in, mark_absent=_absent, cancel=_cancel, call_off=_call_off),
    walk_in=Step("现场参加", VOLUNTEER, check_out=_check_out),
    checked_in=Step("已签到", VOLUNTEER, check_out=_check_out),
    checked_out=Step("已签退"),
    no_show=Step("未到", RECORDER, STAFF, check_in=_check_in_after_all),
    cancelled=Step("已取消"),
)  # fmt: skip

WAITING = "waitlisted"
SEATED = frozenset(REGISTRATION.steps) - {WAITING, "cancelled"}
# Scans are made through the slice of attendance, promotion and release by jobs alone.
SCANS = ("check_in", "check_out")
OWN_MOVES = ("confirm", "mark_absent", "cancel")

"""The lives of a roster and of one shift, as tables.

Fact of a roster: `place_there`, the place is not closed. Facts of a shift: `open`, one may report for it (from half an
hour before until it ends); `begun`, it has begun.
"""

from services.hierarchy.rosters.inputs import NewHolder, RosterEdit
from shared.kernel.workflow import Because, Parties, Step, Workflow, stay, to


class Party(Parties):
    """Who plans, and who stands there."""

    STAFF = "staff", "排班人员"
    HOLDER = "holder", "值班人"


STAFF, HOLDER = Party.STAFF, Party.HOLDER

ROSTER = Workflow("roster", "值班表",
    active=Step("使用中", STAFF,
        edit=stay("修改", needs=RosterEdit), end=to("ended", "停用", needs=Because)),
    ended=Step("已停用", STAFF, resume=to("active", "恢复", needs=Because, when="place_there")),
)  # fmt: skip

_reassign = stay("换人", needs=NewHolder, unless="begun")
SHIFT = Workflow("shift", "班次",
    draft=Step("草稿", STAFF,
        publish=to("published", "公布"), reassign=_reassign,
        cancel=to("cancelled", "取消", needs=Because)),
    published=Step("已公布", HOLDER, STAFF,
        check_in=to("on_duty", "到岗", when="open"),
        reassign=stay("换人", needs=NewHolder, by=STAFF, unless="begun"),
        cancel=to("cancelled", "取消", needs=Because, by=STAFF, unless="begun"),
        mark_missed=to("missed", "缺岗", needs=Because, by=STAFF, when="begun")),
    on_duty=Step("在岗", HOLDER, STAFF, check_out=to("done", "离岗")),
    done=Step("已完成"), cancelled=Step("已取消"), missed=Step("缺岗"),
)  # fmt: skip
COUNTS = ("draft", "published", "on_duty", "done")  # somebody's time is taken
STANDS = ("published", "on_duty")  # somebody is to be there
HANGS = ("draft", "published")  # still waits for somebody
GOING_ON = ("draft", "published", "on_duty")  # it is not over
# A roster is published as a whole, for days.
OWN_MOVES = tuple(name for name in SHIFT.moves() if name != "publish")

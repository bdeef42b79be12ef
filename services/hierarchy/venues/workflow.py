"""The life of a venue as one table. What is given up keeps its rows: visits, bookings and loans go on counting.

Fact: `place_there`, the place is not closed, and of a room, its venue is not given up.
"""

from services.hierarchy.venues.inputs import VenueEdit
from shared.kernel.workflow import Because, Parties, Step, Workflow, stay, to


class Party(Parties):
    """Those who run it."""

    STAFF = "staff", "阵地管理人员"


VENUE = Workflow("venue", "阵地",
    open=Step("使用中", Party.STAFF,
        edit=stay("修改", needs=VenueEdit), close=to("closed", "停用", needs=Because)),
    closed=Step("已停用", Party.STAFF,
        reopen=to("open", "恢复使用", needs=Because, when="place_there")),
)  # fmt: skip

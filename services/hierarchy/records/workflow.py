"""The life of a record (履职记录) as one table: open, and some day closed; or taken back as a mistake.

Facts: `given_back`, it is something that can be given back or come to an end; `mentoring`, it is a pair.
"""

from services.hierarchy.records.inputs import Logged, RecordClosing
from shared.kernel.workflow import Parties, Step, Workflow, stay, to


class Party(Parties):
    """Whoever keeps the records of the place; of a mentoring also who teaches and who learns (师徒)."""

    KEEPER = "keeper", "台账管理人员"
    PAIR = "pair", "师徒双方"


RECORD = Workflow("record", "履职记录",
    open=Step("有效", Party.KEEPER,
        log=stay("跟岗记录", needs=Logged, by=(Party.KEEPER, Party.PAIR), when="mentoring"),
        close=to("closed", "归还或结束", needs=RecordClosing, when="given_back"),
        strike=to("struck", "更正作废", needs=RecordClosing)),
    closed=Step("已归还或结束"), struck=Step("已作废"),
)  # fmt: skip

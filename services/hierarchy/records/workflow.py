"""The life of a record (履职记录) as one table: open, and some day closed; or taken back as a mistake.

Facts: `given_back`, it is something that can be given back or come to an end.
"""

from enum import StrEnum

from services.hierarchy.records.inputs import Closing
from shared.kernel.workflow import Step, Workflow, to


class Party(StrEnum):
    """Whoever keeps the records of the place."""

    KEEPER = "keeper"


RECORD = Workflow("record", "履职记录",
    open=Step("有效", Party.KEEPER,
        close=to("closed", "归还或结束", needs=Closing, when="given_back"),
        strike=to("struck", "更正作废", needs=Closing)),
    closed=Step("已归还或结束"), struck=Step("已作废"),
)  # fmt: skip

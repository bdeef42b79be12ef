"""The life of an import as one table: read and checked by a job, confirmed by a person, applied by jobs."""

from shared.kernel.workflow import Parties, Step, Workflow, stay, to


class Party(Parties):
    """导入人 (or whoever runs imports there), and our own jobs."""

    IMPORTER = "importer", "导入人"
    CLOCK = "clock", "系统"


IMPORTER, CLOCK = Party.IMPORTER, Party.CLOCK
IMPORT = Workflow("import", "导入",
    received=Step("已接收", IMPORTER,
        cancel=to("cancelled", "取消"), resume=stay("继续", when="stalled"),
        check=to("checked", "检查", by=CLOCK), refuse=to("refused", "拒收", by=CLOCK),
        expire=to("cancelled", "过期", by=CLOCK, when="stalled")),
    checked=Step("待确认", IMPORTER,
        confirm=to("applying", "确认", when="importable"), cancel=to("cancelled", "取消"),
        expire=to("cancelled", "过期", by=CLOCK)),
    applying=Step("导入中", CLOCK,
        resume=stay("继续", by=IMPORTER, when="stalled"), cancel=to("cancelled", "取消", by=IMPORTER, when="stalled"),
        advance=stay("推进"), finish=to("applied", "完成"), fail=to("failed", "失败"),
        expire=to("cancelled", "过期", when="stalled")),
    applied=Step("已导入"), failed=Step("未导入"), refused=Step("已拒收"), cancelled=Step("已取消"),
)  # fmt: skip
OWN_MOVES = ("confirm", "resume", "cancel")
WORKING = ("received", "applying")  # a job is at it


def facts(row: dict[str, object], *, stalled: bool = False) -> frozenset[str]:
    """`importable`: there are good rows, and none that is wrong where everything or nothing is wanted. `stalled`: its
    job was given up.
    """
    whole = row["mode"] != "all_or_nothing" or row["wrong"] == 0
    known = {"importable": whole and row["valid"], "stalled": stalled}
    return frozenset(name for name, holds in known.items() if holds)

"""The life of an import as one table: read and checked by a job, confirmed by a person, applied by jobs."""

from shared.kernel.workflow import Parties, Step, Workflow, stay, to


class Party(Parties):
    """导入人 (or whoever runs imports there), and our own jobs."""

    IMPORTER = "importer", "导入人"
    CLOCK = "clock", "系统"


IMPORTER, CLOCK = Party.IMPORTER, Party.CLOCK
IMPORT = Workflow("import", "导入",
    received=Step("已接收", IMPORTER,
        cancel=to("cancelled", "取消"), check=to("checked", "检查", by=CLOCK),
        refuse=to("refused", "拒收", by=CLOCK)),
    checked=Step("待确认", IMPORTER,
        confirm=to("applying", "确认", when="importable"), cancel=to("cancelled", "取消"),
        expire=to("cancelled", "过期", by=CLOCK)),
    applying=Step("导入中", CLOCK,
        advance=stay("推进"), finish=to("applied", "完成"), fail=to("failed", "失败")),
    applied=Step("已导入"), failed=Step("未导入"), refused=Step("已拒收"), cancelled=Step("已取消"),
)  # fmt: skip
OWN_MOVES = ("confirm", "cancel")


def facts(row: dict[str, object]) -> frozenset[str]:
    """`importable`: there are good rows, and none that is wrong where everything or nothing is wanted."""
    whole = row["mode"] != "all_or_nothing" or row["wrong"] == 0
    return frozenset({"importable"} if whole and row["valid"] else ())

"""What keeps a place from being closed, in words. Pure."""

from collections.abc import Mapping

from shared.kernel.spans import Words

# What somebody holds there, waits for, or owes; in this order it is best settled.
_WORDS = {
    "appointments": Words("任职 {} 人", "{} people hold posts"),
    "candidacies": Words("选任 {} 件", "{} candidacies are open"),
    "households": Words("住户 {} 户", "{} households live there"),
    "links": Words("联系户 {} 户", "{} households are linked to its posts, or live there and are linked to others"),
    "shifts": Words("值班 {} 班", "{} shifts are to come"),
    "bookings": Words("预约 {} 个", "{} bookings are to come"),
    "loans": Words("借出 {} 件", "{} things are lent"),
    "needs": Words("走访需求 {} 项正在转为诉求", "{} needs found on visits are about to become appeals"),
    "venues": Words("阵地 {} 处", "{} venues are open"),
    "agreements": Words("共建协议 {} 份", "{} agreements are not over"),
    "records": Words("未归还的标识、装备 {} 件", "{} badges or things were not given back"),
    "organisations": Words("组织 {} 个", "{} organisations stand there"),
    "report_ins": Words("报到 {} 件", "{} members or units report there"),
    "experts": Words("智囊团成员 {} 人", "{} experts are in its pool"),
    "listings": Words("清单 {} 项", "{} needs, resources or projects are listed"),
    "evaluations": Words("评价 {} 件", "{} evaluations are not settled"),
}


def said(counts: Mapping[str, int]) -> Words | None:
    """How much of each hangs there; None where nothing does."""
    found = [(words, counts[kind]) for kind, words in _WORDS.items() if counts.get(kind)]
    if not found:
        return None
    return Words(
        "、".join(words.zh.format(n) for words, n in found), ", ".join(words.en.format(n) for words, n in found)
    )

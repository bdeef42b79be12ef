"""The dictionaries of the household register: relations, tags and their bases. Pure."""

from datetime import date
from enum import StrEnum

MOST_MEMBERS = 50  # of one household, without those who moved out


def stays(left_on: date | None, on: date) -> bool:
    """Whether a member belongs to the household on a day; the last one is a whole day."""
    return left_on is None or left_on >= on


class Relation(StrEnum):
    """与户主关系."""

    HEAD = "head"
    SPOUSE = "spouse"
    CHILD = "child"
    CHILD_IN_LAW = "child_in_law"
    PARENT = "parent"
    GRANDCHILD = "grandchild"
    GRANDPARENT = "grandparent"
    SIBLING = "sibling"
    RELATIVE = "relative"
    TENANT = "tenant"
    OTHER = "other"


class Tag(StrEnum):
    """户标签: what visits and help go by."""

    BEREAVED = "bereaved"
    DISABLED = "disabled"
    ELDERLY = "elderly"
    LEFT_BEHIND = "left_behind"
    LIVING_ALONE = "living_alone"
    LOW_INCOME = "low_income"
    MILITARY_FAMILY = "military_family"
    MODEL_FAMILY = "model_family"
    PARTY_HOUSEHOLD = "party_household"
    RENTED = "rented"
    TENANT = "tenant"
    WORKING_AWAY = "working_away"


# What a household may be honoured for at its door (标识公示), if it wants to be.
HONOURS = frozenset({Tag.MILITARY_FAMILY, Tag.MODEL_FAMILY, Tag.PARTY_HOUSEHOLD})


class Basis(StrEnum):
    """依据: 本人同意 or 法定职责. `sample` is of invented households alone."""

    CONSENT = "consent"
    STATUTORY = "statutory"


SAMPLE, INVENTED = "sample", "虚构示例"

RELATION_WORDS: dict[Relation, tuple[str, ...]] = {
    Relation.HEAD: ("户主", "本人"),
    Relation.SPOUSE: ("配偶", "妻", "夫", "妻子", "丈夫", "爱人"),
    Relation.CHILD: ("子女", "子", "女", "儿子", "女儿", "长子", "次子", "长女", "次女"),
    Relation.CHILD_IN_LAW: ("儿媳", "女婿"),
    Relation.PARENT: ("父母", "父", "母", "父亲", "母亲", "岳父", "岳母", "公公", "婆婆"),
    Relation.GRANDCHILD: ("孙子女", "孙子", "孙女", "外孙", "外孙女"),
    Relation.GRANDPARENT: ("祖父母", "祖父", "祖母", "外祖父", "外祖母"),
    Relation.SIBLING: ("兄弟姐妹", "兄", "弟", "姐", "妹", "哥哥", "弟弟", "姐姐", "妹妹"),
    Relation.RELATIVE: ("其他亲属", "亲属"),
    Relation.TENANT: ("租客", "租户", "承租人"),
    Relation.OTHER: ("其他", "非亲属"),
}
TAG_WORDS: dict[Tag, tuple[str, ...]] = {
    Tag.BEREAVED: ("失独家庭", "失独", "计生特殊家庭"),
    Tag.DISABLED: ("残疾", "残疾人", "残疾人家庭"),
    Tag.ELDERLY: ("老年人", "老年户", "老人户", "高龄老人"),
    Tag.LEFT_BEHIND: ("留守儿童", "留守"),
    Tag.LIVING_ALONE: ("独居老人", "独居", "空巢老人"),
    Tag.LOW_INCOME: ("低保", "低保户", "困难家庭", "困难户"),
    Tag.MILITARY_FAMILY: ("军人家庭", "军属", "退役军人"),
    Tag.MODEL_FAMILY: ("文明家庭", "最美家庭"),
    Tag.PARTY_HOUSEHOLD: ("党员户", "党员家庭", "党员中心户"),
    Tag.RENTED: ("出租", "出租房", "出租屋"),
    Tag.TENANT: ("租户", "租客"),
    Tag.WORKING_AWAY: ("外出务工", "外出"),
}
BASIS_WORDS: dict[Basis, tuple[str, ...]] = {
    Basis.CONSENT: ("本人同意", "同意", "知情同意", "书面同意"),
    Basis.STATUTORY: ("法定职责", "法定", "法律规定"),
}

"""The life of somebody in the pool (智囊团成员) as one table. Facts: `place_there`, the place is not closed."""

from services.hierarchy.experts.inputs import Away, ExpertEdit
from shared.kernel.workflow import Parties, Step, Workflow, stay, to


class Party(Parties):
    """Those who keep the pool, and the expert."""

    STAFF = "staff", "智囊团管理人员"
    SELF = "self", "成员本人"


EXPERT = Workflow("expert", "智囊团成员",
    listed=Step("在库", Party.STAFF, Party.SELF,
        edit=stay("修改", needs=ExpertEdit), pause=stay("暂停", needs=Away), resume=stay("恢复"),
        leave=to("left", "退出")),
    left=Step("已退出", Party.STAFF, relist=to("listed", "重新入库", when="place_there")),
)  # fmt: skip

"""The category tree of appeals (诉求分类): five top categories of 东湖路社区's 微清单, and their leaves.

Codes are ASCII because Open311 tooling takes nothing else in ids. A responsibility names `*`, a top category, or a
leaf. Cross-codes to bought standards are the deployer's to fill.
"""

TOP = {"JC": "基础设施", "RJ": "人居环境", "MD": "矛盾调解", "KN": "困难帮扶", "WY": "物业管理"}

_LEAVES = {
    "JC": "道路破损 楼道/路灯照明 给水 排水/下水道堵塞 供暖 供电 燃气 非机动车库/车棚 充电桩 "
    "健身与休闲设施 电梯 监控/门禁 通信/网络 无障碍",
    "RJ": "绿化缺失/养护 垃圾清运 黑臭水体 飞线/乱拉线 楼道堆物 违建 噪声油烟 养犬 占道/流动摊 小广告",
    "MD": "邻里 物业与业主 家庭婚姻 房屋租赁 劳资 消费 土地/征迁",
    "KN": "独居/失能老人 残疾 低保/临时救助 就业 养老服务 医疗 教育/儿童 助餐 慰问走访",
    "WY": "停车管理 房屋维修 房屋违规使用 业主大会/业委会 消防管理 群租 "
    "物业安保 旧住房改造 清洁卫生 物业收费 服务态度 交易纠纷",
}
CATEGORIES: dict[str, str] = (
    TOP
    | {f"{top}{number:02}": label for top, labels in _LEAVES.items() for number, label in enumerate(labels.split(), 1)}
    | {f"{top}99": "其他" for top in TOP}
)


def is_category(code: str) -> bool:
    """Whether an appeal may carry this code: a leaf or a top category."""
    return code in CATEGORIES


def answers_for(held: str, category: str) -> bool:
    """Whether a responsibility for `held` (`*`, a top or a leaf) answers for `category`."""
    return held == "*" or category.startswith(held)

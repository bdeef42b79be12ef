"""How long a step may take (时限), by urgency: policy as data, arithmetic in `shared.kernel.calendar`.

Sources: 特急 dispatched within an hour and answered within two (Beijing); 西南街社区's heating case was done within
two hours; 签收 two hours or one working day; 结果 → 反馈 three days (人民西路社区).
"""

from shared.kernel.spans import Span, Unit

_EVERY = {
    "register": Span(2, Unit.HOURS),
    "verify": Span(1, Unit.WORKING_DAYS),
    "sign": Span(1, Unit.WORKING_DAYS),
    "handle": Span(5, Unit.WORKING_DAYS),
    "feedback": Span(3, Unit.DAYS),
    "rate": Span(15, Unit.DAYS),
}
WITHIN: dict[str, dict[str, Span]] = {
    "L1": _EVERY
    | {
        "register": Span(10, Unit.MINUTES),
        "verify": Span(20, Unit.MINUTES),
        "sign": Span(30, Unit.MINUTES),
        "handle": Span(2, Unit.HOURS),
        "feedback": Span(1, Unit.DAYS),
    },
    "L2": _EVERY
    | {
        "register": Span(30, Unit.MINUTES),
        "verify": Span(1, Unit.HOURS),
        "sign": Span(2, Unit.HOURS),
        "handle": Span(24, Unit.HOURS),
    },
    "L3": _EVERY,
    "L4": _EVERY | {"handle": Span(15, Unit.WORKING_DAYS)},
}

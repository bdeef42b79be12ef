"""The dictionary of activity types, and what an activity's own clock does next."""

from datetime import datetime
from enum import StrEnum


class ActivityType(StrEnum):
    """活动类型: what it is, in ASCII; `LABELS` has the words."""

    FAIR = "fair"
    CLINIC = "clinic"
    LEGAL = "legal"
    ANTI_FRAUD = "anti_fraud"
    ARTS = "arts"
    CLEAN_UP = "clean_up"
    CARE = "care"
    TRAINING = "training"
    LECTURE = "lecture"
    SALON = "salon"
    STUDY_TOUR = "study_tour"
    COUNCIL = "council"
    HEART_TO_HEART = "heart_to_heart"
    AWARD = "award"
    VISIT = "visit"
    JOINT = "joint"
    DUTY = "duty"


LABELS: dict[ActivityType, str] = dict(
    zip(
        ActivityType,
        "便民集市 义诊义剪 法治宣传 反诈宣传 文艺 环境整治 助老助残 培训 讲堂 沙龙 考察 议事 恳谈 评选 走访慰问 联合行动 执勤".split(),
        strict=True,
    )
)


def next_turn(step: str, signup_until: datetime, starts_at: datetime, ends_at: datetime) -> tuple[str, datetime] | None:
    """The move that the clock makes next in this step, and when; None where nothing more happens by itself."""
    match step:
        case "open" if signup_until < starts_at:
            return "close", signup_until
        case "open" | "closed":
            return "start", starts_at
        case "underway":
            return "finish", ends_at
        case _:
            return None

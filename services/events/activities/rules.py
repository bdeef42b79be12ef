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


T = ActivityType
LABELS: dict[ActivityType, str] = {
    T.FAIR: "便民集市",
    T.CLINIC: "义诊义剪",
    T.LEGAL: "法治宣传",
    T.ANTI_FRAUD: "反诈宣传",
    T.ARTS: "文艺",
    T.CLEAN_UP: "环境整治",
    T.CARE: "助老助残",
    T.TRAINING: "培训",
    T.LECTURE: "讲堂",
    T.SALON: "沙龙",
    T.STUDY_TOUR: "考察",
    T.COUNCIL: "议事",
    T.HEART_TO_HEART: "恳谈",
    T.AWARD: "评选",
    T.VISIT: "走访慰问",
    T.JOINT: "联合行动",
    T.DUTY: "执勤",
}


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

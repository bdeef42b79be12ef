"""What reading the feed can be refused for. Pure."""

from shared.kernel.errors import LinliError


class FeedCut(LinliError):
    status, code = 409, "feed_cut"
    zh = "本系统的流水在位置 {position} 与您记录的不一致（可能由旧备份恢复），请从 0 重新开始。"
    en = "The journal here is not the one you have seen at position {position}: perhaps restored. Begin anew with 0."

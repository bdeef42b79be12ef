"""管理幅度: how a number of households stands to what a post is meant for. Pure."""


def state(count: int, least: int | None, most: int | None) -> str:
    """`below`, `within` or `above` the span; `none` where the post has no span."""
    if least is None or most is None:
        return "none"
    return "below" if count < least else "above" if count > most else "within"

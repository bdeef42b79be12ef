"""What a structure names must be there: its levels, its posts, and what its quotas count.

Pure. It reads the text as it was written, so that these mistakes are told together with all others.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, LiteralString, NamedTuple

from pydantic_core import PydanticCustomError

BROKEN_REFERENCE: LiteralString = "broken_reference"
_Rows = list[tuple[int, Mapping[str, Any]]]


class Broken(NamedTuple):
    """A reference that leads nowhere: where it stands, and why."""

    where: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.where}: {self.en}"


def unknown(where: str, what: str, word: str | None, known: Iterable[str]) -> Iterator[Broken]:
    """One if `word` is given and is none of `known`; `what` such words are called in Chinese."""
    if word is not None and word not in (words := list(known)):
        zh = f"没有{what}“{word}”，已有：{'、'.join(words) or '无'}"
        yield Broken(where, zh, f"unknown {word!r}; known here: {', '.join(words) or 'nothing'}")


def repeated(where: str, words: Iterable[str]) -> Iterator[Broken]:
    """One for each word that is there more than once."""
    for word, times in Counter(words).items():
        if times > 1:
            yield Broken(where, f"“{word}”出现了 {times} 次", f"{word!r} is there {times} times")


def refuse(broken: Iterable[Broken]) -> None:
    """Raise what Pydantic reports as one error, one broken reference a line."""
    if lines := "\n".join(map(str, broken)):
        raise PydanticCustomError(BROKEN_REFERENCE, "{lines}", {"lines": lines})


def broken_references(content: Mapping[str, Any], place_kinds: Sequence[str]) -> Iterator[Broken]:
    """Those of a structure, whatever else is wrong with it."""
    levels, posts, quotas = (_rows(content, part) for part in ("levels", "posts", "quotas"))
    keys, kinds = _words(levels, "key"), _words(posts, "key")
    yield from repeated("levels", keys)
    yield from repeated("posts", kinds)
    yield from repeated("posts", _words(posts, "name"))
    yield from repeated("zones", _words(_rows(content, "zones"), "zone_type"))
    for i, level in levels:
        if level.get("kind") == "place":
            yield from unknown(f"levels[{i}].of", "地点类型", _word(level, "of"), place_kinds)
        else:
            yield from unknown(f"levels[{i}].of", "岗位", _word(level, "of"), (*kinds, "resident"))
    for i, post in posts:
        yield from unknown(f"posts[{i}].level", "层级", _word(post, "level"), keys)
    for i, quota in quotas:
        for name in ("post", "other"):
            yield from unknown(f"quotas[{i}].{name}", "岗位", _word(quota, name), kinds)
        named = quota.get("posts")
        for n, key in enumerate(named if isinstance(named, list | tuple) else ()):
            yield from unknown(f"quotas[{i}].posts[{n}]", "岗位", key if isinstance(key, str) else None, kinds)


def misplaced_quotas(content: Mapping[str, Any], place_kinds: Sequence[str]) -> Iterator[Broken]:
    """Quotas of seats at places where there are none of that post: nothing could ever fulfil them."""
    levels = {_word(level, "key"): level for _, level in _rows(content, "levels") if level.get("kind") == "place"}
    posts = {_word(post, "key"): post for _, post in _rows(content, "posts")}
    for i, quota in _rows(content, "quotas"):
        post = posts.get(_word(quota, "post"), {})
        level = levels.get(_word(post, "level"))
        place, of = _word(quota, "place"), _word(level, "of") if level else None
        if level and of in place_kinds and place in place_kinds and quota.get("kind") == "seats" and place != of:
            zh = f"岗位“{post.get('name')}”设在{level.get('name')}，配额的 place 应为 {of}"
            en = f"the post {quota['post']!r} is one of a {of}: the place of this quota must be {of!r}"
            yield Broken(f"quotas[{i}].place", zh, en)


def _rows(content: Mapping[str, Any], part: str) -> _Rows:
    rows = content.get(part)
    numbered = enumerate(rows) if isinstance(rows, list | tuple) else ()
    return [(i, row) for i, row in numbered if isinstance(row, Mapping)]


def _words(rows: _Rows, name: str) -> list[str]:
    return [word for _, row in rows if (word := _word(row, name)) is not None]


def _word(row: Mapping[str, Any], name: str) -> str | None:
    word = row.get(name)
    return word if isinstance(word, str) else None

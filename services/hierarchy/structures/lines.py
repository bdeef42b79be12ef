"""On which line of a TOML or JSON text a value stands.

Pure. `tomllib` and `json` keep no positions, and no well-kept library does for both, so this walks the text once more
after they have accepted it: it may trust that the text is right and only has to keep count of where it is.
"""

import json
import tomllib
from typing import Any

Steps = tuple[str | int, ...]
_SPACE, _BARE = " \t\r\n", "-_"


def lines_of(text: str, *, toml: bool) -> dict[Steps, int]:
    """The line, from 1, of every key and of every item of an array, by the steps that lead there."""
    walk = _Walk(text)
    if toml:
        walk.document()
    else:
        walk.value(())
    return walk.found


def repeated(text: str) -> dict[Steps, int]:
    """The keys of a JSON text that an object has twice, of which `json` would silently keep the last; on which line.

    TOML itself refuses such a text.
    """
    walk = _Walk(text)
    walk.value(())
    return walk.again


def line_at(lines: dict[Steps, int], steps: Steps) -> int:
    """The line of what the steps lead to, or of the nearest thing around it that is there."""
    return next((lines[steps[:end]] for end in range(len(steps), 0, -1) if steps[:end] in lines), 1)


class _Walk:
    def __init__(self, text: str) -> None:
        self.found: dict[Steps, int] = {}
        self.again: dict[Steps, int] = {}
        self._text, self._at, self._line = text, 0, 1
        self._arrays: dict[Steps, int] = {}

    def document(self) -> None:
        """A TOML document: tables, arrays of tables, and the keys in them."""
        table: Steps = ()
        while self._skip():
            if self._text.startswith("[[", self._at):
                table = self._header(2)
                number = self._arrays[table] = self._arrays.get(table, -1) + 1
                self.found.setdefault(table, self._line)
                table = (*table, number)
                self.found[table] = self._line
            elif self._peek() == "[":
                table = self._header(1)
                self.found.setdefault(table, self._line)
            else:
                self._pair(table, "=")

    def _header(self, brackets: int) -> Steps:
        self._go(brackets)
        keys = self._keys()
        self._skip()
        self._go(brackets)
        steps: Steps = ()
        for position, key in enumerate(keys):
            steps = (*steps, key)
            if position < len(keys) - 1 and steps in self._arrays:  # a table within the last of an array's
                steps = (*steps, self._arrays[steps])
        return steps

    def _pair(self, above: Steps, sign: str) -> None:
        line, steps = self._line, above
        for key in self._keys():
            steps = (*steps, key)
            if (
                sign == ":"
                and steps in self.found
                and not any(steps[:end] in self.again for end in range(1, len(steps)))
            ):
                self.again[steps] = line
            self.found.setdefault(steps, line)
        self._skip()
        if self._peek() != sign:
            raise ValueError(f"line {self._line}: {sign!r} expected")
        self._go(1)
        self._skip()
        self.value(steps)

    def _keys(self) -> list[str]:
        """A key, dotted or not."""
        keys = []
        while True:
            self._skip()
            keys.append(self._string() if self._peek() in "\"'" else self._bare())
            self._skip()
            if self._peek() != ".":
                return keys
            self._go(1)

    def _bare(self) -> str:
        start = self._at
        while (letter := self._peek()) and (letter.isalnum() or letter in _BARE):
            self._go(1)
        if start == self._at:
            raise ValueError(f"line {self._line}: a key expected")
        return self._text[start : self._at]

    def value(self, steps: Steps) -> None:
        """Any value, of either language."""
        self._skip()
        first = self._peek()
        if first == "{":
            self._many("}", lambda _: self._pair(steps, ":" if self._colon() else "="))
        elif first == "[":
            self._many("]", lambda number: self._item((*steps, number)))
        elif first and first in "\"'":
            self._string()
        else:
            while (letter := self._peek()) and letter not in ",]}#\n":
                self._go(1)

    def _item(self, steps: Steps) -> None:
        self.found[steps] = self._line
        self.value(steps)

    def _many(self, end: str, one: Any) -> None:  # noqa: ANN401 - takes the number of the item
        self._go(1)
        number = 0
        while self._skip() and self._peek() != end:
            one(number)
            number += 1
            self._skip()
            if self._peek() == ",":
                self._go(1)
        self._go(1)

    def _colon(self) -> bool:
        """Whether the key at hand is followed by JSON's sign; looks ahead only."""
        at, line = self._at, self._line
        self._keys()
        self._skip()
        found = self._peek() == ":"
        self._at, self._line = at, line
        return found

    def _string(self) -> str:
        quote, start = self._peek(), self._at
        if self._text.startswith(quote * 3, self._at):
            self._go(3)
            while not self._text.startswith(quote * 3, self._at) and self._peek():
                self._go(2 if self._peek() == "\\" and quote == '"' else 1)
            while self._peek() == quote:  # up to two quotes may stand before the three that end it
                self._go(1)
            return self._text[start + 3 : self._at - 3]
        self._go(1)
        while self._peek() not in ("", quote):
            self._go(2 if self._peek() == "\\" and quote == '"' else 1)
        self._go(1)
        raw = self._text[start : self._at]
        return _unescaped(raw) if "\\" in raw and quote == '"' else raw[1:-1]

    def _skip(self) -> bool:
        """Past blanks, line ends and comments; whether anything is left."""
        while letter := self._peek():
            if letter == "#":
                while self._peek() not in ("", "\n"):
                    self._go(1)
            elif letter in _SPACE:
                self._go(1)
            else:
                return True
        return False

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _go(self, letters: int) -> None:
        self._line += self._text.count("\n", self._at, self._at + letters)
        self._at += letters


def _unescaped(raw: str) -> str:
    """A key's escapes, which both languages write alike but for some of TOML's own."""
    try:
        return str(json.loads(raw))
    except json.JSONDecodeError:
        return str(tomllib.loads(f"key = {raw}")["key"])

"""The progress of an import on a terminal: a bar with the rate, and what was refused above it."""

import sys
import time
from types import TracebackType
from typing import Any, Self

import click

from services.hierarchy.import_places import Refused, Watch


class Progress(Watch):
    """Open it with `with`. Where standard error is no terminal, only refusals are said."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.render_finish()

    def begin(self, rows: int) -> None:
        self._began = time.monotonic()
        if sys.stderr.isatty():
            bar: Any = click.progressbar(
                length=rows, label="places", show_pos=True, width=30, item_show_func=self._rate, file=sys.stderr
            )
            self._bar = bar
            bar.render_progress()

    def advance(self, rows: int) -> None:
        if self._bar is not None:
            self._bar.update(rows, rows)

    def refused(self, what: Refused) -> None:
        if self._bar is not None:
            click.echo("\r\033[K", err=True, nl=False)
        click.echo(str(what), err=True)

    def _rate(self, item: object | None) -> str | None:
        if item is None or self._bar is None:
            return None
        return f"{self._bar.pos / max(0.001, time.monotonic() - self._began):,.0f} rows/s"

"""Something to look at while a command works: a bar on stderr, if that is a terminal.

In: what the command says of its own steps, and the log of all that it calls. Out: a bar, the time so far, and what was logged
last. A log record that is one part of such a step says so by :func:`mer_tasks.runs.progress_log.part`, which moves the bar
between two steps: an epoch needs to know nothing of terminals.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mer_tasks.terminal.control_characters import harmless

LOG = "mer_tasks"
BAR = 24
"""Columns of the bar."""


class _Last(logging.Handler):
    """Hands on what was logged, and how much of a step is done where a record says so."""

    def __init__(self, show: Callable[[str, float | None], None]) -> None:
        super().__init__(logging.INFO)
        self._show = show

    def emit(self, record: logging.LogRecord) -> None:
        self._show(harmless(record.getMessage()), getattr(record, "done", None))


@contextmanager
def waiting(text: str, total: int | None = None) -> Iterator[Callable[..., None]]:
    """Show a bar while the block runs.

    Parameters
    ----------
    text : str
        What is done.
    total : int, optional
        Its steps, if they are known.

    Yields
    ------
    callable
        Takes what has changed: ``completed`` steps, their ``total``, the ``description``.
    """
    if not sys.stderr.isatty():
        yield lambda **changes: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column

    last = Column(ratio=1, no_wrap=True, overflow="ellipsis")
    columns = (
        *(SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(BAR), TextColumn("{task.fields[count]}")),
        *(TimeElapsedColumn(), TextColumn("{task.fields[last]}", style="dim", markup=False, table_column=last)),
    )
    console, log = Console(stderr=True), logging.getLogger(LOG)
    # what a command prints meanwhile goes round the bar, if that is on the same terminal
    with Progress(*columns, console=console, transient=True, expand=True, redirect_stdout=sys.stdout.isatty()) as shown:
        task = shown.add_task(text, total=total, last="", count="")
        steps = 0

        def show(**changes: Any) -> None:
            nonlocal steps, total
            steps, total = changes.get("completed", steps), changes.get("total", total)
            shown.update(task, last="", count=f"{steps}/{total}" if total and total > 1 else "", **changes)

        def heard(text: str, done: float | None) -> None:
            moved: dict[str, Any] = {} if done is None else {"completed": steps + done}
            shown.update(task, last=text, **moved)

        handler = _Last(heard)
        log.addHandler(handler)
        try:
            yield show
        finally:
            log.removeHandler(handler)

"""Show a progress bar on stderr while a command works, if stderr is a terminal.

In: the steps that the command reports, and the log records of the code that it calls. Out: a bar, the elapsed time and the last
log message. A log record made with :func:`mer_tasks.runs.progress_log.progress_fields` moves the bar between two steps. So code
that trains an epoch, for example, needs to know nothing about terminals.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mer_tasks.terminal.control_characters import show_control_characters

LOG = "mer_tasks"
BAR = 24
"""Columns of the bar."""


class _LastRecord(logging.Handler):
    """Passes on the message of each log record, and the finished fraction of a step if the record has one."""

    def __init__(self, show: Callable[[str, float | None], None]) -> None:
        super().__init__(logging.INFO)
        self._show = show

    def emit(self, record: logging.LogRecord) -> None:
        self._show(show_control_characters(record.getMessage()), getattr(record, "done", None))


@contextmanager
def progress_bar(text: str, total: int | None = None) -> Iterator[Callable[..., None]]:
    """Show a progress bar while the block runs.

    Parameters
    ----------
    text : str
        Description of the work.
    total : int, optional
        Number of steps, if it is known.

    Yields
    ------
    callable
        Updates the bar. Its keyword arguments are ``completed`` (finished steps), ``total`` and ``description``.
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
    # output of the command is printed above the bar if both are on the same terminal
    with Progress(*columns, console=console, transient=True, expand=True, redirect_stdout=sys.stdout.isatty()) as bar:
        task = bar.add_task(text, total=total, last="", count="")
        steps = 0

        def show(**changes: Any) -> None:
            nonlocal steps, total
            steps, total = changes.get("completed", steps), changes.get("total", total)
            bar.update(task, last="", count=f"{steps}/{total}" if total and total > 1 else "", **changes)

        def show_record(text: str, fraction: float | None) -> None:
            changes: dict[str, Any] = {} if fraction is None else {"completed": steps + fraction}
            bar.update(task, last=text, **changes)

        handler = _LastRecord(show_record)
        log.addHandler(handler)
        try:
            yield show
        finally:
            log.removeHandler(handler)

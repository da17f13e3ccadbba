"""Help of the command line in sections: what a command is for decides where it is listed."""

from gettext import gettext
from typing import Any

import typer.core

RUN, ONE_STAGE, ASK, OPERATE, SET_UP = (
    "Run: from landed audio to predictions in Postgres",
    "Run one stage, in their order",
    "Ask: what a run found, tracks for an emotion, what is behind a prediction",
    "Operate: the champion, and what is stored",
    "Set up: the database, and music in the landing zone",
)
"""Titles, in the order of the help; each command names its own as `rich_help_panel`."""


class Sections(typer.core.TyperGroup):
    """A group of commands that lists them by section. Typer's own sections need rich, whose tables cut long names."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a list of commands for each section."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        width = formatter.width - 6 - max(len(name) for name, _ in commands)
        listed: dict[Any, list[tuple[str, str]]] = {title: [] for title in (RUN, ONE_STAGE, ASK, OPERATE, SET_UP)}
        for name, command in commands:
            if command is not None and not command.hidden:
                title = getattr(command, "rich_help_panel", None) or gettext("Commands")
                listed.setdefault(title, []).append((name, command.get_short_help_str(width)))
        for title, rows in listed.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

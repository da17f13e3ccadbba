"""Group the commands in the help of the command line into sections by their purpose."""

from gettext import gettext
from typing import Any

import typer.core

RUN = "Run all stages: from audio in the landing zone to predictions in Postgres"
ONE_STAGE = "Run a single stage (listed in the order of a run)"
ASK = "Ask: results of a run, tracks for a label, the reasons for a prediction"
OPERATE = "Operate: change the champion, reproduce predictions, clean up the store"
SET_UP = "Set up: the database, and music in the landing zone"
TITLES = (RUN, ONE_STAGE, ASK, OPERATE, SET_UP)
"""Titles of the sections in the order of the help. Each command names its section as `rich_help_panel`."""

WHOLE_SENTENCE = 500
"""Largest length of a command's line in the help, in characters: a sentence is wrapped and not cut off."""


class Sections(typer.core.TyperGroup):
    """A group of commands whose help lists them by section. Typer's own sections need rich, whose tables cut long names."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command of the first two words, such as ``labels add``, or else that of the first word."""
        two_words = " ".join(args[:2])
        command = self.get_command(ctx, two_words) if len(args) > 1 else None
        return (two_words, command, args[2:]) if command else super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a list of commands for each section."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        listed: dict[Any, list[tuple[str, str]]] = {title: [] for title in TITLES}
        for name, command in commands:
            if command is not None and not command.hidden:
                title = getattr(command, "rich_help_panel", None) or gettext("Commands")
                listed.setdefault(title, []).append((name, command.get_short_help_str(WHOLE_SENTENCE)))
        for title, rows in listed.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

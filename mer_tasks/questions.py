"""Commands that ask the database: the cookbook's queries, and what is behind a prediction."""

from typing import Annotated

import typer

from mer_tasks.config import Config
from mer_tasks.errors import ConfigError

app = typer.Typer()

Reader = Annotated[str | None, typer.Option(help="Postgres, as a reader. Empty: as MER_DATABASE_URL says.")]


def _database(url: str | None) -> str:
    found = Config.load({"database_url": url}).database_url
    if found is None:
        raise ConfigError(
            "no database: expected MER_DATABASE_URL or --database-url, postgresql+psycopg2://user:password@host/mer"
        )
    return found.get_secret_value()


@app.command()
def query(
    name: Annotated[str | None, typer.Argument(help="Name of a query; without it, all are listed.")] = None,
    param: Annotated[list[str] | None, typer.Option("--param", "-p", help="A parameter, as name=value or name=NULL.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Rows as JSON instead of a table.")] = False,
    database_url: Reader = None,
) -> None:
    """Ask a question of the cookbook, sql/queries."""
    from mer_tasks.answers import print_json, print_questions, print_table
    from mer_tasks.database import query

    if name is None:
        print_questions()
        return
    given = dict(_pair(text) for text in param or ())
    rows = query(_database(database_url), name, given)
    (print_json if as_json else print_table)(rows)


def _pair(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r}, expected name=value", param_hint="--param")
    return name, None if value == "NULL" else value


@app.command()
def explain(
    track: Annotated[str, typer.Argument(help="Id of a track.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON instead of a table.")] = False,
    database_url: Reader = None,
) -> None:
    """What is behind the served prediction of a track; mer.explain in SQL has more columns, and every run that scored it."""
    from mer_tasks.answers import print_facts, print_json
    from mer_tasks.database import query

    rows = query(_database(database_url), "why_this_prediction", {"track_id": track})
    if not rows:
        raise ConfigError(f"track {track!r}: no run has scored it, expected a track_id of mer.tracks")
    (print_json if as_json else print_facts)(rows)

"""Commands that query the database: published runs, results of a run, the cookbook.

The commands only read. They use the reader's account if MER_READER_URL is set.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mer_tasks.cli.sections import ASK
from mer_tasks.errors import ConfigError
from mer_tasks.terminal.progress_bar import progress_bar

if TYPE_CHECKING:
    from mer_tasks.terminal.tables import Row

app = typer.Typer()

Reader = Annotated[
    str | None,
    typer.Option(envvar=["MER_READER_URL", "MER_DATABASE_URL"], help="URL of Postgres; the rights of mer_reader are enough."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Rows = Annotated[int, typer.Option(min=1, max=1_000_000, help="Maximum number of rows.")]


def database_or_error(url: str | None) -> str:
    """Return the URL of the database; raises :class:`ConfigError` if it is missing."""
    if not url:
        raise ConfigError(
            "no database: expected MER_READER_URL, MER_DATABASE_URL or --database-url,"
            " postgresql+psycopg2://user:password@host/mer"
        )
    return url


def run_query(url: str | None, name: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run a query while a progress bar is shown, and return its rows."""
    from mer_tasks.database.queries import query

    with progress_bar("querying the database"):
        return query(database_or_error(url), name, params)


@app.command(rich_help_panel=ASK)
def query(
    name: Annotated[str | None, typer.Argument(help="Name of a query. Empty: list all queries.")] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", help="A parameter of the query: name=value or name=NULL.")
    ] = None,
    as_json: Json = False,
    database_url: Reader = None,
) -> None:
    """Run a query from the cookbook in sql/queries."""
    from mer_tasks.database.queries import why_no_rows
    from mer_tasks.terminal.tables import print_json, print_questions, print_table

    if name is None:
        print_questions()
        return
    rows = run_query(database_url, name, dict(_pair(text) for text in param or ()))
    (print_json if as_json else print_table)(rows)
    if not (rows or as_json) and (reason := why_no_rows(name)):
        typer.echo(reason)


def _pair(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r}, expected name=value", param_hint="--param")
    return name, None if value == "NULL" else value


@app.command(rich_help_panel=ASK)
def runs(rows: Rows = 20, as_json: Json = False, database_url: Reader = None) -> None:
    """List published runs, newest first, with their metrics and the decision on each model.

    ROC-AUC decides which model is better. It says how often, of two tracks, one with a label and one without it, the model
    gives the track with the label the higher probability. base: the F1 of a model that only knows how common each label is.
    """
    from mer_tasks.terminal.tables import print_json, print_table

    published = run_query(database_url, "runs", {"rows": rows})
    if as_json:
        print_json(published)
        return
    print_table([_run_row(row) for row in published])


def _run_row(row: "Row") -> dict[str, Any]:
    from mer_tasks.terminal.tables import decimals
    from mer_tasks.wording import number_with_interval

    def with_interval(name: str) -> str:
        return number_with_interval(row[name], row[f"{name}_low"], row[f"{name}_high"])

    champion = "★ provisional champion" if row["provisional"] else "★ champion"
    return {
        "run": row["run_id"],
        "mode": row["mode"],
        "published": row["published_at"],
        "tracks": row["tracks"],
        "ROC-AUC": with_interval("roc_auc_macro"),
        "F1": with_interval("f1_macro"),
        "base": decimals(row["f1_macro_baseline"]),
        "decision": champion if row["champion"] else row["outcome"],
    }


@app.command(rich_help_panel=ASK)
def show(
    run: Annotated[
        str | None,
        typer.Argument(help="Name of a published run, or its run id in Airflow. Empty: the newest run that evaluated a model."),
    ] = None,
    as_json: Json = False,
    database_url: Reader = None,
) -> None:
    """Show the results of a run: verdict, decision, metrics, rejected files, times and artifacts."""
    from mer_tasks.runs.run import safe_name
    from mer_tasks.terminal.run_summary import print_run_summary, summarize_run
    from mer_tasks.terminal.tables import print_json

    with progress_bar("reading database and store"):
        summary = summarize_run(database_or_error(database_url), run and safe_name(run))
    (print_json if as_json else print_run_summary)(summary)

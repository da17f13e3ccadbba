"""Commands on label sets: show the labels of the database, check a label file, add or retire labels.

Their names have two words, such as ``labels add``; the word ``labels`` alone runs the stage of that name.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mer_tasks.cli.query_commands import Json
from mer_tasks.cli.sections import SET_UP
from mer_tasks.config import Config
from mer_tasks.errors import ConfigError
from mer_tasks.terminal.control_characters import show_control_characters
from mer_tasks.terminal.progress_bar import progress_bar

if TYPE_CHECKING:
    from mer_tasks.label_set import LabelSet

app = typer.Typer()

NAMES = "labels show, labels check and labels add"
"""What the help of stage `labels` refers to."""

VERSIONS = "SELECT version, adopted_at, digest, document FROM mer.label_sets ORDER BY adopted_at DESC"

File = Annotated[str | None, typer.Option("--labels", help="Path or URL of the label file. Empty: MER_LABELS.")]
Database = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        envvar=["MER_READER_URL", "MER_DATABASE_URL"],
        help="URL of Postgres; the rights of mer_reader are enough. Empty: only the configured set is shown.",
    ),
]


def _configured(path: str | None) -> "LabelSet":
    from mer_tasks.storage.label_files import read_label_set

    return read_label_set(Config.load({"labels": path}).labels)


@app.command("labels show", rich_help_panel=SET_UP)
def show(labels: File = None, as_json: Json = False, database_url: Database = None) -> None:
    """Show the configured label set, the set of the database, and which versions of it runs may have."""
    from mer_tasks.terminal.tables import print_facts, print_json, print_table

    configured = _configured(labels)
    shown = configured
    versions: list[dict[str, Any]] = []
    facts = {"configured": str(configured), "database": "none: no URL of it is configured"}
    if database_url:
        from mer_tasks.database.label_rows import label_changes

        with progress_bar("querying the database"):
            stored, versions = _of_database(database_url)
        shown = stored
        changes = label_changes(stored, configured)
        facts["database"] = str(stored)
        facts["difference"] = "; ".join(changes) if changes else "none"
    if as_json:
        print_json(
            {"configured": configured.document(), "database": shown.document() if database_url else None, "versions": versions}
        )
        return
    print_facts(facts)
    for row in versions:
        row["labels"] = len([label for label in row.pop("document")["labels"] if not label["retired"]])
    for table in (versions, _label_rows(shown)):
        if table:
            typer.echo()
            print_table(table)


def _of_database(url: str) -> tuple["LabelSet", list[dict[str, Any]]]:
    """Read the label set of the database, and the versions of it that were adopted, newest first."""
    from mer_tasks.database.queries import select_rows
    from mer_tasks.database.stored_labels import stored_labels_at

    return stored_labels_at(url).label_set, select_rows(url, VERSIONS, {})


def _label_rows(label_set: "LabelSet") -> list[dict[str, Any]]:
    """Make the rows of a table of labels, without columns that are empty for all of them."""
    columns: dict[str, list[str]] = {
        label_set.noun[0]: [label.id for label in label_set.labels],
        "name": [label.name for label in label_set.labels],
        "retired": ["retired" if label.retired else "" for label in label_set.labels],
        "description": [label.description for label in label_set.labels],
    }
    filled = {name: values for name, values in columns.items() if any(values)}
    return [dict(zip(filled, row, strict=True)) for row in zip(*filled.values(), strict=True)]


@app.command("labels check", rich_help_panel=SET_UP)
def check(file: Annotated[str, typer.Argument(help="Path or URL of a label file.")]) -> None:
    """Check a label file, and print its digest and its labels. Exit code 2: the file has an error, which one line names."""
    from mer_tasks.storage.label_files import read_label_set
    from mer_tasks.terminal.tables import print_table

    try:
        label_set = read_label_set(file)
    except ConfigError as error:
        typer.echo(f"error: {show_control_characters(' '.join(str(error).split()))}", err=True)
        raise typer.Exit(2) from None
    typer.echo(str(label_set))
    typer.echo(f"digest {label_set.digest}")
    print_table(_label_rows(label_set))


@app.command("labels add", rich_help_panel=SET_UP)
def add(
    owner_url: Annotated[str, typer.Argument(envvar="MER_DATABASE_OWNER_URL", help="URL of Postgres with role mer_owner.")],
    labels: File = None,
) -> None:
    """Add the labels to the database that the configured label file adds, and retire those that it retires.

    Runs that are published, their models and their predictions keep the labels that they have. Other changes of the set are
    refused: its name, its kind, and labels that are gone without being marked as retired.
    """
    from mer_tasks.database.label_rows import adopt_label_set

    configured = _configured(labels)
    with progress_bar("changing the labels of the database"):
        changes = adopt_label_set(owner_url, configured)
    typer.echo(f"up to date: {configured}" if changes is None else "\n".join([*changes, str(configured)]))

"""Maintenance commands: roll back the champion, reproduce predictions, clean up the store, and set up the database."""

import getpass
import os
from datetime import datetime, timezone
from typing import Annotated, Any

import typer

from mer_tasks.cli.config_options import with_config
from mer_tasks.cli.sections import OPERATE, SET_UP
from mer_tasks.config import Config
from mer_tasks.errors import PermanentError
from mer_tasks.runs.artifacts import HOUSEKEEPING
from mer_tasks.runs.housekeeping_config import OMITTED, HousekeepingConfig
from mer_tasks.terminal.progress_bar import progress_bar

app = typer.Typer()

Database = Annotated[str | None, typer.Option(help="URL of Postgres with role mer_writer. Empty: MER_DATABASE_URL.")]
Store = Annotated[str | None, typer.Option(help="URL of the object store. Empty: MER_STORE_URL.")]


def _user() -> str:
    """Return the name of the user who runs the command, or the number of a user without a name, as in a container."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return f"uid {os.getuid()}"


@app.command(rich_help_panel=OPERATE)
def rollback(
    to: Annotated[
        str | None,
        typer.Option(help="Run whose model becomes champion, even if it was not promoted. Empty: the previous champion."),
    ] = None,
    by: Annotated[str | None, typer.Option(help="Name of the person who decides. Empty: the user of this command.")] = None,
    database_url: Database = None,
    store_url: Store = None,
) -> None:
    """Make the previous champion the champion again, or any model with --to. Each further call goes back one more champion."""
    from mer_tasks.publishing.rollback import rollback
    from mer_tasks.runs.run import safe_name

    config = Config.load({"database_url": database_url, "store_url": store_url})
    with progress_bar("rolling back"):
        result = rollback(config, to and safe_name(to), by or _user())
    before = f"the champion before was the model of run {result.before}" if result.before else "it is the first champion"
    typer.echo(f"champion is now the model of run {result.after}; {before}")
    typer.echo(
        f"{result.served} tracks are now served with predictions of another run; mer_predict scores the tracks that the"
        " champion has not scored yet"
    )


@app.command(rich_help_panel=OPERATE)
def reproduce(
    run: Annotated[str, typer.Argument(help="Name of a published run.")], database_url: Database = None, store_url: Store = None
) -> None:
    """Compute the predictions of a published run again, and compare them with the published ones.

    The features and the model come from the store. A run of mode train or eval is compared on its test tracks, a run of mode
    predict on all tracks that it scored. Exit code 1: the predictions differ.
    """
    from mer_tasks.evaluation.reproduce import TOLERANCE, reproduce
    from mer_tasks.runs.run import safe_name

    with progress_bar("reproducing"):
        result = reproduce(Config.load({"database_url": database_url, "store_url": store_url}), safe_name(run))
    typer.echo(
        f"run {result.run_id}: largest difference {result.difference:g} on {result.tracks} tracks, {result.decisions} decisions"
        f" differ; the features of {result.remade} tracks were computed again"
    )
    if not result.same:
        raise PermanentError(
            f"run {result.run_id}: largest difference {result.difference:g}, {result.decisions} decisions differ; expected a"
            f" difference of at most {TOLERANCE:g} and no other decision"
        )


@app.command("housekeeping", rich_help_panel=OPERATE)
@with_config(without=(*OMITTED, "landing_url", "scratch_dir", "gpu"), kind=HousekeepingConfig)
def _housekeeping(*, params: dict[str, Any]) -> None:
    """Delete objects from the object store that nothing needs any more. With --dry-run, only list them."""
    from mer_tasks.runs.run import Run
    from mer_tasks.stages.housekeeping import STAGE, housekeeping

    run = Run(HousekeepingConfig.load(params), f"{STAGE}-{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}")
    with progress_bar(STAGE):
        counters = housekeeping(run)["counters"]
    report = run.read_json(STAGE, HOUSEKEEPING)
    for reason, figures in sorted(report["reasons"].items()):
        typer.echo(f"{reason}: {figures['objects']} objects, {figures['bytes']} bytes")
    verb = "would be deleted" if report["dry_run"] else "deleted"
    typer.echo(f"{counters['deleted']} of {counters['listed']} objects {verb}: {run.store.uri(run.key(STAGE, HOUSEKEEPING))}")


@app.command(rich_help_panel=SET_UP)
def migrate(
    owner_url: Annotated[str, typer.Argument(envvar="MER_DATABASE_OWNER_URL", help="URL of Postgres with role mer_owner.")],
) -> None:
    """Bring the schema of the database up to date. Prints the migrations that were applied."""
    from mer_tasks.database.migrations import migrate

    with progress_bar("migrating"):
        applied = migrate(owner_url)
    typer.echo("\n".join(applied) if applied else "up to date")


@app.command(rich_help_panel=SET_UP)
def bootstrap(
    admin_url: Annotated[str, typer.Argument(envvar="MER_DATABASE_ADMIN_URL", help="URL of Postgres with a superuser.")],
    database: Annotated[str, typer.Option(help="Name of the new database.")] = "mer",
) -> None:
    """Create roles, database and schema in your own Postgres server. Prints a URL for each role, with a new password."""
    from mer_tasks.database.migrations import bootstrap

    with progress_bar("creating roles, database and schema"):
        urls = bootstrap(admin_url, database)
    for role, url in urls.items():
        typer.echo(f"{role}: {url}")

"""Commands beside runs: taking back a promotion, doing a run's predictions again, keeping house, and the database itself."""

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
from mer_tasks.stages.housekeeping import OMITTED, HousekeepingConfig
from mer_tasks.terminal.progress_bar import waiting

app = typer.Typer()

Database = Annotated[str | None, typer.Option(help="Postgres, as mer_writer. Empty: as MER_DATABASE_URL says.")]
Store = Annotated[str | None, typer.Option(help="Object store. Empty: as MER_STORE_URL says.")]


def _user() -> str:
    """Name of who is at the keyboard; in a container, whose user may have none, its number."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return f"uid {os.getuid()}"


@app.command(rich_help_panel=OPERATE)
def rollback(
    to: Annotated[
        str | None,
        typer.Option(help="Run whose model is to be champion, also one that was kept out. Empty: the champion before."),
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who decides. Empty: the user of this command.")] = None,
    database_url: Database = None,
    store_url: Store = None,
) -> None:
    """Make an earlier model the champion, or with --to one that was kept out; every further call goes one further back."""
    from mer_tasks.publishing.rollback import rollback
    from mer_tasks.runs.run import safe_name

    config = Config.load({"database_url": database_url, "store_url": store_url})
    with waiting("rolling back"):
        done = rollback(config, to and safe_name(to), by or _user())
    before = f"before it was that of run {done.before}" if done.before else "the first one"
    typer.echo(f"champion is the model of run {done.after}, {before}")
    typer.echo(f"{done.served} tracks have its predictions from now on; mer_predict scores those that it has not scored yet")


@app.command(rich_help_panel=OPERATE)
def reproduce(
    run: Annotated[str, typer.Argument(help="A published run.")], database_url: Database = None, store_url: Store = None
) -> None:
    """Do a run's predictions again from what is stored, and say how far they are from the published ones.

    Runs of modes train and eval on their test tracks, runs of mode predict on all that they scored. Exit code 1: they differ.
    """
    from mer_tasks.evaluation.reproduce import TOLERANCE, reproduce
    from mer_tasks.runs.run import safe_name

    with waiting("reproducing"):
        found = reproduce(Config.load({"database_url": database_url, "store_url": store_url}), safe_name(run))
    typer.echo(
        f"run {found.run_id}: largest difference {found.difference:g} on {found.tracks} tracks, {found.decisions} other"
        f" decisions; features of {found.remade} tracks made again"
    )
    if not found.same:
        raise PermanentError(
            f"run {found.run_id}: largest difference {found.difference:g}, {found.decisions} other decisions; expected at most"
            f" {TOLERANCE:g} and none"
        )


@app.command("housekeeping", rich_help_panel=OPERATE)
@with_config(without=(*OMITTED, "landing_url", "scratch_dir", "gpu"), kind=HousekeepingConfig)
def _housekeeping(*, params: dict[str, Any]) -> None:
    """Take from the object store what nothing needs any more; with --dry-run, only say what."""
    from mer_tasks.runs.run import Run
    from mer_tasks.stages.housekeeping import STAGE, housekeeping

    run = Run(HousekeepingConfig.load(params), f"{STAGE}-{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}")
    with waiting(STAGE):
        counters = housekeeping(run)["counters"]
    report = run.read_json(STAGE, HOUSEKEEPING)
    for reason, figures in sorted(report["reasons"].items()):
        typer.echo(f"{reason}: {figures['objects']} objects, {figures['bytes']} bytes")
    verb = "would go" if report["dry_run"] else "gone"
    typer.echo(f"{counters['deleted']} of {counters['listed']} objects {verb}: {run.store.uri(run.key(STAGE, HOUSEKEEPING))}")


@app.command(rich_help_panel=SET_UP)
def migrate(
    owner_url: Annotated[str, typer.Argument(envvar="MER_DATABASE_OWNER_URL", help="Postgres, as mer_owner.")],
) -> None:
    """Bring the database's schema up to date."""
    from mer_tasks.database.migrations import migrate

    with waiting("migrating"):
        applied = migrate(owner_url)
    typer.echo("\n".join(applied) if applied else "up to date")


@app.command(rich_help_panel=SET_UP)
def bootstrap(
    admin_url: Annotated[str, typer.Argument(envvar="MER_DATABASE_ADMIN_URL", help="Postgres, as a superuser.")],
    database: Annotated[str, typer.Option(help="Name of the database to make.")] = "mer",
) -> None:
    """Make roles, database and schema in a Postgres of your own; prints the roles' URLs, with new passwords."""
    from mer_tasks.database.migrations import bootstrap

    with waiting("making roles, database and schema"):
        urls = bootstrap(admin_url, database)
    for role, url in urls.items():
        typer.echo(f"{role}: {url}")

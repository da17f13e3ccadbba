"""Commands of the local stack, for the Makefile: ``python -m mer_tasks.local_stack up | down | status | env | demo``."""

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from mer_tasks.config import CHECKOUT, Config
from mer_tasks.errors import ConfigError, MerError
from mer_tasks.local_stack.demo_run import prepare_landing, run_and_show
from mer_tasks.local_stack.services import Services
from mer_tasks.local_stack.settings import PORT, USER, StackSettings, file_url
from mer_tasks.terminal.interrupts import Interrupted, interruptible
from mer_tasks.terminal.progress_bar import progress_bar

WIDTH = 120
"""Columns of the tables if the output is not a terminal."""

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDTH)
errors = Console(highlight=False, soft_wrap=True, stderr=True)

State = Annotated[Path, typer.Option(envvar="MER_STATE", help="Folder for all data of the stack.")]
Port = Annotated[int, typer.Option(envvar="PORT", min=1, max=65535, help="Port of Airflow's user interface, on 127.0.0.1.")]
Dags = Annotated[Path, typer.Option(envvar="MER_DAGS", help="Folder of the DAG files.")]
Store = Annotated[str | None, typer.Option(envvar="STORE", help="Object store: a path or s3://bucket/prefix.")]
Landing = Annotated[str | None, typer.Option(envvar="LANDING", help="Landing zone: a path or s3://bucket/prefix.")]
Labels = Annotated[str | None, typer.Option(envvar="MER_LABELS", help="Label set: a TOML file, a path or s3://bucket/key.")]
Params = Annotated[str | None, typer.Option(envvar="PARAMS", help="Params of the run, as a JSON object.")]

EXAMPLE = '{"preset": "seed-cnn", "epochs": 6}'
"""Example of params for error messages."""


@contextmanager
def _one_line_errors() -> Iterator[None]:
    """Turn an error or an interrupt into one line and an exit code, instead of a traceback."""
    try:
        with interruptible():
            yield
    except MerError as error:
        errors.print(f"error: {error}", markup=False)
        raise typer.Exit(1) from None
    except Interrupted as interrupted:
        errors.print(f"stopped by {interrupted}")
        raise typer.Exit(interrupted.exit_code) from None


def settings(
    state: Path, port: int, dags: Path, store: str | None, landing: str | None, labels: str | None, watch: bool = True
) -> StackSettings:
    """Make the settings from the options of a command; an empty text counts as a missing option."""
    store_url, landing_url, labels_url = (file_url(choice) if choice else None for choice in (store, landing, labels))
    return StackSettings(state.resolve(), port, dags.resolve(), store_url, landing_url, watch, labels_url)


def run_params(text: str | None) -> dict[str, Any]:
    """Parse and check the params of a demo run.

    Parameters
    ----------
    text : str, optional
        JSON object; None or an empty text stands for no params.

    Raises
    ------
    ConfigError
        If `text` is no JSON object, or a param is wrong.

    Examples
    --------
    >>> run_params('{"preset": "seed-cnn", "epochs": 6}')
    {'preset': 'seed-cnn', 'epochs': 6}
    >>> run_params(None)
    {}
    """
    try:
        params = json.loads(text or "{}")
    except ValueError as error:
        raise ConfigError(f"PARAMS={text!r}: {error}; expected JSON like {EXAMPLE}") from None
    if not isinstance(params, dict):
        raise ConfigError(f"PARAMS={text!r}: expected a JSON object like {EXAMPLE}")
    Config.load(params)
    return params


@app.command()
def up(
    state: State = CHECKOUT / ".mer",
    port: Port = PORT,
    dags: Dags = CHECKOUT / "dags",
    store: Store = None,
    landing: Landing = None,
    labels: Labels = None,
) -> None:
    """Start Postgres and Airflow, and leave them running."""
    services = Services(settings(state, port, dags, store, landing, labels))
    with _one_line_errors():
        services.settings.label_set()
        with progress_bar("starting"):
            if not services.is_up():
                prepare_landing(services.settings, console.print)
            started = services.start(keep=True, say=console.print)
        _show_addresses(services, started)


def _show_addresses(services: Services, started: bool) -> None:
    """Show the addresses of the user interface, landing zone and object store; the password is shown the first time only."""
    record = services.record()
    marker = services.settings.password_shown
    if marker.exists():
        password = f"password in {services.settings.passwords}"
    else:
        password = f"password {services.settings.secrets().password} (shown only once)"
    marker.touch()
    console.print(f"{'up' if started else 'already up'}: {record['url']}, user {USER}, {password}")
    console.print(f"runs, tracks and decisions: {record['url']}/plugin/mer")
    console.print(f"landing zone: {record['landing']}, object store: {record['store']}")
    if record["labels"]:
        console.print(f"label set: {record['labels']}")
    if services.settings.watch and not record.get("watch"):
        console.print("DAGs run only when you trigger them, because make demo started this stack")
        console.print("for scheduled runs: make down, then make up")


@app.command()
def demo(
    state: State = CHECKOUT / ".mer",
    port: Port = PORT,
    dags: Dags = CHECKOUT / "dags",
    store: Store = None,
    landing: Landing = None,
    labels: Labels = None,
    params: Params = None,
) -> None:
    """Run mer_train once, on generated music or on a landing zone, and show the results."""
    # watch=False: scheduled runs are for a stack that stays up; a demo has only its one run
    services = Services(settings(state, port, dags, store, landing, labels, watch=False))
    with _one_line_errors():
        services = services.as_running()
        services.settings.label_set()
        conf = run_params(params)
        with progress_bar("starting"):
            prepare_landing(services.settings, console.print)
            started = services.start(keep=False, say=console.print)
        try:
            _show_addresses(services, started)
            succeeded, report = run_and_show(services, conf, console)
        finally:
            if started and not services.record().get("keep"):
                console.print("stopping Airflow and Postgres")
                with progress_bar("stopping"):
                    services.stop()
    link = (report, f"link {report}") if report else "there is none; the log of task report shows the reason"
    console.print(Text.assemble("report: ", link))
    raise typer.Exit(0 if succeeded else 1)


@app.command()
def down(state: State = CHECKOUT / ".mer") -> None:
    """Stop all processes that the stack started, and no others."""
    with _one_line_errors():
        with progress_bar("stopping"):
            stopped = Services(StackSettings(state.resolve())).stop()
        console.print("stopped" if stopped else "the stack was not running")


@app.command()
def env(state: State = CHECKOUT / ".mer") -> None:
    """Print shell commands that export the environment variables with which ``python -m mer_tasks`` uses the running stack."""
    services = Services(StackSettings(state.resolve()))
    with _one_line_errors():
        if not services.is_up():
            raise ConfigError("the stack is not up, so there is no database: make up")
        for name, value in services.places().items():
            typer.echo(f"export {name}={shlex.quote(value)}")


@app.command()
def status(state: State = CHECKOUT / ".mer") -> None:
    """Show which processes of the stack run; the exit code is 1 unless all of them run."""
    services = Services(StackSettings(state.resolve()))
    for name, process_state in services.states().items():
        console.print(f"{name:13} {process_state}")
    raise typer.Exit(0 if services.is_up() else 1)

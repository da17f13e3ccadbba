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
from mer_tasks.terminal.progress_bar import waiting

WIDTH = 120
"""Of tables that are not written to a terminal."""

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDTH)
errors = Console(highlight=False, soft_wrap=True, stderr=True)

State = Annotated[Path, typer.Option(envvar="MER_STATE", help="Folder of everything that the stack keeps.")]
Port = Annotated[int, typer.Option(envvar="PORT", min=1, max=65535, help="Of the user interface, on the loopback interface.")]
Dags = Annotated[Path, typer.Option(envvar="MER_DAGS", help="Folder of the DAG files.")]
Store = Annotated[str | None, typer.Option(envvar="STORE", help="Object store: a path or s3://bucket/prefix.")]
Landing = Annotated[str | None, typer.Option(envvar="LANDING", help="Landing zone: a path or s3://bucket/prefix.")]
Params = Annotated[str | None, typer.Option(envvar="PARAMS", help="Params of the run, as a JSON object.")]

EXAMPLE = '{"preset": "seed-cnn", "epochs": 6}'
"""Params, as a message shows them."""


@contextmanager
def _one_line_errors() -> Iterator[None]:
    """End with a line instead of a traceback, and with an exit code that says how."""
    try:
        with interruptible():
            yield
    except MerError as error:
        errors.print(f"error: {error}", markup=False)
        raise typer.Exit(1) from None
    except Interrupted as interrupted:
        errors.print(f"stopped by {interrupted}")
        raise typer.Exit(interrupted.exit_code) from None


def settings(state: Path, port: int, dags: Path, store: str | None, landing: str | None, watch: bool = True) -> StackSettings:
    """Settings from what a command was given; an empty text is none."""
    store_url, landing_url = (file_url(place) if place else None for place in (store, landing))
    return StackSettings(state.resolve(), port, dags.resolve(), store_url, landing_url, watch)


def run_params(text: str | None) -> dict[str, Any]:
    """Params of a demo run, as the caller gives them: a JSON object, or nothing.

    Raises
    ------
    ConfigError
        If `text` is no JSON object, or a param is wrong.
    """
    try:
        given = json.loads(text or "{}")
    except ValueError as error:
        raise ConfigError(f"PARAMS={text!r}: {error}; expected JSON like {EXAMPLE}") from None
    if not isinstance(given, dict):
        raise ConfigError(f"PARAMS={text!r}: expected a JSON object like {EXAMPLE}")
    Config.load(given)
    return given


@app.command()
def up(
    state: State = CHECKOUT / ".mer",
    port: Port = PORT,
    dags: Dags = CHECKOUT / "dags",
    store: Store = None,
    landing: Landing = None,
) -> None:
    """Start Postgres and Airflow, and leave them running."""
    services = Services(settings(state, port, dags, store, landing))
    with _one_line_errors():
        with waiting("starting"):
            if not services.is_up():
                prepare_landing(services.settings, console.print)
            started = services.start(keep=True, say=console.print)
        _say_where(services, started)


def _say_where(services: Services, started: bool) -> None:
    """Where the user interface is, and once the password."""
    secret, places = services.settings.secrets(), services.record()
    shown = services.settings.password_shown
    word = (
        f"password kept in {services.settings.passwords}" if shown.exists() else f"password {secret.password} (shown this once)"
    )
    shown.touch()
    console.print(f"{'up' if started else 'already up'}: {places['url']}, user {USER}, {word}")
    console.print(f"runs, tracks and decisions: {places['url']}/plugin/mer")
    console.print(f"landing zone {places['landing']}, object store {places['store']}")
    if services.settings.watch and not places.get("watch"):
        console.print("nothing runs by itself: a demo has started it like that; make down and make up change it")


@app.command()
def demo(
    state: State = CHECKOUT / ".mer",
    port: Port = PORT,
    dags: Dags = CHECKOUT / "dags",
    store: Store = None,
    landing: Landing = None,
    params: Params = None,
) -> None:
    """Run mer_train on generated music, or on a landing zone, and show what it found."""
    # its one run is its own; DAGs that run by themselves are for a stack that stays up
    services = Services(settings(state, port, dags, store, landing, watch=False))
    with _one_line_errors():
        services = services.as_running()
        conf = run_params(params)
        with waiting("starting"):
            prepare_landing(services.settings, console.print)
            started = services.start(keep=False, say=console.print)
        try:
            _say_where(services, started)
            succeeded, report = run_and_show(services, conf, console)
        finally:
            if started and not services.record().get("keep"):
                console.print("stopping Airflow and Postgres")
                with waiting("stopping"):
                    services.stop()
    said = (report, f"link {report}") if report else "none was made; the log of its task says why"
    console.print(Text.assemble("report: ", said))
    raise typer.Exit(0 if succeeded else 1)


@app.command()
def down(state: State = CHECKOUT / ".mer") -> None:
    """Stop everything that the stack started, and nothing else."""
    with _one_line_errors():
        with waiting("stopping"):
            stopped = Services(StackSettings(state.resolve())).stop()
        console.print("stopped" if stopped else "nothing was running")


@app.command()
def env(state: State = CHECKOUT / ".mer") -> None:
    """Print the variables by which ``python -m mer_tasks`` works on the running stack, for a shell to evaluate."""
    services = Services(StackSettings(state.resolve()))
    with _one_line_errors():
        if not services.is_up():
            raise ConfigError("the stack is not up, so there is no database: make up")
        for name, value in services.places().items():
            typer.echo(f"export {name}={shlex.quote(value)}")


@app.command()
def status(state: State = CHECKOUT / ".mer") -> None:
    """Say what runs; exit code 1 unless all does."""
    services = Services(StackSettings(state.resolve()))
    for name, word in services.states().items():
        console.print(f"{name:13} {word}")
    raise typer.Exit(0 if services.is_up() else 1)

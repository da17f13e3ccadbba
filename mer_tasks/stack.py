"""Commands of the local stack, for the Makefile: ``python -m mer_tasks.stack up | down | status``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mer_tasks.errors import MerError
from mer_tasks.services import Services
from mer_tasks.signals import Interrupted, interruptible
from mer_tasks.stack_settings import CHECKOUT, PORT, USER, StackSettings, file_url

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
console = Console(highlight=False, soft_wrap=True)

State = Annotated[Path, typer.Option(envvar="MER_STATE", help="Folder of everything that the stack keeps.")]
Port = Annotated[int, typer.Option(envvar="PORT", min=1, max=65535, help="Of the user interface, on the loopback interface.")]
Dags = Annotated[Path, typer.Option(envvar="MER_DAGS", help="Folder of the DAG files.")]
Store = Annotated[str | None, typer.Option(envvar="STORE", help="Object store: a path or s3://bucket/prefix.")]
Landing = Annotated[str | None, typer.Option(envvar="LANDING", help="Landing zone: a path or s3://bucket/prefix.")]


@contextmanager
def _one_line_errors() -> Iterator[None]:
    """End with a line instead of a traceback, and with an exit code that says how."""
    try:
        with interruptible():
            yield
    except MerError as error:
        console.print(f"error: {error}", markup=False)
        raise typer.Exit(1) from None
    except Interrupted as interrupted:
        console.print(f"stopped by {interrupted}")
        raise typer.Exit(interrupted.exit_code) from None


def settings(state: Path, port: int, dags: Path, store: str | None, landing: str | None) -> StackSettings:
    """Settings from what a command was given; an empty text is none."""
    store_url, landing_url = (file_url(place) if place else None for place in (store, landing))
    return StackSettings(state.resolve(), port, dags.resolve(), store_url, landing_url)


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
        known = (services.settings.state / "secrets.json").exists()
        started = services.start(keep=True, say=console.print)
        secret = services.settings.secrets()
        word = f"password {secret.password} (shown this once;" if not known else "password as shown at the first start (it is"
        url = services.record()["url"]
        console.print(f"{'up' if started else 'already up'}: {url}, user {USER}, {word} kept in {services.settings.passwords})")


@app.command()
def down(state: State = CHECKOUT / ".mer") -> None:
    """Stop everything that the stack started, and nothing else."""
    with _one_line_errors():
        console.print("stopped" if Services(StackSettings(state.resolve())).stop() else "nothing was running")


@app.command()
def status(state: State = CHECKOUT / ".mer") -> None:
    """Say what runs; exit code 1 unless all does."""
    services = Services(StackSettings(state.resolve()))
    for name, word in services.states().items():
        console.print(f"{name:13} {word}")
    raise typer.Exit(0 if services.is_up() else 1)


if __name__ == "__main__":
    app()

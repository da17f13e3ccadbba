"""Commands on pretrained encoders: build a folder from an installed package, check a folder, add it to the store, list them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mer_tasks.cli.query_commands import Json
from mer_tasks.cli.sections import SET_UP
from mer_tasks.config import Config
from mer_tasks.terminal.progress_bar import progress_bar

if TYPE_CHECKING:
    from mer_tasks.encoders.description import Encoder
    from mer_tasks.encoders.folder import EncoderFolder

app = typer.Typer()

Folder = Annotated[str, typer.Argument(help="Path or URL of the encoder's folder.")]
Store = Annotated[str | None, typer.Option(help="URL of the object store. Empty: MER_STORE_URL.")]


def _facts(encoder: "Encoder") -> dict[str, str]:
    """Describe an encoder by what people must know before they use it."""
    return {
        "encoder": str(encoder),
        "licence": f"{encoder.licence}, {'' if encoder.commercial_use else 'no '}commercial use",
        "trained on": encoder.trained_on,
        "vectors": f"{encoder.size} numbers for {encoder.window_seconds:g} s, every {encoder.hop_seconds:g} s",
        "space": encoder.space,
    }


def _checked(source: str) -> tuple["EncoderFolder", float]:
    from mer_tasks.encoders.folder import read_encoder
    from mer_tasks.encoders.golden_check import check_encoder

    with progress_bar("checking the encoder"):
        folder = read_encoder(source)
        return folder, check_encoder(folder)


@app.command("encoders build", rich_help_panel=SET_UP)
def build(
    name: Annotated[Literal["musicnn", "vibenet"], typer.Argument(help="Package whose network becomes an encoder.")],
    folder: Annotated[Path, typer.Argument(help="New or empty folder for the encoder.")],
) -> None:
    """Make the folder of an encoder from the package musicnn or vibenet, which you install with pip install --no-deps."""
    from mer_tasks.encoders.building import build_folder
    from mer_tasks.terminal.tables import print_facts

    with progress_bar(f"building {name}"):
        if name == "musicnn":
            from mer_tasks.encoders.musicnn import build_musicnn as build_encoder
        else:
            from mer_tasks.encoders.vibenet import build_vibenet as build_encoder
        made = build_folder(build_encoder, folder)
    print_facts({**_facts(made.encoder), "folder": str(folder)})


@app.command("encoders check", rich_help_panel=SET_UP)
def check(folder: Folder) -> None:
    """Check an encoder: its files, its network, and whether this machine computes its golden vectors; print its licence."""
    from mer_tasks.terminal.tables import print_facts

    checked, cosine = _checked(folder)
    print_facts({**_facts(checked.encoder), "golden vectors": f"smallest cosine {cosine:.6f}"})


@app.command("encoders add", rich_help_panel=SET_UP)
def add(folder: Folder, store_url: Store = None) -> None:
    """Check an encoder, and copy it to the object store. Another encoder with the same name and version is refused."""
    from mer_tasks.encoders.folder import add_encoder
    from mer_tasks.storage import open_store

    checked, _ = _checked(folder)
    url, new = add_encoder(checked, open_store(Config.load({"store_url": store_url}).store_url))
    typer.echo(f"{'added' if new else 'up to date'}: {checked.encoder}, {checked.encoder.licence}")
    typer.echo(url)


@app.command("encoders list", rich_help_panel=SET_UP)
def list_encoders(store_url: Store = None, as_json: Json = False) -> None:
    """List the encoders in the object store, with licence and address."""
    from mer_tasks.encoders.folder import added_encoders
    from mer_tasks.storage import open_store
    from mer_tasks.terminal.tables import print_json, print_table

    with progress_bar("listing encoders"):
        found = added_encoders(open_store(Config.load({"store_url": store_url}).store_url))
    if as_json:
        print_json([{**encoder.document, "space": encoder.space, "url": url} for encoder, url in found])
        return
    rows: list[dict[str, Any]] = [
        {
            "name": encoder.name,
            "version": encoder.version,
            "licence": encoder.licence,
            "commercial use": "yes" if encoder.commercial_use else "no",
            "numbers": encoder.size,
            "space": encoder.space[:8],
            "address": url,
        }
        for encoder, url in found
    ]
    if rows:
        print_table(rows)
    else:
        typer.echo("no encoders; mer encoders add FOLDER adds one")

"""Commands that fill the landing zone: copy a folder, import a data set with its label set, generate music."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mer_tasks.cli.sections import SET_UP
from mer_tasks.config import Config
from mer_tasks.errors import ConfigError
from mer_tasks.terminal.progress_bar import progress_bar

if TYPE_CHECKING:
    from mer_tasks.landing.imports import ImportPlan
    from mer_tasks.storage.base import ObjectStore

app = typer.Typer()

Landing = Annotated[
    str | None, typer.Option("--landing", help="URL of the landing zone. Empty: the one that the environment names.")
]


def _landing(url: str | None) -> "ObjectStore":
    from mer_tasks.landing.folder import open_landing

    return open_landing(url or Config.load().landing)


def _import(plan: "ImportPlan", landing: str | None) -> None:
    """Carry out an import, and print what was imported and where the label file is."""
    from mer_tasks.landing.imports import carry_out

    store = _landing(landing)
    with progress_bar("copying", None) as show:
        done = carry_out(plan, store, lambda copied, total: show(completed=copied, total=total))
    for note in plan.notes:
        typer.echo(f"note: {note}", err=True)
    tracks = f"{done.tracks} tracks" if plan.copies else "annotations without audio (mer land copies music)"
    typer.echo(
        f"{store.url}: {tracks}; {done.written} file{'' if done.written == 1 else 's'} written, {done.unchanged} unchanged"
    )
    typer.echo(f"label set {plan.label_set}: set MER_LABELS={done.labels}")


@app.command(rich_help_panel=SET_UP)
def land(
    folder: Annotated[
        Path,
        typer.Argument(
            exists=True, file_okay=False, help="Folder with <genre>/<track id>.<ext>, annotations/*.csv and metadata/*.csv."
        ),
    ],
    landing: Landing = None,
) -> None:
    """Copy the music and the annotations of a folder into the landing zone."""
    from mer_tasks.landing.copy_folder import land

    store = _landing(landing)
    with progress_bar("copying", None) as show:
        counts = land(folder, store, lambda copied, total: show(completed=copied, total=total))
    typer.echo(f"{store.url}: {counts['written']} files written, {counts['unchanged']} unchanged")


@app.command(rich_help_panel=SET_UP)
def import_emotify(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder with <genre>/<n>.mp3 and data.csv.")],
    landing: Landing = None,
) -> None:
    """Copy the folder of the published Emotify data set into the landing zone."""
    from mer_tasks.landing.emotify import import_emotify

    store = _landing(landing)
    with progress_bar("copying", None) as show:
        counts = import_emotify(folder, store, lambda copied, total: show(completed=copied, total=total))
    typer.echo(f"{store.url}: {counts['tracks']} tracks; {counts['written']} files written, {counts['unchanged']} unchanged")


@app.command(rich_help_panel=SET_UP)
def demo_music(
    landing: Landing = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed. The same seed gives the same music and annotations.")] = 0,
    tracks_per_genre: Annotated[int, typer.Option(min=1, max=1000, help="Number of tracks in each of four genres.")] = 24,
    seconds: Annotated[float, typer.Option(min=1, max=600, help="Length of each track in seconds.")] = 20.0,
) -> None:
    """Generate music and annotations of simulated listeners, and write them into the landing zone.

    The label set may be the default one, or have some of its emotions.
    """
    from mer_tasks.generated_music.dataset import generate
    from mer_tasks.storage.label_files import read_label_set

    label_set = read_label_set(Config.load().labels)
    store = _landing(landing)
    with progress_bar("composing", None) as show:
        counts = generate(
            store,
            label_set,
            seed=seed,
            tracks_per_genre=tracks_per_genre,
            seconds=seconds,
            progress=lambda written, total: show(completed=written, total=total),
        )
    typer.echo(f"{store.url}: {counts['tracks']} tracks, {counts['rows']} rows of annotations")


@app.command("import-4q", rich_help_panel=SET_UP)
def import_4q(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder with the clips and their CSV files.")],
    moods: Annotated[
        int | None,
        typer.Option(min=1, help="Import mood words in place of quadrants: those that at least so many tracks have."),
    ] = None,
    landing: Landing = None,
) -> None:
    """Copy the folder of the 4Q audio emotion data set into the landing zone, and write its label file beside it."""
    from mer_tasks.landing.four_quadrants import plan

    _import(plan(folder, moods), landing)


@app.command(rich_help_panel=SET_UP)
def import_jamendo(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="Folder with autotagging_moodtheme.tsv, and split-0 if needed.")
    ],
    audio: Annotated[Path | None, typer.Option(exists=True, file_okay=False, help="Folder of audio. Empty: FOLDER.")] = None,
    split: Annotated[
        int | None, typer.Option(min=0, max=4, help="Keep the parts of the published split of this number.")
    ] = None,
    landing: Landing = None,
) -> None:
    """Copy the tracks with mood and theme tags of MTG-Jamendo into the landing zone, and write their label file beside it."""
    from mer_tasks.landing.jamendo import plan

    _import(plan(folder, audio or folder, split), landing)


@app.command(rich_help_panel=SET_UP)
def import_csv(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV file with annotations.")],
    of_id: Annotated[str, typer.Option("--id", help="Column of track ids.")],
    labels: Annotated[
        str | None, typer.Option(help="Columns of the labels, with commas between them; cells are 0 or 1, or votes.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="Column that has one label in each row.")] = None,
    single: Annotated[bool, typer.Option("--single", help="Each track has exactly one label.")] = False,
    listener: Annotated[str | None, typer.Option(help="Column that names the listener of a row.")] = None,
    listeners: Annotated[
        str | None, typer.Option(help="Column of the number of listeners; the columns of the labels are then votes.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the label set. Empty: made of the file's name.")] = None,
    landing: Landing = None,
) -> None:
    """Write annotations from any CSV file into the landing zone, and a label file beside it. It copies no audio."""
    from mer_tasks.landing.any_csv import Columns, plan

    if label and listeners:
        raise ConfigError("--listeners with --label: expected --labels, columns of votes")
    names = [part.strip() for part in (labels or "").split(",") if part.strip()]
    _import(plan(file, Columns(of_id, names, label, listener, listeners), name, single=single), landing)

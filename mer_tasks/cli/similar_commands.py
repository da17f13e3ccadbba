"""Commands that search similar tracks: those nearest to a track, with more or less of a label, and a path of tracks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from mer_tasks.cli.query_commands import Json, Reader, Rows, run_query
from mer_tasks.cli.sections import ASK
from mer_tasks.cli.track_commands import database_label_set, known_track_id, label_id_of, name_columns
from mer_tasks.errors import ConfigError

if TYPE_CHECKING:
    from mer_tasks.terminal.tables import Row

app = typer.Typer()

Track = Annotated[str, typer.Argument(help="Id of a track, or a text that only its title or artist has.")]


@app.command(rich_help_panel=ASK)
def similar(
    track: Track,
    having: Annotated[str | None, typer.Option(help="Only tracks that have this label, by the served predictions.")] = None,
    more: Annotated[str | None, typer.Option(help="Only tracks with a clearly higher probability of this label.")] = None,
    less: Annotated[str | None, typer.Option(help="Only tracks with a clearly lower probability of this label.")] = None,
    genre: Annotated[str | None, typer.Option(help="Only tracks of this genre.")] = None,
    rows: Rows = 10,
    as_json: Json = False,
    database_url: Reader = None,
) -> None:
    """List the tracks that are most similar to a track: "like this", or "like this but calmer" with --more calmness."""
    if having and (more or less):
        raise ConfigError("--having: expected either it or --more and --less")
    label_set = database_label_set(database_url)
    wanted = {
        name: label and label_id_of(label, label_set) for name, label in {"emotion": having, "more": more, "less": less}.items()
    }
    track_id = known_track_id(database_url, track)
    used = ("more", "less") if more or less else ("emotion",)
    params = {"track_id": track_id, "genre": genre, "rows": rows, **{name: wanted[name] for name in used}}
    found = run_query(database_url, "tracks_like" if more or less else "similar_tracks", params)
    if not found:
        raise ConfigError(f"track {track_id!r}: no other track of the landing zone fulfils the conditions, expected wider ones")
    _print(found, as_json, label_set.noun[1])


@app.command(rich_help_panel=ASK)
def path(from_track: Track, to_track: Track, rows: Rows = 10, as_json: Json = False, database_url: Reader = None) -> None:
    """List tracks that lead from one track to another in small steps, both included."""
    ends = {"from_track": known_track_id(database_url, from_track), "to_track": known_track_id(database_url, to_track)}
    found = run_query(database_url, "path_between_tracks", {**ends, "rows": rows})
    _print(found, as_json, database_label_set(database_url).noun[1])


def _print(found: "Sequence[Row]", as_json: bool, labels: str) -> None:
    from mer_tasks.terminal.tables import decimals, print_json, print_table

    if as_json:
        print_json(found)
        return
    print_table(
        [
            {
                "place": row["place"],
                **name_columns(row, found),
                "genre": row["genre"],
                "distance": decimals(row["distance"]),
                labels: row["positives"],
            }
            for row in found
        ]
    )

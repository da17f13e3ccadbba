"""Commands that query the database about tracks: tracks for a label, tracks by name, the reasons for a prediction."""

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mer_tasks.cli.query_commands import Json, Reader, Rows, database_or_error, run_query
from mer_tasks.cli.sections import ASK
from mer_tasks.column_names import simplified
from mer_tasks.errors import ConfigError
from mer_tasks.label_set import SHORT_LIST, SHOWN_POSITIVES
from mer_tasks.terminal.progress_bar import progress_bar
from mer_tasks.track_names import track_name_with_id
from mer_tasks.wording import PART_MEANINGS, PROVISIONAL, encoder_of, label_set_text, listed

if TYPE_CHECKING:
    from mer_tasks.label_set import LabelSet
    from mer_tasks.terminal.tables import Row

app = typer.Typer()

MAX_NAMED = 5
"""Tracks that an error message names at most."""
MAX_GENRES = 20
"""Genres that the error message for an unknown genre names at most."""


def database_label_set(url: str | None) -> "LabelSet":
    """Read the label set of the database."""
    from mer_tasks.database.stored_labels import stored_labels_at

    with progress_bar("querying the database"):
        return stored_labels_at(database_or_error(url)).label_set


@app.command(rich_help_panel=ASK)
def top(
    label: Annotated[str, typer.Argument(help="A label, by its id or its name; `labels show` lists them.")],
    genre: Annotated[str | None, typer.Option(help="Only tracks of this genre.")] = None,
    text: Annotated[str | None, typer.Option(help="Only tracks with this text in title, artist or id.")] = None,
    unclear: Annotated[bool, typer.Option("--unclear", help="Also tracks whose answer is unclear or no.")] = False,
    rows: Rows = 10,
    as_json: Json = False,
    database_url: Reader = None,
) -> None:
    """List the tracks that clearly have a label, highest probability first, by the served predictions."""
    from mer_tasks.terminal.tables import bar, decimals, print_json, print_table

    label_set = database_label_set(database_url)
    wanted = label_id_of(label, label_set)
    params = {"emotion": wanted, "genre": genre, "text": text and _composed(text)}
    certainty = {"certainty": None} if unclear else {}
    tracks = run_query(database_url, "tracks_for_emotion", {**params, **certainty, "rows": rows})
    if not tracks and not unclear and run_query(database_url, "tracks_for_emotion", {**params, "certainty": None, "rows": 1}):
        raise ConfigError(f"{label_set.by_id[wanted].name}: no track clearly has it; --unclear lists the others too")
    if not tracks and text is not None:
        raise ConfigError(f"text {text!r}: no track{f' of genre {genre!r}' if genre else ''} has it in title, artist or id")
    if not tracks:
        name = label_set.by_id[wanted].name
        raise ConfigError(_why_no_tracks(name, genre, [row["genre"] for row in run_query(database_url, "genres", {})]))
    if as_json:
        print_json(tracks)
        return
    print_table(
        [
            {
                "rank": row["rank"],
                **name_columns(row, tracks),
                "genre": row["genre"],
                "probability": decimals(row["probability"]),
                " ": bar(row["probability"]),
                **_if_known("certainty", row, tracks),
                "part": row["part"],
            }
            for row in tracks
        ]
    )
    if any(row["provisional"] for row in tracks):
        typer.echo(f"The model is {PROVISIONAL}.")


def label_id_of(text: str, label_set: "LabelSet") -> str:
    """Return the id of the label in use that has `text` as its id or its name; raises :class:`ConfigError` if none has."""
    wanted = simplified(text)
    for label_id, name in zip(label_set.ids, label_set.names, strict=True):
        if wanted and wanted in (simplified(label_id), simplified(name)):
            return label_id
    return label_set.check_label(text, label_set.noun[0])


@app.command(rich_help_panel=ASK)
def find(
    text: Annotated[str, typer.Argument(help="A part of a title, of an artist's name or of a track id.")],
    rows: Rows = 20,
    as_json: Json = False,
    database_url: Reader = None,
) -> None:
    """Find tracks by title, artist or id, and list the labels that the served predictions give them."""
    from mer_tasks.terminal.tables import print_json, print_table

    tracks = run_query(database_url, "find_tracks", {"text": _composed(text), "rows": rows})
    if as_json:
        print_json(tracks)
        return
    label_set = database_label_set(database_url)
    print_table(
        [
            {
                **name_columns(row, tracks),
                "genre": row["genre"],
                label_set.noun[1]: _positives(row["positives"], label_set),
                **_if_known("unclear", row, tracks),
                "gone": None if row["present"] else "no longer in the landing zone",
            }
            for row in tracks
        ]
    )


def _positives(label_ids: Sequence[str], label_set: "LabelSet") -> str:
    """Name the labels that a track has, most probable first: of a label set with many labels only some."""
    names = [label_set.by_id[label_id].name for label_id in label_ids]
    return listed(names, SHOWN_POSITIVES if len(label_set) > SHORT_LIST else len(names))


def _composed(text: str) -> str:
    """Return a text in the form in which names are stored (NFC)."""
    return unicodedata.normalize("NFC", text)


def _if_known(name: str, row: "Row", rows: Sequence["Row"]) -> dict[str, Any]:
    """Return a column of a row, if any of the `rows` has a value there."""
    return {name: row[name]} if any(each[name] for each in rows) else {}


def name_columns(row: "Row", rows: Sequence["Row"]) -> dict[str, Any]:
    """Return the columns that name a track: title and artist, if any of the `rows` has one, and its id."""
    return {**_if_known("title", row, rows), **_if_known("artist", row, rows), "track_id": row["track_id"]}


def _why_no_tracks(name: str, genre: str | None, genres: Sequence[str]) -> str:
    """Say why a query for the tracks of the label `name` has no rows; `genres` are those in the landing zone."""
    if not genres:
        return "no track has been scored: expected a published run"
    if genre is None or genre in genres:
        of_genre = f" of genre {genre!r}" if genre else ""
        return f"no track{of_genre} has a prediction of {name}: run mer_predict, or mer_train if the label is new"
    more = f" and {len(genres) - MAX_GENRES} more" if len(genres) > MAX_GENRES else ""
    return f"genre {genre!r}: no track of it, expected one of {', '.join(genres[:MAX_GENRES])}{more}"


@app.command(rich_help_panel=ASK)
def explain(
    track: Annotated[str, typer.Argument(help="Id of a track, or a text that only its title or artist has.")],
    as_json: Json = False,
    database_url: Reader = None,
) -> None:
    """Explain the served prediction of a track: model, part, votes. In SQL, mer.explain has all runs that scored the track."""
    from mer_tasks.terminal.tables import bar, decimals, print_facts, print_json, print_table

    rows = run_query(database_url, "why_this_prediction", {"track_id": track})
    if not rows:
        rows = run_query(database_url, "why_this_prediction", {"track_id": track_id_of(database_url, track)})
    if as_json:
        print_json(rows)
        return
    names = {"track": rows[0]["track_id"], "title": rows[0]["title"], "artist": rows[0]["artist"]}
    print_facts({**names, **_prediction_facts(rows[0])})
    typer.echo()
    label_set = database_label_set(database_url)
    if len(rows) > SHORT_LIST:
        rows.sort(key=lambda row: -row["probability"])
    print_table(
        [
            {
                label_set.noun[0]: label_set.by_id[row["emotion"]].name,
                "probability": decimals(row["probability"]),
                " ": bar(row["probability"], row["threshold"], "green" if row["positive"] else ""),
                # a set of kind single has no thresholds: its decision is the most probable label
                **({} if label_set.single else {"threshold": decimals(row["threshold"])}),
                "decision" if label_set.single else "positive": "yes" if row["positive"] else None,
                **_if_known("certainty", row, rows),
                "votes": row["votes"],
                "  ": bar(row["votes"] / row["annotators"]) if row["annotators"] else None,
            }
            for row in rows
        ]
    )


def known_track_id(url: str | None, text: str) -> str:
    """Return `text` if it is the id of a scored track, or else the id of the only track that has it in its name."""
    return text if run_query(url, "why_this_prediction", {"track_id": text}) else track_id_of(url, text)


def track_id_of(url: str | None, text: str) -> str:
    """Return the id of the only track with `text` in its title, artist or id."""
    found = run_query(url, "find_tracks", {"text": _composed(text), "rows": MAX_NAMED + 1})
    if len(found) == 1:
        return str(found[0]["track_id"])
    if not found:
        raise ConfigError(f"track {text!r}: no run has scored it, expected a track_id of mer.tracks, or a part of its name")
    named = ", ".join(track_name_with_id(row["track_id"], row["title"], row["artist"]) for row in found[:MAX_NAMED])
    more = " and more" if len(found) > MAX_NAMED else ""
    raise ConfigError(f"track {text!r}: several tracks have it in their names, expected one of {named}{more}")


def _prediction_facts(row: "Row") -> dict[str, Any]:
    """Collect the facts that are the same for all labels of a track's prediction."""
    now = "the champion" if row["champion_now"] else "not the champion now"
    now += f" ({PROVISIONAL})" if row["provisional"] else ""
    return {
        "genre": row["genre"],
        "gone": row["gone_at"] and f"no longer in the landing zone: {row['gone_at']:%Y-%m-%d %H:%M}",
        "scored by": f"run {row['scored_by']}, {row['scored_at']:%Y-%m-%d %H:%M}{'' if row['is_served'] else ' (not served)'}",
        "model of": f"run {row['model_run_id']}, {now}",
        "part": PART_MEANINGS[row["part"]],
        "listeners": row["annotators"] or "none: the track has no annotations",
        "features": row["features_uri"],
        "encoder": encoder_of(row),
        "embeddings": row["embeddings_uri"],
        "model": row["model_uri"],
        "sha256": row["model_sha256"],
        "label set": label_set_text(row["label_set"], row["label_set_digest"]),
    }

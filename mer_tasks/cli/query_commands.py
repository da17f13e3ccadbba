"""Commands that query the database: published runs, results of a run, tracks for an emotion, a prediction, the cookbook.

The commands only read. They use the reader's account if MER_READER_URL is set.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mer_tasks.cli.sections import ASK
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import ConfigError
from mer_tasks.terminal.progress_bar import progress_bar
from mer_tasks.track_names import track_name_with_id
from mer_tasks.wording import PART_MEANINGS

if TYPE_CHECKING:
    from mer_tasks.terminal.tables import Row

app = typer.Typer()

Reader = Annotated[
    str | None,
    typer.Option(envvar=["MER_READER_URL", "MER_DATABASE_URL"], help="URL of Postgres; the rights of mer_reader are enough."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Rows = Annotated[int, typer.Option(min=1, max=1_000_000, help="Maximum number of rows.")]

MAX_NAMED = 5
"""Tracks that an error message names at most."""
MAX_GENRES = 20
"""Genres that the error message for an unknown genre names at most."""


def _database(url: str | None) -> str:
    if not url:
        raise ConfigError(
            "no database: expected MER_READER_URL, MER_DATABASE_URL or --database-url,"
            " postgresql+psycopg2://user:password@host/mer"
        )
    return url


def _query(url: str | None, name: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run a query while a progress bar is shown, and return its rows."""
    from mer_tasks.database.queries import query

    with progress_bar("querying the database"):
        return query(_database(url), name, params)


@app.command(rich_help_panel=ASK)
def query(
    name: Annotated[str | None, typer.Argument(help="Name of a query. Empty: list all queries.")] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", help="A parameter of the query: name=value or name=NULL.")
    ] = None,
    as_json: Json = False,
    database_url: Reader = None,
) -> None:
    """Run a query from the cookbook in sql/queries."""
    from mer_tasks.terminal.tables import print_json, print_questions, print_table

    if name is None:
        print_questions()
        return
    rows = _query(database_url, name, dict(_pair(text) for text in param or ()))
    (print_json if as_json else print_table)(rows)


def _pair(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r}, expected name=value", param_hint="--param")
    return name, None if value == "NULL" else value


@app.command(rich_help_panel=ASK)
def runs(rows: Rows = 20, as_json: Json = False, database_url: Reader = None) -> None:
    """List published runs, newest first, with their metrics and the decision on each model.

    ROC-AUC decides which model is better. It says how often, of two tracks, one with an emotion and one without it, the model
    gives the track with the emotion the higher probability. base: the F1 of a model that only knows how common each emotion is.
    """
    from mer_tasks.terminal.tables import print_json, print_table

    published = _query(database_url, "runs", {"rows": rows})
    if as_json:
        print_json(published)
        return
    print_table([_run_row(row) for row in published])


def _run_row(row: "Row") -> dict[str, Any]:
    from mer_tasks.terminal.tables import decimals
    from mer_tasks.wording import number_with_interval

    def with_interval(name: str) -> str:
        return number_with_interval(row[name], row[f"{name}_low"], row[f"{name}_high"])

    return {
        "run": row["run_id"],
        "mode": row["mode"],
        "published": row["published_at"],
        "tracks": row["tracks"],
        "ROC-AUC": with_interval("roc_auc_macro"),
        "F1": with_interval("f1_macro"),
        "base": decimals(row["f1_macro_baseline"]),
        "decision": "★ champion" if row["champion"] else row["outcome"],
    }


@app.command(rich_help_panel=ASK)
def show(
    run: Annotated[
        str | None,
        typer.Argument(help="Name of a published run, or its run id in Airflow. Empty: the newest run that evaluated a model."),
    ] = None,
    as_json: Json = False,
    database_url: Reader = None,
) -> None:
    """Show the results of a run: verdict, decision, metrics, rejected files, times and artifacts."""
    from mer_tasks.runs.run import safe_name
    from mer_tasks.terminal.run_summary import print_run_summary, summarize_run
    from mer_tasks.terminal.tables import print_json

    with progress_bar("reading database and store"):
        summary = summarize_run(_database(database_url), run and safe_name(run))
    (print_json if as_json else print_run_summary)(summary)


@app.command(rich_help_panel=ASK)
def top(
    emotion: Annotated[str, typer.Argument(help=f"One of {', '.join(EMOTIONS)}.")],
    genre: Annotated[str | None, typer.Option(help="Only tracks of this genre.")] = None,
    text: Annotated[str | None, typer.Option(help="Only tracks with this text in title, artist or id.")] = None,
    rows: Rows = 10,
    as_json: Json = False,
    database_url: Reader = None,
) -> None:
    """List the tracks with the highest probability of an emotion, by the served predictions."""
    from mer_tasks.terminal.tables import bar, decimals, print_json, print_table

    wanted = emotion.strip().lower().replace("-", "_").replace(" ", "_")
    if wanted not in EMOTIONS:
        raise ConfigError(f"emotion {emotion!r}: expected one of {', '.join(EMOTIONS)}")
    tracks = _query(
        database_url, "tracks_for_emotion", {"emotion": wanted, "genre": genre, "text": _composed(text), "rows": rows}
    )
    if not tracks and text is not None:
        raise ConfigError(f"text {text!r}: no track{f' of genre {genre!r}' if genre else ''} has it in title, artist or id")
    if not tracks:
        raise ConfigError(_why_no_tracks(genre, [row["genre"] for row in _query(database_url, "genres", {})]))
    if as_json:
        print_json(tracks)
        return
    print_table(
        [
            {
                "rank": row["rank"],
                **_names(row, tracks),
                "genre": row["genre"],
                "probability": decimals(row["probability"]),
                " ": bar(row["probability"]),
                "part": row["part"],
            }
            for row in tracks
        ]
    )


@app.command(rich_help_panel=ASK)
def find(
    text: Annotated[str, typer.Argument(help="A part of a title, of an artist's name or of a track id.")],
    rows: Rows = 20,
    as_json: Json = False,
    database_url: Reader = None,
) -> None:
    """Find tracks by title, artist or id, and list the emotions that the served predictions give them."""
    from mer_tasks.terminal.tables import print_json, print_table

    tracks = _query(database_url, "find_tracks", {"text": _composed(text), "rows": rows})
    if as_json:
        print_json(tracks)
        return
    print_table(
        [
            {
                **_names(row, tracks),
                "genre": row["genre"],
                "emotions": row["positives"],
                "gone": None if row["present"] else "no longer in the landing zone",
            }
            for row in tracks
        ]
    )


def _composed(text: str | None) -> str | None:
    """Return a text in the form in which names are stored (NFC)."""
    return text and unicodedata.normalize("NFC", text)


def _names(row: "Row", rows: Sequence["Row"]) -> dict[str, Any]:
    """Return the columns that name a track: title and artist, if any of the `rows` has one, and its id."""
    return {
        **{name: row[name] for name in ("title", "artist") if any(each[name] for each in rows)},
        "track_id": row["track_id"],
    }


def _why_no_tracks(genre: str | None, genres: Sequence[str]) -> str:
    """Say why a query for the tracks of an emotion has no rows; `genres` are those in the landing zone."""
    if not genres:
        return "no track has been scored: expected a published run"
    if genre is None or genre in genres:
        return f"no track{f' of genre {genre!r}' if genre else ''} has a prediction: run mer_predict"
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

    rows = _query(database_url, "why_this_prediction", {"track_id": track})
    if not rows:
        rows = _query(database_url, "why_this_prediction", {"track_id": _id_of(database_url, track)})
    if as_json:
        print_json(rows)
        return
    names = {"track": rows[0]["track_id"], "title": rows[0]["title"], "artist": rows[0]["artist"]}
    print_facts({**names, **_prediction_facts(rows[0])})
    typer.echo()
    print_table(
        [
            {
                "emotion": row["emotion"],
                "probability": decimals(row["probability"]),
                " ": bar(row["probability"], row["threshold"], "green" if row["positive"] else ""),
                "threshold": decimals(row["threshold"]),
                "positive": "yes" if row["positive"] else None,
                "votes": row["votes"],
                "  ": bar(row["votes"] / row["annotators"]) if row["annotators"] else None,
            }
            for row in rows
        ]
    )


def _id_of(url: str | None, text: str) -> str:
    """Return the id of the only track with `text` in its title, artist or id."""
    found = _query(url, "find_tracks", {"text": _composed(text), "rows": MAX_NAMED + 1})
    if len(found) == 1:
        return str(found[0]["track_id"])
    if not found:
        raise ConfigError(f"track {text!r}: no run has scored it, expected a track_id of mer.tracks, or a part of its name")
    named = ", ".join(track_name_with_id(row["track_id"], row["title"], row["artist"]) for row in found[:MAX_NAMED])
    more = " and more" if len(found) > MAX_NAMED else ""
    raise ConfigError(f"track {text!r}: several tracks have it in their names, expected one of {named}{more}")


def _prediction_facts(row: "Row") -> dict[str, Any]:
    """Collect the facts that are the same for all nine emotions of a track's prediction."""
    now = "the champion" if row["champion_now"] else "not the champion now"
    return {
        "genre": row["genre"],
        "gone": row["gone_at"] and f"no longer in the landing zone: {row['gone_at']:%Y-%m-%d %H:%M}",
        "scored by": f"run {row['scored_by']}, {row['scored_at']:%Y-%m-%d %H:%M}{'' if row['is_served'] else ' (not served)'}",
        "model of": f"run {row['model_run_id']}, {now}",
        "part": PART_MEANINGS[row["part"]],
        "listeners": row["annotators"] or "none: the track has no annotations",
        "features": row["features_uri"],
        "model": row["model_uri"],
        "sha256": row["model_sha256"],
    }

"""Commands that ask the database: what ran, what a run found, tracks for an emotion, what is behind a prediction, the cookbook.

They only read, and take the reader's account where it is known.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mer_tasks.cli.sections import ASK
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import ConfigError
from mer_tasks.terminal.progress_bar import waiting
from mer_tasks.wording import PARTS

if TYPE_CHECKING:
    from mer_tasks.terminal.tables import Row

app = typer.Typer()

Reader = Annotated[
    str | None,
    typer.Option(envvar=["MER_READER_URL", "MER_DATABASE_URL"], help="Postgres, as a reader: mer_reader's rights are enough."),
]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]
Rows = Annotated[int, typer.Option(min=1, max=1_000_000, help="So many at most.")]

GENRES = 20
"""Genres that are named where one is not found."""


def _database(url: str | None) -> str:
    if not url:
        raise ConfigError(
            "no database: expected MER_READER_URL, MER_DATABASE_URL or --database-url,"
            " postgresql+psycopg2://user:password@host/mer"
        )
    return url


def _asked(url: str | None, name: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of a query, with something to look at meanwhile."""
    from mer_tasks.database.queries import query

    with waiting("asking the database"):
        return query(_database(url), name, params)


@app.command(rich_help_panel=ASK)
def query(
    name: Annotated[str | None, typer.Argument(help="Name of a query; without it, all are listed.")] = None,
    param: Annotated[list[str] | None, typer.Option("--param", "-p", help="A parameter, as name=value or name=NULL.")] = None,
    as_json: Json = False,
    database_url: Reader = None,
) -> None:
    """Ask a question of the cookbook, sql/queries."""
    from mer_tasks.terminal.tables import print_json, print_questions, print_table

    if name is None:
        print_questions()
        return
    rows = _asked(database_url, name, dict(_pair(text) for text in param or ()))
    (print_json if as_json else print_table)(rows)


def _pair(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r}, expected name=value", param_hint="--param")
    return name, None if value == "NULL" else value


@app.command(rich_help_panel=ASK)
def runs(rows: Rows = 20, as_json: Json = False, database_url: Reader = None) -> None:
    """Published runs, newest first: how good each is on its test tracks, and what became of its model.

    It is decided by the ROC-AUC which model is better: of two tracks, one of which carries an emotion, how often it puts that
    one first. base: the F1 of a model that only knows how common each emotion is.
    """
    from mer_tasks.terminal.tables import print_json, print_table

    found = _asked(database_url, "runs", {"rows": rows})
    if as_json:
        print_json(found)
        return
    print_table([_run_row(row) for row in found])


def _run_row(row: "Row") -> dict[str, Any]:
    from mer_tasks.terminal.tables import decimals

    def ranged(name: str) -> str:
        low, high = decimals(row[f"{name}_low"]), decimals(row[f"{name}_high"])
        return f"{decimals(row[name])}{f' ({low}–{high})' if low and high else ''}"

    return {
        "run": row["run_id"],
        "mode": row["mode"],
        "published": row["published_at"],
        "tracks": row["tracks"],
        "ROC-AUC": ranged("roc_auc_macro"),
        "F1": ranged("f1_macro"),
        "base": decimals(row["f1_macro_baseline"]),
        "decision": "★ champion" if row["champion"] else row["outcome"],
    }


@app.command(rich_help_panel=ASK)
def show(
    run: Annotated[
        str | None,
        typer.Argument(help="Name of a published run, also as Airflow spells it. Empty: the newest that judged a model."),
    ] = None,
    as_json: Json = False,
    database_url: Reader = None,
) -> None:
    """What a run found: verdict, decision, metrics, files left out, where its time went and where its artifacts are."""
    from mer_tasks.runs.run import safe_name
    from mer_tasks.terminal.run_summary import about, print_about
    from mer_tasks.terminal.tables import print_json

    with waiting("asking database and store"):
        found = about(_database(database_url), run and safe_name(run))
    (print_json if as_json else print_about)(found)


@app.command(rich_help_panel=ASK)
def top(
    emotion: Annotated[str, typer.Argument(help=f"One of {', '.join(EMOTIONS)}.")],
    genre: Annotated[str | None, typer.Option(help="Only tracks of this genre.")] = None,
    rows: Rows = 10,
    as_json: Json = False,
    database_url: Reader = None,
) -> None:
    """Tracks for an emotion, most probable first, by the predictions that count now."""
    from mer_tasks.terminal.tables import bar, decimals, print_json, print_table

    wanted = emotion.strip().lower().replace("-", "_").replace(" ", "_")
    if wanted not in EMOTIONS:
        raise ConfigError(f"emotion {emotion!r}: expected one of {', '.join(EMOTIONS)}")
    found = _asked(database_url, "tracks_for_emotion", {"emotion": wanted, "genre": genre, "rows": rows})
    if not found:
        raise ConfigError(_nothing(genre, [row["genre"] for row in _asked(database_url, "genres", {})]))
    if as_json:
        print_json(found)
        return
    print_table(
        [
            {
                **{name: row[name] for name in ("rank", "track_id", "genre")},
                "probability": decimals(row["probability"]),
                " ": bar(row["probability"]),
                "part": row["part"],
            }
            for row in found
        ]
    )


def _nothing(genre: str | None, there: Sequence[str]) -> str:
    """Why there are no tracks for an emotion."""
    if not there:
        return "no track has been scored: expected a published run"
    if genre is None or genre in there:
        return f"no track{f' of genre {genre!r}' if genre else ''} has a prediction: run mer_predict"
    more = f" and {len(there) - GENRES} more" if len(there) > GENRES else ""
    return f"genre {genre!r}: no track of it, expected one of {', '.join(there[:GENRES])}{more}"


@app.command(rich_help_panel=ASK)
def explain(
    track: Annotated[str, typer.Argument(help="Id of a track.")], as_json: Json = False, database_url: Reader = None
) -> None:
    """What is behind the served prediction of a track; mer.explain in SQL has more columns, and every run that scored it."""
    from mer_tasks.terminal.tables import bar, decimals, print_facts, print_json, print_table

    rows = _asked(database_url, "why_this_prediction", {"track_id": track})
    if not rows:
        raise ConfigError(f"track {track!r}: no run has scored it, expected a track_id of mer.tracks")
    if as_json:
        print_json(rows)
        return
    print_facts({"track": track, **_behind(rows[0])})
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


def _behind(row: "Row") -> dict[str, Any]:
    """What all predictions of a track by a run have in common."""
    now = "the champion" if row["champion_now"] else "not the champion now"
    return {
        "genre": row["genre"],
        "gone": row["gone_at"] and f"no longer in the landing zone: {row['gone_at']:%Y-%m-%d %H:%M}",
        "scored by": f"run {row['scored_by']}, {row['scored_at']:%Y-%m-%d %H:%M}{'' if row['is_served'] else ' (not served)'}",
        "model of": f"run {row['model_run_id']}, {now}",
        "part": PARTS[row["part"]],
        "listeners": row["annotators"] or "nobody has annotated it",
        "features": row["features_uri"],
        "model": row["model_uri"],
        "sha256": row["model_sha256"],
    }

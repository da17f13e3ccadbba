"""What the MER pages show of the database, a page at a time.

In: the URL of a database, as its reader. Out: pages of rows. A page that goes on has a token, which says where the next one
begins: behind the last row (keyset pagination), so that a page far in costs what the first one does.
"""

import base64
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from mer_tasks.database.connection import database_url, engine, errors
from mer_tasks.database.queries import checked
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import ConfigError, DatabaseUnavailable

CONNECT_SECONDS, STATEMENT_SECONDS = 3, 5
"""A page that takes longer is an error: somebody waits for it."""
ROWS = 1000
"""Most rows of a page."""
PIECE = 3
"""Letters that mer.trigrams cuts names into."""


def _view(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *map(sa.column, columns), schema="mer")


TRACKS = _view(
    "listed_tracks",
    *("track_id", "genre", "duration_seconds", *EMOTIONS, "positives", "run_id", "model_run_id", "by_champion", "present"),
    *("part", "scored_at", "track_no", "listed_genre", "name"),
)
PLACE = ("track_no", "listed_genre", "name")
"""Columns that only decide which tracks come and in what order."""
SHOWN = (
    *(column for column in TRACKS.c if column.name not in (*PLACE, "positives")),
    # psycopg2 does not know the type of emotions
    sa.cast(TRACKS.c.positives, ARRAY(sa.Text)).label("positives"),
)
EMOTIONS_OF = _view("listed_emotions", "track_id", "emotion", "probability", "threshold", "positive", "votes", "annotators")
THRESHOLDS = _view("thresholds", "emotion", "threshold")
RUNS = _view(
    "listed_runs",
    *("run_no", "run_id", "mode", "published_at", "tracks", "rejected", "f1_macro", "f1_macro_low", "f1_macro_high"),
    *(
        "roc_auc_macro",
        "roc_auc_macro_low",
        "roc_auc_macro_high",
        "pr_auc_macro",
        "f1_macro_baseline",
        "device",
        "model_run_id",
        "is_champion",
        "outcome",
    ),
    *("promotion_no", "config", "store_url"),
)
DECISIONS = _view(
    "promotions",
    *("promotion_no", "decided_at", "outcome", "run_id", "model_sha256", "champion_run_id", "decided_by", "rule", "reason"),
    *("metric", "challenger", "champion", "baseline", "difference", "low", "high", "tracks", "groups", "left_out"),
)
GENRES = _view("listed_genres", "genre")


@dataclass(frozen=True)
class Page:
    """Some rows of a list.

    Attributes
    ----------
    rows : list of dict
    after : str or None
        Token of the next page; None at the end.
    """

    rows: list[dict[str, Any]]
    after: str | None


def token(place: Iterable[str | int | float]) -> str:
    """`place` in letters that a URL may have."""
    return base64.urlsafe_b64encode(json.dumps(list(place)).encode()).decode().rstrip("=")


def place(text: str, *kinds: type) -> list[Any]:
    """What :func:`token` was made of.

    Raises
    ------
    ConfigError
        If it is not a token of values of these kinds.
    """
    try:
        found = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or [type(value) for value in found] != list(kinds):
        raise ConfigError(f"after={text[:100]!r}: no place in this list, expected the token that came with the page before")
    return found


class Reader:
    """Asks the database for what the pages show; one for a process, which any number of threads may share.

    Parameters
    ----------
    url : str
        Of a role that may read the views.

    Raises
    ------
    ConfigError
        If the URL is none; of any method, if a parameter is wrong.
    PermanentError
        Of any method, if the database is not migrated, or by a newer version.
    AccessDenied, DatabaseUnavailable
        Of any method.
    """

    def __init__(self, url: str) -> None:
        settings = f"-c default_transaction_read_only=on -c statement_timeout={STATEMENT_SECONDS}s -c jit=off"
        parsed = database_url(url)
        options = {"connect_timeout": str(CONNECT_SECONDS), "options": f"{parsed.query.get('options', '')} {settings}".strip()}
        self._url = url
        self._engine = engine(parsed.update_query_dict(options).render_as_string(hide_password=False))

    def runs(self, after: str | None = None, rows: int = 50) -> Page:
        """Published runs, newest first; not those of mode predict that had nothing to score."""
        wanted = sa.or_(RUNS.c.mode != "predict", RUNS.c.tracks > 0)
        statement = sa.select(RUNS).where(wanted).order_by(RUNS.c.run_no.desc())
        if after is not None:
            statement = statement.where(RUNS.c.run_no < place(after, int)[0])
        return self._page(statement, rows, ("run_no",), {"run_no", "promotion_no", "config", "store_url"})

    def run(self, run_id: str) -> dict[str, Any] | None:
        """A run as in :meth:`runs`, with ``config``, ``store_url`` and ``decision``; None if it is not published."""
        checked(run_id=run_id)
        for row in self._rows(sa.select(RUNS).where(RUNS.c.run_id == run_id)):
            number = row.pop("promotion_no")
            decisions = self._rows(sa.select(DECISIONS).where(DECISIONS.c.promotion_no == number)) if number else []
            del row["run_no"]
            return {**row, "decision": next(iter(decisions), None)}
        return None

    def tracks(
        self,
        emotion: str | None = None,
        genre: str | None = None,
        text: str | None = None,
        positive: bool = False,
        after: str | None = None,
        rows: int = 50,
    ) -> Page:
        """Tracks with what is served of them.

        Parameters
        ----------
        emotion : str, optional
            Sorts by its probability, highest first; without it, tracks come by their ids.
        genre : str, optional
        text : str, optional
            Only tracks with it in their ids, in upper or lower case.
        positive : bool
            Only tracks whose probability of `emotion` reaches the threshold.
        after : str, optional
            Token of the page before, which was asked for with the same values.
        rows : int
        """
        checked(genre=genre, text=text)
        if emotion is not None and emotion not in EMOTIONS:
            raise ConfigError(f"emotion={emotion[:100]!r}: expected one of {', '.join(EMOTIONS)}")
        if positive and emotion is None:
            raise ConfigError(f"positive=True without an emotion: expected one of {', '.join(EMOTIONS)}")
        columns = TRACKS.c
        statement = sa.select(*SHOWN, TRACKS.c.track_no)
        if text:
            statement = statement.where(*_with(text))
        if emotion is None:
            if genre is not None:
                statement = statement.where(columns.genre == genre)
            if after is not None:
                (track_id,) = place(after, str)
                checked(after=track_id)
                statement = statement.where(columns.track_id > track_id)
            return self._page(statement.order_by(columns.track_id), rows, ("track_id",), {"track_no"})
        key = columns[emotion], columns.track_no
        if genre is not None:
            statement = statement.where(columns.listed_genre == genre)
        if positive:
            # the first condition is the one that counts, the other says where in the index to stop
            least = sa.select(sa.func.min(THRESHOLDS.c.threshold)).where(THRESHOLDS.c.emotion == emotion).scalar_subquery()
            statement = statement.where(sa.literal(emotion) == sa.any_(columns.positives), columns[emotion] >= least)
        if after is not None:
            statement = statement.where(sa.tuple_(*key) < sa.tuple_(*place(after, float, int)))
        return self._page(statement.order_by(*(column.desc() for column in key)), rows, (emotion, "track_no"), {"track_no"})

    def genres(self) -> list[str]:
        """Genres of the tracks, in order."""
        return [row["genre"] for row in self._rows(sa.select(GENRES).order_by(GENRES.c.genre))]

    def track(self, track_id: str) -> dict[str, Any] | None:
        """A track as in :meth:`tracks`, with its nine ``emotions``, and mode, config and store_url of the run that scored it.

        None if it is not served.
        """
        checked(track_id=track_id)
        statement = sa.select(*SHOWN, RUNS.c.mode, RUNS.c.config, RUNS.c.store_url).join(RUNS, RUNS.c.run_id == TRACKS.c.run_id)
        found = self._rows(statement.where(TRACKS.c.track_id == track_id))
        if not found:
            return None
        names = ("emotion", "probability", "threshold", "positive", "votes", "annotators")
        emotions = (
            sa.select(*(EMOTIONS_OF.c[name] for name in names))
            .where(EMOTIONS_OF.c.track_id == track_id)
            .order_by(EMOTIONS_OF.c.emotion)
        )
        return {**found[0], "emotions": self._rows(emotions)}

    def decisions(self, after: str | None = None, rows: int = 50) -> Page:
        """Decisions on which model is the champion, newest first."""
        statement = sa.select(DECISIONS).order_by(DECISIONS.c.promotion_no.desc())
        if after is not None:
            statement = statement.where(DECISIONS.c.promotion_no < place(after, int)[0])
        return self._page(statement, rows, ("promotion_no",))

    def _page(self, statement: sa.Select[Any], rows: int, key: tuple[str, ...], hidden: Collection[str] = ()) -> Page:
        """The first `rows` of a statement that is sorted by `key`, without the columns `hidden`."""
        if not 1 <= rows <= ROWS:
            raise ConfigError(f"rows={rows}: expected 1 to {ROWS}")
        found = self._rows(statement.limit(rows + 1))
        after = token(found[rows - 1][name] for name in key) if len(found) > rows else None
        return Page([{name: value for name, value in row.items() if name not in hidden} for row in found[:rows]], after)

    def _rows(self, statement: sa.Select[Any]) -> list[dict[str, Any]]:
        try:
            with errors(self._url), self._engine.connect() as connection:
                return [dict(row) for row in connection.execute(statement).mappings()]
        except sa.exc.TimeoutError:
            raise DatabaseUnavailable("no connection is free, expected one within 30 s") from None


def _with(text: str) -> list[sa.ColumnElement[bool]]:
    """Conditions of a track whose name has `text` in it. Postgres knows how common pieces of three letters are."""
    if len(text) < PIECE:
        pattern = re.sub(r"([\\%_])", r"\\\1", text)
        return [TRACKS.c.name.like(sa.literal("%") + sa.func.lower(pattern) + "%")]
    folded = sa.func.lower(text)
    pieces = sa.func.mer.trigrams(TRACKS.c.name).op("@>")(sa.func.mer.trigrams(folded))
    return [pieces, sa.func.strpos(TRACKS.c.name, folded) > 0]

"""Queries of the MER pages: read runs, tracks and decisions from the database, one page of rows at a time.

In: the URL of a database, for a role that may read the views. Out: pages of rows. If more rows follow, a page has a token that
contains the sort key of its last row, and the next page begins after it (keyset pagination). So every page is equally fast.
"""

import base64
import json
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from mer_tasks.database.connection import database_url, engine, errors
from mer_tasks.database.queries import check_text
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import ConfigError, DatabaseUnavailable

CONNECT_SECONDS = 3
STATEMENT_SECONDS = 5
"""Time limits of a page, in seconds: somebody waits for it, so an error is better than a longer wait."""
ROWS = 1000
"""Largest number of rows of a page."""
TRIGRAM = 3
"""Length of the pieces that mer.trigrams cuts names into."""


def _view(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *map(sa.column, columns), schema="mer")


TRACKS = _view(
    "listed_tracks",
    *("track_id", "genre", "duration_seconds", *EMOTIONS, "positives", "run_id", "model_run_id", "by_champion", "present"),
    *("part", "scored_at", "track_no", "listed_genre", "name", "title", "artist", "album", "year"),
)
FILTER_COLUMNS = ("track_no", "listed_genre", "name")
"""Columns of tracks that are only used to filter and to sort."""
SHOWN_COLUMNS = (
    *(column for column in TRACKS.c if column.name not in (*FILTER_COLUMNS, "positives")),
    # psycopg2 cannot convert arrays of the enum mer.emotion
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
    """A page of a list: some rows, and a token of the next page.

    Attributes
    ----------
    rows : list of dict
    after : str or None
        Token of the next page; None on the last page.
    """

    rows: list[dict[str, Any]]
    after: str | None


def page_token(sort_key: Iterable[str | int | float]) -> str:
    """Encode the sort key of a page's last row as a token that is safe in a URL.

    Examples
    --------
    >>> parse_token(page_token([0.25, 7]), float, int)
    [0.25, 7]
    """
    return base64.urlsafe_b64encode(json.dumps(list(sort_key)).encode()).decode().rstrip("=")


def parse_token(text: str, *types: type) -> list[Any]:
    """Decode the sort key in a token of :func:`page_token`.

    Raises
    ------
    ConfigError
        If it is not a token of values of these types.
    """
    try:
        sort_key = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        sort_key = None
    if not isinstance(sort_key, list) or [type(value) for value in sort_key] != list(types):
        raise ConfigError(f"after={text[:100]!r}: no position in this list, expected the token of the previous page")
    return sort_key


class Reader:
    """Reads the rows that the pages show. The threads of a process may share one reader.

    Parameters
    ----------
    url : str
        URL for a role that may read the views.

    Raises
    ------
    ConfigError
        If the URL is wrong; from any method, if a parameter is wrong.
    PermanentError
        From any method, if the database is not migrated, or a newer version migrated it.
    AccessDenied, DatabaseUnavailable
        From any method.
    """

    def __init__(self, url: str) -> None:
        settings = f"-c default_transaction_read_only=on -c statement_timeout={STATEMENT_SECONDS}s -c jit=off"
        parsed = database_url(url)
        options = {"connect_timeout": str(CONNECT_SECONDS), "options": f"{parsed.query.get('options', '')} {settings}".strip()}
        self._url = url
        self._engine = engine(parsed.update_query_dict(options).render_as_string(hide_password=False))

    def runs(self, after: str | None = None, rows: int = 50) -> Page:
        """List published runs, newest first, without runs of mode predict that had nothing to score."""
        condition = sa.or_(RUNS.c.mode != "predict", RUNS.c.tracks > 0)
        statement = sa.select(RUNS).where(condition).order_by(RUNS.c.run_no.desc())
        if after is not None:
            statement = statement.where(RUNS.c.run_no < parse_token(after, int)[0])
        return self._page(statement, rows, ("run_no",), {"run_no", "promotion_no", "config", "store_url"})

    def run(self, run_id: str) -> dict[str, Any] | None:
        """Read a run as in :meth:`runs`, with ``config``, ``store_url`` and ``decision``; None if it is not published."""
        check_text(run_id=run_id)
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
        """List tracks with their served predictions.

        Parameters
        ----------
        emotion : str, optional
            Sort tracks by the probability of this emotion, highest first; by default, tracks are sorted by id.
        genre : str, optional
        text : str, optional
            List only tracks whose id, title or artist contains this text; upper and lower case are equal.
        positive : bool
            List only tracks whose probability of `emotion` reaches the threshold.
        after : str, optional
            Token of the previous page, which must have been read with the same values.
        rows : int
        """
        check_text(genre=genre, text=text)
        if emotion is not None and emotion not in EMOTIONS:
            raise ConfigError(f"emotion={emotion[:100]!r}: expected one of {', '.join(EMOTIONS)}")
        if positive and emotion is None:
            raise ConfigError(f"positive=True without an emotion: expected one of {', '.join(EMOTIONS)}")
        columns = TRACKS.c
        statement = sa.select(*SHOWN_COLUMNS, TRACKS.c.track_no)
        if text:
            statement = statement.where(*_name_contains(text))
        if emotion is None:
            if genre is not None:
                statement = statement.where(columns.genre == genre)
            if after is not None:
                (track_id,) = parse_token(after, str)
                check_text(after=track_id)
                statement = statement.where(columns.track_id > track_id)
            return self._page(statement.order_by(columns.track_id), rows, ("track_id",), {"track_no"})
        key = columns[emotion], columns.track_no
        if genre is not None:
            statement = statement.where(columns.listed_genre == genre)
        if positive:
            # the first condition selects the tracks; the second tells Postgres where in the index it can stop
            least = sa.select(sa.func.min(THRESHOLDS.c.threshold)).where(THRESHOLDS.c.emotion == emotion).scalar_subquery()
            statement = statement.where(sa.literal(emotion) == sa.any_(columns.positives), columns[emotion] >= least)
        if after is not None:
            statement = statement.where(sa.tuple_(*key) < sa.tuple_(*parse_token(after, float, int)))
        return self._page(statement.order_by(*(column.desc() for column in key)), rows, (emotion, "track_no"), {"track_no"})

    def genres(self) -> list[str]:
        """List the genres of the tracks, sorted."""
        return [row["genre"] for row in self._rows(sa.select(GENRES).order_by(GENRES.c.genre))]

    def track(self, track_id: str) -> dict[str, Any] | None:
        """Read a track as in :meth:`tracks`, with its nine ``emotions``, and mode, config and store_url of its run.

        None if no prediction of it is served.
        """
        check_text(track_id=track_id)
        statement = sa.select(*SHOWN_COLUMNS, RUNS.c.mode, RUNS.c.config, RUNS.c.store_url).join(
            RUNS, RUNS.c.run_id == TRACKS.c.run_id
        )
        rows = self._rows(statement.where(TRACKS.c.track_id == track_id))
        if not rows:
            return None
        names = ("emotion", "probability", "threshold", "positive", "votes", "annotators")
        emotions = (
            sa.select(*(EMOTIONS_OF.c[name] for name in names))
            .where(EMOTIONS_OF.c.track_id == track_id)
            .order_by(EMOTIONS_OF.c.emotion)
        )
        return {**rows[0], "emotions": self._rows(emotions)}

    def decisions(self, after: str | None = None, rows: int = 50) -> Page:
        """List the decisions on which model is the champion, newest first."""
        statement = sa.select(DECISIONS).order_by(DECISIONS.c.promotion_no.desc())
        if after is not None:
            statement = statement.where(DECISIONS.c.promotion_no < parse_token(after, int)[0])
        return self._page(statement, rows, ("promotion_no",))

    def _page(self, statement: sa.Select[Any], rows: int, key: tuple[str, ...], hidden: Collection[str] = ()) -> Page:
        """Read the first `rows` of a statement that is sorted by `key`, and remove the columns `hidden`."""
        if not 1 <= rows <= ROWS:
            raise ConfigError(f"rows={rows}: expected 1 to {ROWS}")
        fetched = self._rows(statement.limit(rows + 1))
        after = page_token(fetched[rows - 1][name] for name in key) if len(fetched) > rows else None
        return Page([{name: value for name, value in row.items() if name not in hidden} for row in fetched[:rows]], after)

    def _rows(self, statement: sa.Select[Any]) -> list[dict[str, Any]]:
        try:
            with errors(self._url), self._engine.connect() as connection:
                return [dict(row) for row in connection.execute(statement).mappings()]
        except sa.exc.TimeoutError:
            raise DatabaseUnavailable("no connection is free, expected one within 30 s") from None


def _name_contains(text: str) -> list[sa.ColumnElement[bool]]:
    """Make the conditions that a track's id, title or artist contains `text`.

    A text of three letters or more is compared by trigrams, because Postgres has statistics on how common each trigram is.
    """
    text = unicodedata.normalize("NFC", text)
    if len(text) < TRIGRAM:
        pattern = re.sub(r"([\\%_])", r"\\\1", text)
        return [TRACKS.c.name.like(sa.literal("%") + sa.func.lower(pattern) + "%")]
    folded = sa.func.lower(text)
    trigrams = sa.func.mer.trigrams(TRACKS.c.name).op("@>")(sa.func.mer.trigrams(folded))
    return [trigrams, sa.func.strpos(TRACKS.c.name, folded) > 0]

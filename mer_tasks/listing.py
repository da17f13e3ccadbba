"""What the MER pages show of the database, a page at a time.

In: the URL of a database, as its reader. Out: pages of rows. A page that goes on has a token, which says where the next one
begins: behind the last row (keyset pagination), so that a page far in costs what the first one does.
"""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mer_tasks.database import database_url, engine, errors
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import ConfigError, DatabaseUnavailable

CONNECT_SECONDS, STATEMENT_SECONDS = 3, 5
"""A page that takes longer is an error: somebody waits for it."""
ROWS = 1000
"""Most rows of a page."""
ESCAPE = "\\"

FIGURES = ("f1_macro", "f1_macro_low", "f1_macro_high", "roc_auc_macro", "pr_auc_macro", "f1_macro_baseline")


def _view(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *map(sa.column, columns), schema="mer")


TRACKS = _view(
    "track_emotions",
    *("track_id", "genre", "duration_seconds", *EMOTIONS, "positives", "run_id", "model_run_id", "by_champion", "present"),
    *("part", "scored_at"),
)
RUNS = _view(
    "runs",
    *("run_id", "mode", "published_at", "tracks", "rejected", "device", "model_run_id", "model_sha256"),
    "config",
    "store_url",
)
METRICS = _view("metrics_by_run", "run_id", *FIGURES)
CHAMPIONS = _view("champions", "model_run_id", "model_sha256", "is_current")
DECISIONS = _view(
    "promotions",
    *("promotion_no", "decided_at", "outcome", "run_id", "model_sha256", "champion_run_id", "decided_by", "rule", "reason"),
    *("metric", "challenger", "champion", "baseline", "difference", "low", "high", "tracks", "groups", "left_out"),
)
EMOTIONS_OF = sa.text("""
SELECT DISTINCT ON (emotion) emotion, probability, threshold, positive, votes, annotators
FROM mer.explanations
WHERE track_id = :track_id AND scored_by = :run_id
ORDER BY emotion
""")
GENRES = sa.text("SELECT DISTINCT genre FROM mer.track_emotions ORDER BY genre")


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


def checked(**values: str | None) -> None:
    """Refuse text that Postgres cannot be asked for; raises :class:`ConfigError`."""
    for name, value in values.items():
        if value is not None and not _askable(value):
            raise ConfigError(f"{name}={value[:100]!r}: expected text without NUL and lone surrogates")


def _askable(value: str) -> bool:
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value)


class Reader:
    """Asks the database for what the pages show; one for a process, which any number of threads may share.

    Parameters
    ----------
    url : str
        Of a role that may read the views.

    Raises
    ------
    ConfigError
        If the URL is none; of any method, if a parameter is wrong or the database is not migrated.
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
        """Published runs, newest first."""
        statement = _runs().order_by(RUNS.c.published_at.desc(), RUNS.c.run_id.desc())
        if after is not None:
            at, run_id = place(after, str, str)
            checked(after=run_id)
            statement = statement.where(
                sa.tuple_(RUNS.c.published_at, RUNS.c.run_id) < sa.tuple_(sa.cast(at, sa.DateTime(True)), run_id)
            )
        return self._page(statement, rows, lambda row: (row["published_at"].isoformat(), row["run_id"]))

    def run(self, run_id: str) -> dict[str, Any] | None:
        """A run as in :meth:`runs`, with ``config``, ``store_url`` and ``decision``; None if it is not published."""
        checked(run_id=run_id)
        found = self._rows(_runs(RUNS.c.config, RUNS.c.store_url).where(RUNS.c.run_id == run_id))
        if not found:
            return None
        statement = (
            sa.select(DECISIONS)
            .join(RUNS, (RUNS.c.run_id == DECISIONS.c.run_id) & (RUNS.c.model_sha256 == DECISIONS.c.model_sha256))
            .where(DECISIONS.c.run_id == run_id, DECISIONS.c.outcome != "rolled_back")
        )
        return {**found[0], "decision": next(iter(self._rows(statement)), None)}

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
            raise ConfigError("positive=True without an emotion: expected one of " + ", ".join(EMOTIONS))
        columns = TRACKS.c
        statement = sa.select(TRACKS)
        if genre is not None:
            statement = statement.where(columns.genre == genre)
        if text is not None:
            statement = statement.where(columns.track_id.icontains(text, autoescape=True, escape=ESCAPE))
        if emotion is None:
            if after is not None:
                (track_id,) = place(after, str)
                checked(after=track_id)
                statement = statement.where(columns.track_id > track_id)
            return self._page(statement.order_by(columns.track_id), rows, lambda row: (row["track_id"],))
        if positive:
            statement = statement.where(sa.literal(emotion) == sa.any_(columns.positives))
        if after is not None:
            probability, track_id = place(after, float, str)
            checked(after=track_id)
            statement = statement.where(sa.tuple_(columns[emotion], columns.track_id) < sa.tuple_(probability, track_id))
        statement = statement.order_by(columns[emotion].desc(), columns.track_id.desc())
        return self._page(statement, rows, lambda row: (row[emotion], row["track_id"]))

    def genres(self) -> list[str]:
        """Genres of the tracks, in order."""
        return [row["genre"] for row in self._rows(GENRES)]

    def track(self, track_id: str) -> dict[str, Any] | None:
        """A track as in :meth:`tracks`, with its nine ``emotions``, and mode, config and store_url of the run that scored it.

        None if it is not served.
        """
        checked(track_id=track_id)
        statement = (
            sa.select(TRACKS, RUNS.c.mode, RUNS.c.config, RUNS.c.store_url)
            .join(RUNS, RUNS.c.run_id == TRACKS.c.run_id)
            .where(TRACKS.c.track_id == track_id)
        )
        found = self._rows(statement)
        if not found:
            return None
        emotions = self._rows(EMOTIONS_OF, {"track_id": track_id, "run_id": found[0]["run_id"]})
        return {**found[0], "emotions": emotions}

    def decisions(self, after: str | None = None, rows: int = 50) -> Page:
        """Decisions on which model is the champion, newest first."""
        statement = sa.select(DECISIONS).order_by(DECISIONS.c.promotion_no.desc())
        if after is not None:
            statement = statement.where(DECISIONS.c.promotion_no < place(after, int)[0])
        return self._page(statement, rows, lambda row: (row["promotion_no"],))

    def _page(self, statement: sa.Select[Any], rows: int, key: Any) -> Page:
        if not 1 <= rows <= ROWS:
            raise ConfigError(f"rows={rows}: expected 1 to {ROWS}")
        found = self._rows(statement.limit(rows + 1))
        return Page(found[:rows], token(key(found[rows - 1])) if len(found) > rows else None)

    def _rows(self, statement: sa.Executable, values: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        try:
            with errors(self._url), self._engine.connect() as connection:
                return [dict(row) for row in connection.execute(statement, values or {}).mappings()]
        except sa.exc.TimeoutError:
            raise DatabaseUnavailable("no connection is free, expected one within 30 s") from None


def _runs(*columns: sa.ColumnClause[Any]) -> sa.Select[Any]:
    """Runs with what they reached, and `columns` beside."""
    names = ("run_id", "mode", "published_at", "tracks", "rejected", "device", "model_run_id")
    is_champion = sa.exists().where(
        CHAMPIONS.c.is_current, CHAMPIONS.c.model_run_id == RUNS.c.run_id, CHAMPIONS.c.model_sha256 == RUNS.c.model_sha256
    )
    outcome = sa.select(DECISIONS.c.outcome).where(
        DECISIONS.c.run_id == RUNS.c.run_id,
        DECISIONS.c.model_sha256 == RUNS.c.model_sha256,
        DECISIONS.c.outcome != "rolled_back",
    )
    return (
        sa.select(
            *(RUNS.c[name] for name in names),
            *(METRICS.c[name] for name in FIGURES),
            is_champion.label("is_champion"),
            outcome.scalar_subquery().label("outcome"),
            *columns,
        )
        .select_from(RUNS)
        .outerjoin(METRICS, METRICS.c.run_id == RUNS.c.run_id)
    )

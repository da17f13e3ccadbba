"""Queries of the MER pages: read runs, tracks and decisions from the database, one page of rows at a time.

In: the URL of a database, for a role that may read the views. Out: pages of rows. If more rows follow, a page has a token that
contains the sort key of its last row, and the next page begins after it (keyset pagination). So every page is equally fast.
"""

import base64
import json
import re
import time
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mer_tasks.database.connection import database_url, engine, errors
from mer_tasks.database.page_views import DECISIONS, EMOTIONS_OF, GENRES, METRICS, RUNS, SHOWN_COLUMNS, THRESHOLDS, TRACKS
from mer_tasks.database.queries import check_text
from mer_tasks.database.stored_labels import StoredLabels, read_stored_labels
from mer_tasks.errors import ConfigError, DatabaseUnavailable

CONNECT_SECONDS = 3
STATEMENT_SECONDS = 5
"""Time limits of a page, in seconds: somebody waits for it, so an error is better than a longer wait."""
ROWS = 1000
"""Largest number of rows of a page."""
LABELS_SECONDS = 10
"""How long the labels are kept, in seconds: they change when somebody adds or retires some."""
TRIGRAM = 3
"""Length of the pieces that mer.trigrams cuts names into."""


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
        self._labels: tuple[float, StoredLabels] | None = None
        self._engine = engine(parsed.update_query_dict(options).render_as_string(hide_password=False))

    def labels(self) -> StoredLabels:
        """Read the labels of the database, or return those that were read at most :data:`LABELS_SECONDS` ago."""
        kept = self._labels
        if kept is None or time.monotonic() - kept[0] > LABELS_SECONDS:
            with self._connection() as connection:
                kept = self._labels = (time.monotonic(), read_stored_labels(connection.connection.cursor()))
        return kept[1]

    def runs(self, after: str | None = None, rows: int = 50) -> Page:
        """List published runs, newest first, without runs of mode predict that had nothing to score."""
        condition = sa.or_(RUNS.c.mode != "predict", RUNS.c.tracks > 0)
        statement = sa.select(RUNS).where(condition).order_by(RUNS.c.run_no.desc())
        if after is not None:
            statement = statement.where(RUNS.c.run_no < parse_token(after, int)[0])
        return self._page(statement, rows, ("run_no",), {"run_no", "promotion_no", "config", "store_url"})

    def run(self, run_id: str) -> dict[str, Any] | None:
        """Read a run as in :meth:`runs`, with ``config``, ``store_url`` and ``decision``; None if it is not published.

        Of a set of kind single, the row also has ``accuracy`` with its ``_low``, ``_high`` and ``_baseline``.
        """
        check_text(run_id=run_id)
        for row in self._rows(sa.select(RUNS).where(RUNS.c.run_id == run_id)):
            number = row.pop("promotion_no")
            decisions = self._rows(sa.select(DECISIONS).where(DECISIONS.c.promotion_no == number)) if number else []
            del row["run_no"]
            accuracy = self._accuracy(run_id) if self.labels().label_set.single else {}
            return {**row, **accuracy, "decision": next(iter(decisions), None)}
        return None

    def _accuracy(self, run_id: str) -> dict[str, float | None]:
        names = {"accuracy": "value", "accuracy_low": "low", "accuracy_high": "high", "accuracy_baseline": "baseline"}
        statement = sa.select(*(METRICS.c[column].label(name) for name, column in names.items())).where(
            METRICS.c.run_id == run_id, METRICS.c.part == "test", METRICS.c.level == "track", METRICS.c.metric == "accuracy"
        )
        return next(iter(self._rows(statement)), dict.fromkeys(names))

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
            Sort tracks by the probability of this label, highest first, without tracks whose model does not know it; by
            default, tracks are sorted by id.
        genre : str, optional
        text : str, optional
            List only tracks whose id, title or artist contains this text; upper and lower case are equal.
        positive : bool
            List only tracks whose decision for `emotion` is positive.
        after : str, optional
            Token of the previous page, which must have been read with the same values.
        rows : int
        """
        check_text(genre=genre, text=text)
        labels = self.labels()
        noun = labels.label_set.noun[0]
        if emotion is not None:
            labels.label_set.check_label(emotion, noun)
        elif positive:
            raise ConfigError(f"positive=True without emotion, expected the {noun} whose decisions count")
        columns = TRACKS.c
        statement = sa.select(*SHOWN_COLUMNS, columns.track_no)
        if text:
            statement = statement.where(*_name_contains(text))
        if emotion is None:
            if genre is not None:
                statement = statement.where(columns.genre == genre)
            if after is not None:
                (track_id,) = parse_token(after, str)
                check_text(after=track_id)
                statement = statement.where(columns.track_id > track_id)
            return self._track_page(self._page(statement.order_by(columns.track_id), rows, ("track_id",), {"track_no"}))
        # the number is a part of the text, as in the definition of the index
        probability = sa.literal_column(f"probabilities[{labels.numbers[emotion]:d}]", sa.Double)
        key = probability, columns.track_no
        statement = statement.add_columns(probability.label("sorted_by")).where(probability.is_not(None))
        if genre is not None:
            statement = statement.where(columns.listed_genre == genre)
        if positive:
            # the first condition selects the tracks; the second tells Postgres where in the index it can stop
            statement = statement.where(
                sa.literal(labels.numbers[emotion]) == sa.any_(columns.reached), probability >= _least_positive(emotion, labels)
            )
        if after is not None:
            statement = statement.where(sa.tuple_(*key) < sa.tuple_(*parse_token(after, float, int)))
        ordered = statement.order_by(*(column.desc() for column in key))
        return self._track_page(self._page(ordered, rows, ("sorted_by", "track_no"), {"sorted_by", "track_no"}))

    def _track_page(self, page: Page) -> Page:
        """Replace the array of probabilities in each row of a page by one value for each label."""
        return Page([self._by_label(row) for row in page.rows], page.after)

    def _by_label(self, row: dict[str, Any]) -> dict[str, Any]:
        labels = self.labels()
        known = labels.by_label(row.pop("probabilities"))
        return {**row, **dict.fromkeys(labels.label_set.ids), **known}

    def genres(self) -> list[str]:
        """List the genres of the tracks, sorted."""
        return [row["genre"] for row in self._rows(sa.select(GENRES).order_by(GENRES.c.genre))]

    def track(self, track_id: str) -> dict[str, Any] | None:
        """Read a track as in :meth:`tracks`, with its ``emotions``, and mode, config and store_url of its run.

        ``emotions`` has a row for each label that the model knows, in the order of the set. None if no prediction is served.
        """
        check_text(track_id=track_id)
        statement = sa.select(*SHOWN_COLUMNS, RUNS.c.mode, RUNS.c.config, RUNS.c.store_url).join(
            RUNS, RUNS.c.run_id == TRACKS.c.run_id
        )
        rows = self._rows(statement.where(TRACKS.c.track_id == track_id))
        if not rows:
            return None
        names = ("emotion", "probability", "threshold", "positive", "certainty", "votes", "annotators")
        emotions = self._rows(sa.select(*(EMOTIONS_OF.c[name] for name in names)).where(EMOTIONS_OF.c.track_id == track_id))
        order = [*self.labels().label_set.by_id]
        return {**self._by_label(rows[0]), "emotions": sorted(emotions, key=lambda row: order.index(row["emotion"]))}

    def champion(self) -> dict[str, Any] | None:
        """Read ``run_id`` and ``provisional`` of the champion; None before the first promotion."""
        statement = sa.select(RUNS.c.run_id, RUNS.c.provisional).where(RUNS.c.is_champion)
        return next(iter(self._rows(statement)), None)

    def similar(self, track_id: str, rows: int) -> list[dict[str, Any]]:
        """List the tracks of the landing zone that are most similar to a track, nearest first, with their ``distance``.

        Raises :class:`ConfigError` also if the track has no vector, or the database cannot have any; see ``mer.similar``.
        """
        check_text(track_id=track_id)
        names = ("place", "track_id", "title", "artist", "genre", "distance", "positives")
        found = sa.func.mer.similar(track_id, rows).table_valued(*names)
        return self._rows(sa.select(found).order_by(found.c.place))

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
        with self._connection() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    @contextmanager
    def _connection(self) -> Iterator[sa.Connection]:
        try:
            with errors(self._url), self._engine.connect() as connection:
                yield connection
        except sa.exc.TimeoutError:
            raise DatabaseUnavailable("no connection is free, expected one within 30 s") from None


def _least_positive(emotion: str, labels: StoredLabels) -> sa.ScalarSelect[Any] | float:
    """Return a probability that every track with a positive decision for `emotion` reaches."""
    if labels.label_set.single:
        # probabilities sum to 1, so the highest of them is at least their mean; the factor allows for rounding
        return 0.999 / len(labels.numbers)
    return sa.select(sa.func.min(THRESHOLDS.c.threshold)).where(THRESHOLDS.c.emotion == emotion).scalar_subquery()


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

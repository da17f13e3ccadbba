"""The views of schema ``mer`` that the MER pages read, with the columns that they use."""

import sqlalchemy as sa


def _view(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *map(sa.column, columns), schema="mer")


TRACKS = _view(
    "listed_tracks",
    *("track_id", "genre", "duration_seconds", "probabilities", "positives", "run_id", "model_run_id", "by_champion"),
    *("present", "part", "scored_at", "track_no", "listed_genre", "name", "title", "artist", "album", "year"),
    *("reached", "unclear", "provisional"),
)
FILTER_COLUMNS = ("track_no", "listed_genre", "name", "reached")
"""Columns of tracks that are only used to filter and to sort."""
SHOWN_COLUMNS = tuple(column for column in TRACKS.c if column.name not in FILTER_COLUMNS)
EMOTIONS_OF = _view(
    "listed_emotions", "track_id", "emotion", "probability", "threshold", "positive", "votes", "annotators", "certainty"
)
THRESHOLDS = _view("thresholds", "emotion", "threshold")
RUNS = _view(
    "listed_runs",
    *("run_no", "run_id", "mode", "published_at", "tracks", "rejected", "f1_macro", "f1_macro_low", "f1_macro_high"),
    *("roc_auc_macro", "roc_auc_macro_low", "roc_auc_macro_high", "pr_auc_macro", "f1_macro_baseline", "device"),
    *("model_run_id", "is_champion", "outcome"),
    *("promotion_no", "config", "store_url", "provisional"),
)
DECISIONS = _view(
    "promotions",
    *("promotion_no", "decided_at", "outcome", "run_id", "model_sha256", "champion_run_id", "decided_by", "rule", "reason"),
    *("metric", "challenger", "champion", "baseline", "difference", "low", "high", "tracks", "groups", "left_out"),
)
METRICS = _view("metrics", "run_id", "part", "level", "emotion", "metric", "value", "low", "high", "baseline")
GENRES = _view("listed_genres", "genre")

"""Names of columns in files and tables: how they are compared, and which of them can be the id of a label."""

import re
from unicodedata import normalize

JOINERS = "\u200c\u200d"
"""Characters that join or part letters within a word, as Persian and emoji need them; they are seen, but have no width."""
ID = re.compile(r"[a-z][a-z0-9_]{0,47}")
"""Form of an id: with a prefix such as ``probability_`` it still is a name of at most 63 bytes in Postgres."""
PREFIXES = ("votes_", "share_", "label_", "probability_", "positive_")
"""Beginnings of columns of the platform's tables."""
# fmt: off
TAKEN = frozenset((
    # columns beside those of the labels, in mer.track_emotions and in annotation files
    "run_id", "track_id", "track", "genre", "part", "duration_seconds", "positives", "model_run_id", "by_champion", "present",
    "scored_at", "probabilities", "reached", "title", "artist", "album", "year", "name", "listener", "listeners", "annotators",
    "listener_id", "n_listeners", "annotator", "annotator_id", "n_annotators", "user_id", "worker", "worker_id",
    "label", "labels", "emotion", "emotions", "votes", "share", "mood", "liked", "disliked", "age", "gender", "count",
    # beside those of the labels in what the MER pages know of a track
    "mode", "config", "store_url", "unclear", "provisional",
    # words that SQL reserves
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "between", "binary", "both",
    "case", "cast", "check", "collate", "collation", "column", "concurrently", "constraint", "create", "cross",
    "current_catalog", "current_date", "current_role", "current_schema", "current_time", "current_timestamp", "current_user",
    "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "false", "fetch", "for", "foreign", "freeze",
    "from", "full", "grant", "group", "having", "ilike", "in", "initially", "inner", "intersect", "into", "is", "isnull",
    "join", "lateral", "leading", "left", "like", "limit", "localtime", "localtimestamp", "natural", "not", "notnull", "null",
    "offset", "on", "only", "or", "order", "outer", "overlaps", "placing", "primary", "references", "returning", "right",
    "select", "session_user", "similar", "some", "symmetric", "system_user", "table", "tablesample", "then", "to", "trailing",
    "true", "union", "unique", "user", "using", "variadic", "verbose", "when", "where", "window", "with",
))
# fmt: on
"""Ids that no label can have."""


def simplified(name: str) -> str:
    """Return the text by which names of columns are compared: case, blanks, hyphens and underscores do not matter.

    Examples
    --------
    >>> simplified("Joyful activation") == simplified("joyful_activation")
    True
    """
    return re.sub(rf"[\s_{JOINERS}-]+", "", normalize("NFC", name).casefold())

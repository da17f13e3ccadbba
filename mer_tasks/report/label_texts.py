"""Names of labels in sentences of a report: lists that end after some names, names that run from right to left, articles.

In: names of labels from a label file. Out: plain text without markup, which the template escapes.
"""

import unicodedata
from collections.abc import Sequence

from mer_tasks.label_set import LabelSet
from mer_tasks.wording import listed

MAX_LISTED = 12
"""Names that a sentence has at most."""
ISOLATE, END_ISOLATE = "\u2068", "\u2069"
"""First strong isolate and its end, of the Unicode bidirectional algorithm (Unicode Standard Annex 9)."""


def isolated(name: str) -> str:
    """Keep a name that runs from right to left apart from the text around it, so that commas and numbers keep their places.

    Examples
    --------
    >>> isolated("calmness")
    'calmness'
    >>> len(isolated("שמח")) - len("שמח")
    2
    """
    from_right = any(unicodedata.bidirectional(character) in ("R", "AL") for character in name)
    return f"{ISOLATE}{name}{END_ISOLATE}" if from_right else name


def name_of(label_set: LabelSet, label_id: str) -> str:
    """Return the name of a label for a sentence."""
    return isolated(label_set.by_id[label_id].name)


def named(label_set: LabelSet, label_ids: Sequence[str]) -> str:
    """Write labels as a list in one phrase."""
    return listed([name_of(label_set, label_id) for label_id in label_ids], MAX_LISTED)


def one(noun: str) -> str:
    """Write a noun with its indefinite article.

    Examples
    --------
    >>> one("emotion"), one("quadrant")
    ('an emotion', 'a quadrant')
    """
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"

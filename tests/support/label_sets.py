"""Label sets for tests."""

from collections.abc import Collection, Mapping, Sequence

from mer_tasks.label_set import Kind, LabelSet, label_set_of
from mer_tasks.storage.label_files import read_label_set

EMOTIFY = read_label_set(None)


def make_label_set(
    ids: Sequence[str] | int,
    kind: Kind = "multi",
    *,
    version: int = 1,
    retired: Collection[str] = (),
    name: str = "moods",
    **changes: Mapping[str, object],
) -> LabelSet:
    """Make a label set of the labels `ids`, or of that many labels ``mood_1``, ``mood_2`` and so on.

    Each of `changes` has other fields of the label with its name.
    """
    names = [f"mood_{number}" for number in range(1, ids + 1)] if isinstance(ids, int) else ids
    labels = [{"id": label, "retired": label in retired, **changes.get(label, {})} for label in names]
    document = {"name": name, "version": version, "kind": kind, "noun": ["mood", "moods"], "labels": labels}
    return label_set_of(document, "for a test")


QUARTERS = make_label_set(4, "single")
"""Four labels, of which each track has exactly one."""

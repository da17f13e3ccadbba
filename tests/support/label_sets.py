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
    noun: tuple[str, str] = ("mood", "moods"),
    names: Sequence[str] = (),
    **changes: Mapping[str, object],
) -> LabelSet:
    """Make a label set of the labels `ids`, or of that many labels ``mood_1``, ``mood_2`` and so on.

    The first labels have the `names` for people. Each of `changes` has other fields of the label with its id.
    """
    of_labels = [f"mood_{number}" for number in range(1, ids + 1)] if isinstance(ids, int) else ids
    named = {label: {"name": text} for label, text in zip(of_labels, names, strict=False)}
    labels = [{"id": x, "retired": x in retired, **named.get(x, {}), **changes.get(x, {})} for x in of_labels]
    document = {"name": name, "version": version, "kind": kind, "noun": list(noun), "labels": labels}
    return label_set_of(document, "for a test")


QUARTERS = make_label_set(4, "single")
"""Four labels, of which each track has exactly one."""

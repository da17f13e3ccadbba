"""Later versions of a label set, for tests."""

from dataclasses import replace

from mer_tasks.label_set import LabelSet


def retired(label_set: LabelSet, *ids: str) -> LabelSet:
    """Make the next version of a label set, in which the labels `ids` are retired."""
    labels = tuple(replace(label, retired=label.retired or label.id in ids) for label in label_set.labels)
    return replace(label_set, version=label_set.version + 1, labels=labels)

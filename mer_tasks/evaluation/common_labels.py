"""Common labels: the labels that two versions of a label set have, for comparisons between models of these versions.

In: two label sets, and predictions of one of them. Out: a label set with the common labels, and the predictions for these. A
label that only one of the models knows cannot be compared, so it is left out, and the caller says so.

If a track has exactly one label, probabilities are divided by their sum over the common labels. They are then the
probabilities of a track that has one of these, and the decision is the most probable of them.
"""

from dataclasses import replace

import numpy as np

from mer_tasks.errors import ConfigError
from mer_tasks.evaluation.metrics import Flags, Predictions, Values
from mer_tasks.evaluation.weighted_rankings import Array64, ratio
from mer_tasks.label_set import LabelSet


def common_labels(first: LabelSet, second: LabelSet) -> LabelSet:
    """Return a label set with the labels that are in use in both sets, in the order of `first`.

    Raises
    ------
    ConfigError
        If the sets are not versions of one set, or have fewer than two labels in common.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> text = 'name = "moods"\\nkind = "multi"\\nlabels = '
    >>> sets = [parse_label_set(f"{text}{labels}", "moods.toml") for labels in (["calm", "sad", "happy"], ["sad", "calm"])]
    >>> common_labels(*sets).ids, left_out_labels(*sets)
    (('calm', 'sad'), ['happy'])
    """
    if (first.name, first.kind) != (second.name, second.kind):
        raise ConfigError(f"label sets {first} and {second}: expected versions of one set, to compare their models")
    common = tuple(label for label in first.labels if label.id in first.ids and label.id in second.ids)
    if len(common) < 2:
        raise ConfigError(f"label sets {first} and {second}: {len(common)} labels in both, expected two or more to compare")
    return replace(first, labels=common)


def left_out_labels(first: LabelSet, second: LabelSet) -> list[str]:
    """Return the ids of the labels that are in use in only one of both sets, in alphabetical order."""
    return sorted({*first.ids} ^ {*second.ids})


def common_columns(flags: Flags, own: LabelSet, common: LabelSet) -> Flags:
    """Select the columns [shape=(n, common labels)] of the common labels from flags of the labels of `own`."""
    return flags[:, [own.ids.index(label) for label in common.ids]]


def common_probabilities(probabilities: Values, own: LabelSet, common: LabelSet) -> Values:
    """Compute the probabilities of the common labels.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(n, labels)]
        Of a model of the label set `own`.
    own, common : LabelSet
        See :func:`common_labels`.

    Returns
    -------
    np.ndarray [shape=(n, common labels)]
        If a track has exactly one label, they sum to 1.
    """
    selected = probabilities[:, [own.ids.index(label) for label in common.ids]]
    if not own.single or len(common) == len(own):
        return selected
    total: Array64 = selected.sum(axis=1, keepdims=True, dtype=np.float64)
    return ratio(selected.astype(np.float64), np.broadcast_to(total, selected.shape), 0.0)


def common_predictions(predictions: Predictions, own: LabelSet, common: LabelSet) -> Predictions:
    """Return the probabilities and the decisions for the common labels; see :func:`common_probabilities`."""
    probabilities = common_probabilities(predictions[0], own, common)
    if not own.single or len(common) == len(own):
        return probabilities, common_columns(predictions[1], own, common)
    return probabilities, probabilities.argmax(axis=1)[:, np.newaxis] == np.arange(len(common))

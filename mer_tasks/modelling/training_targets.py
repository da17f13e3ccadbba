"""Training targets: what a network is fitted to, and how much each label and each segment counts.

In: the segments of a part, and the table of stage `labels`. Out: inputs, targets and sample weights of the segments; the weight
of each label's presence in the loss; and the share of listeners from which on a track has a label.
"""

import numpy as np
import pandas as pd

from mer_tasks.config import Config
from mer_tasks.corpus.segments import Array32, SegmentIndex
from mer_tasks.label_set import LabelSet
from mer_tasks.modelling import networks
from mer_tasks.modelling.batches import PrecomputedSource, Source


def presence_weights(targets: Array32, label_set: LabelSet) -> list[float]:
    """Compute class weights: the weight of a label's presence in the loss that makes presence and absence weigh the same.

    If a track has exactly one label, the weights make all labels weigh the same, and their mean over segments is 1.

    Parameters
    ----------
    targets : np.ndarray [shape=(segments, labels), dtype=float32]
        Labels or shares.
    label_set : LabelSet

    Returns
    -------
    list of float
        Weight of each label; 1 for a label that no segment has.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> moods = parse_label_set('name = "moods"\\nkind = "multi"\\nlabels = ["calm", "happy"]', "moods.toml")
    >>> presence_weights(np.array([[1, 0], [0, 0], [0, 0], [0, 0]], np.float32), moods)
    [3.0, 1.0]
    """
    rates = targets.mean(axis=0, dtype=np.float64)
    present = rates > 0
    numerators = np.full(rates.shape, 1 / max(1, int(present.sum()))) if label_set.single else 1 - rates
    weights: list[float] = np.where(present, numerators / np.where(present, rates, 1), 1).tolist()
    return weights


def share_limits(labels: pd.DataFrame, label_set: LabelSet) -> list[float]:
    """Compute the share of listeners from which on a track has each label.

    The limit lies halfway between the lowest share with the label and the highest share without it. The label rule compares
    whole numbers; a limit between two shares that occur gives the same labels with floating-point numbers.

    Parameters
    ----------
    labels : pd.DataFrame
        The table of stage `labels`.
    label_set : LabelSet

    Returns
    -------
    list of float
        Limit of each label; at least 1 if no track has the label.
    """
    limits = []
    for label in label_set.ids:
        shares = labels[f"share_{label}"].to_numpy(np.float64)
        positive = labels[f"label_{label}"].to_numpy(bool)
        lowest_with = min(shares[positive], default=2.0)
        highest_without = max(shares[~positive], default=0.0)
        limits.append(float(lowest_with + highest_without) / 2)
    return limits


class LabelledSegments:
    """The segments of the train or the validation part: inputs of the network, targets and sample weights.

    Parameters
    ----------
    index : SegmentIndex
    labels : pd.DataFrame
        The table of stage `labels`.
    config : Config
        `network` decides the inputs; `soft_targets` decides targets and weights.
    label_set : LabelSet

    Attributes
    ----------
    source : SegmentIndex or PrecomputedSource
        Where the inputs of the network are read.
    targets : np.ndarray [shape=(segments, labels), dtype=float32]
        Shares or labels.
    weights : np.ndarray [shape=(segments,), dtype=float32]
        Relative number of listeners, or 1.
    """

    def __init__(self, index: SegmentIndex, labels: pd.DataFrame, config: Config, label_set: LabelSet) -> None:
        front = networks.front_end(config.network, index.frames)
        embedded = config.network == "embedding"
        self.source: Source = index if front is None else PrecomputedSource(index, front, embedded=embedded)
        self.targets = index.targets(labels, label_set, soft=config.soft_targets)
        self.weights = index.listeners(labels) if config.soft_targets else np.ones(len(index), np.float32)

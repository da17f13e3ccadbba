"""Comparison of a run's model with the champion: a paired bootstrap on test tracks that neither model has seen, and a verdict.

Input: the run's predictions of its test part, and the champion. Output: the numbers of the comparison, and a :class:`Verdict`.

Test tracks that the champion has seen are left out. The champion has seen a track if its train or validation part had the same
file or the same samples; the whole group of such a track is left out. A run that keeps the parts of earlier runs has no such
test tracks, a run with a fresh split has many. Tracks without features by the champion's configuration are left out too.

The interval is a paired bootstrap over groups (:func:`mer_tasks.evaluation.bootstrap.paired_differences`), widened for a small
number of groups (:func:`mer_tasks.evaluation.bootstrap.student_interval`). With it, the rule ``significant`` promotes a model
that is no better than the champion in fewer than 5 % of cases; ``benchmarks/promotion.py`` simulates this. The rule ``better``
has no such bound. If the interval is narrow, it promotes up to half of the models that are no better: those with the
higher score, by chance. Intervals are narrow for models that are nearly the same, and on thousands of tracks.

If the label set has changed since the champion was trained, the labels that both models have are compared
(:mod:`mer_tasks.evaluation.common_labels`); the numbers and the reason say how many were left out. A champion of another label
set is refused. If a track has exactly one label, tracks whose label is left out are left out too.

The first model is only compared with the prevalence baseline.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mer_tasks.config import Config
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.evaluation.metrics import MetricKey
from mer_tasks.modelling.scorer import Scorer
from mer_tasks.publishing.champion import Champion, check_store
from mer_tasks.runs.artifacts import CATALOGUE, LABELS, METRICS, PREDICTIONS, SPLIT_TABLE
from mer_tasks.runs.run import Run, run_as_published
from mer_tasks.wording import listed, number_with_interval

logger = logging.getLogger(__name__)

METRIC = "roc_auc_macro"
MARGIN = 0.005
"""Under the rule ``better``, the lower end of the interval must be above minus this."""
MAX_NAMED = 5
"""Largest number of labels that a reason names."""
MIN_GROUPS = 3
"""With fewer groups, most resamples consist of one group only, and the interval means nothing."""
COMPARISON_FIELDS = (
    "metric",
    "challenger",
    "champion",
    "baseline",
    "difference",
    "low",
    "high",
    "tracks",
    "groups",
    "left_out",
)
"""Fields of the numbers of a comparison; they are columns of ``mer.promotion`` too."""
SEEN_PARTS = ("train", "validation")
"""Parts that a model has seen: it was fitted on the first, and its thresholds were chosen on the second."""


@dataclass(frozen=True)
class Verdict:
    """What a promotion rule makes of a comparison.

    Attributes
    ----------
    verdict : {"promote", "keep", "ask"}
        Promote the run's model, keep the champion, or ask a person.
    reason : str
        One line for people, with the numbers that led to the verdict.
    """

    verdict: str
    reason: str


def decide(difference: float | None, low: float | None, high: float | None, config: Config, judged_on: str) -> Verdict:
    """Apply the promotion rule to the difference between the challenger and the champion.

    Parameters
    ----------
    difference, low, high : float or None
        Macro ROC-AUC of the challenger minus that of the champion, and the ends of the interval of this difference; None where
        they are not defined.
    config : Config
        Its fields `promotion` and `approval` name the rule.
    judged_on : str
        The tracks that the models were compared on, in words, for the reason.

    Examples
    --------
    >>> decide(0.02, -0.004, 0.03, Config.load({"promotion": "better"}), "35 test tracks").verdict
    'promote'
    >>> decide(0.02, -0.004, 0.03, Config.load({"promotion": "significant"}), "35 test tracks").verdict
    'keep'
    >>> decide(0.02, -0.004, 0.03, Config.load({"approval": "human"}), "35 test tracks").verdict
    'ask'
    """
    if difference is None or low is None or high is None:
        return Verdict("keep", f"macro ROC-AUC is not defined on {judged_on}")
    measured = f"macro ROC-AUC {number_with_interval(difference, low, high, '+')} on {judged_on}"
    if low == high:
        return Verdict("keep", f"{measured}: an interval without width says nothing")
    if config.approval == "human" and low <= 0 <= high:
        return Verdict("ask", f"{measured}: 0 is within the interval, a person decides")
    limit = 0.0 if config.promotion == "significant" else -MARGIN
    better = difference > 0 and low > limit
    condition = f"{config.promotion} requires a difference above 0 and a lower end above {limit:g}"
    return Verdict("promote" if better else "keep", f"{measured}: {condition}")


def decide_first(value: float | None, baseline: float | None) -> Verdict:
    """Apply the promotion rule of the first model: its macro ROC-AUC `value` must be above `baseline`."""
    why = "of the prevalence baseline, which a first model has to beat"
    if value is None or baseline is None:
        return Verdict("keep", f"macro ROC-AUC is not defined on the test part, so not above that {why}")
    relation = "above" if value > baseline else "not above"
    reason = f"macro ROC-AUC {value:.3f} is {relation} the {baseline:.3f} {why}"
    return Verdict("promote" if value > baseline else "keep", reason)


def seen_groups(split: pd.DataFrame, tracks: pd.DataFrame, seen: Collection[str]) -> set[str]:
    """Find the groups that hold a track whose content a model has seen.

    Parameters
    ----------
    split : pd.DataFrame
        ``track_id`` and ``group_id``.
    tracks : pd.DataFrame
        ``track_id``, ``sha256`` and ``pcm_sha256`` of the same tracks.
    seen : collection of str
        Hashes of what the model has seen, of files (``sha256``) and of samples (``pcm_sha256``); see :func:`seen_content`.

    Examples
    --------
    >>> split = pd.DataFrame({"track_id": ["a", "b"], "group_id": ["g1", "g2"]})
    >>> tracks = pd.DataFrame({"track_id": ["a", "b"], "sha256": ["1", "2"], "pcm_sha256": ["3", "4"]})
    >>> seen_groups(split, tracks, {"4"})
    {'g2'}
    """
    grouped = split[["track_id", "group_id"]].merge(tracks[["track_id", "sha256", "pcm_sha256"]], on="track_id")
    is_seen = grouped["sha256"].isin(seen) | grouped["pcm_sha256"].isin(seen)
    return set(grouped.loc[is_seen, "group_id"])


def seen_content(run: Run) -> set[str]:
    """Read the hashes, of files and of samples, of the content that the model of `run` has seen; see ``SEEN_PARTS``."""
    split = run.read_table("split", SPLIT_TABLE)
    tracks = load_corpus(run).tracks
    used = tracks[tracks["track_id"].isin(split.loc[split["part"].isin(SEEN_PARTS), "track_id"])]
    return {*used["sha256"], *used["pcm_sha256"]}


def _champion_features(run: Run, champion_run: Run, tracks: pd.DataFrame) -> pd.DataFrame:
    """Find the features and embeddings of `tracks` as the champion's run makes them; tracks without them are left out."""
    from mer_tasks.corpus.cached_features import features_of
    from mer_tasks.corpus.feature_maker import recipe

    if recipe(champion_run.config) == recipe(run.config) and champion_run.space in (None, run.space):
        return tracks
    catalogue = run.read_table("discover", CATALOGUE)
    features, outcome = features_of(champion_run, catalogue[catalogue["track_id"].isin(tracks["track_id"])])
    logger.info("features as run %s makes them: %s", champion_run.run_id, outcome.counters)
    return features.sort_values("track_id")


def _compare_with_champion(run: Run, champion: Champion) -> dict[str, Any]:
    """Compute the numbers of a comparison: see :func:`compare`."""
    from mer_tasks.corpus.segments import index_of, track_targets
    from mer_tasks.evaluation.absent_labels import warn_of_absent_labels
    from mer_tasks.evaluation.bootstrap import paired_differences
    from mer_tasks.evaluation.common_labels import common_columns, common_labels, common_predictions, left_out_labels
    from mer_tasks.evaluation.crossval_scores import predictions_from_table
    from mer_tasks.evaluation.metrics import all_metrics

    check_store(champion, run)
    champion_run = run_as_published(run, champion.run_id, champion.config)
    own_labels, champion_labels = run.label_set, champion_run.label_set
    label_set = common_labels(own_labels, champion_labels)
    not_compared = left_out_labels(own_labels, champion_labels)
    split = run.read_table("split", SPLIT_TABLE)
    tracks = load_corpus(run).tracks
    scorer = Scorer.of(champion_run, champion.model, champion.read_file(run.store))
    seen = seen_content(champion_run)
    test = split[split["part"] == "test"]
    unseen = test[~test["group_id"].isin(seen_groups(split, tracks, seen))]
    compared = _champion_features(run, champion_run, tracks[tracks["track_id"].isin(unseen["track_id"])])
    labels = track_targets(tuple(compared["track_id"]), run.read_table("labels", LABELS), own_labels) > 0
    labels = common_columns(labels, own_labels, label_set)
    if label_set.single:
        judged = np.flatnonzero(labels.any(axis=1))
        compared, labels = compared.iloc[judged], labels[judged]
    groups = unseen.set_index("track_id").loc[compared["track_id"], "group_id"].to_numpy()
    counts = {"tracks": len(compared), "groups": len(set(groups)), "left_out": len(test) - len(compared)}
    numbers: dict[str, Any] = {
        **dict.fromkeys(COMPARISON_FIELDS),
        "metric": METRIC,
        **counts,
        "test_tracks": len(test),
        "emotions": [],
        **({"labels_left_out": not_compared} if not_compared else {}),
    }
    if counts["groups"] < MIN_GROUPS:
        return numbers
    predictions = run.read_table("evaluate", PREDICTIONS).set_index("track_id").loc[compared["track_id"]]
    probabilities = scorer.probabilities(index_of(champion_run, compared))
    warn_of_absent_labels(labels, label_set, "compared track")
    own = common_predictions(predictions_from_table(predictions, own_labels), own_labels, label_set)
    champions = common_predictions((probabilities, scorer.rule.decisions(probabilities)), champion_labels, label_set)
    differences = paired_differences(labels, champions, own, groups, label_set, seed=run.config.seed, few=True)
    challenger_metrics = all_metrics(labels, *own, label_set)
    champion_metrics = all_metrics(labels, *champions, label_set)

    def line(key: MetricKey) -> dict[str, Any]:
        difference = differences[key]
        return {
            "challenger": challenger_metrics[key],
            "champion": champion_metrics[key],
            "difference": difference.value,
            "low": difference.low,
            "high": difference.high,
        }

    emotions = [{"emotion": label, **line((label, "roc_auc"))} for label in label_set.ids]
    overall = line((None, METRIC))
    # 0.5 is the ROC-AUC of the baseline, which predicts the same probabilities for every track.
    baseline = None if overall["challenger"] is None else 0.5
    return {**numbers, **overall, "baseline": baseline, "emotions": emotions}


def _compare_with_baseline(run: Run) -> dict[str, Any]:
    """Read the numbers of the run's model and of the prevalence baseline, as stage `evaluate` computed them."""
    metrics = run.read_json("evaluate", METRICS)["metrics"]
    (line,) = [line for line in metrics if (line["level"], line["emotion"], line["metric"]) == ("track", None, METRIC)]
    test = run.read_table("split", SPLIT_TABLE).query("part == 'test'")
    counts = {"tracks": len(test), "groups": test["group_id"].nunique(), "left_out": 0, "test_tracks": len(test)}
    numbers = {"metric": METRIC, "challenger": line["value"], "baseline": line["baseline"], **counts}
    return {**dict.fromkeys(COMPARISON_FIELDS), **numbers, "emotions": []}


def compare(run: Run, model: dict[str, str], champion: Champion | None) -> tuple[dict[str, Any], Verdict]:
    """Compare the model of a run with the champion, and apply the promotion rule.

    Parameters
    ----------
    run : Run
        The training run; its predictions of the test part are stored.
    model : dict
        ``run_id``, ``key`` and ``sha256`` of its model.
    champion : Champion, optional
        None before the first promotion.

    Returns
    -------
    numbers : dict
        ``COMPARISON_FIELDS`` and ``test_tracks``, and ``emotions`` with a line for each label; also ``labels_left_out`` with
        the ids of labels that only one of the models has, if there are any.
    verdict : Verdict

    Raises
    ------
    ConfigError
        If the champion's outputs are in another store, or it was trained on another label set.
    IntegrityError
        If the champion's file is not the one that was promoted, or documents or features are not those that the run names.
    ObjectMissing
        If the champion's file, a document or features are missing.
    TransientError
        When the store does not answer.
    """
    if champion is not None and champion.sha256 == model["sha256"]:
        return _compare_with_baseline(run), Verdict("keep", f"the model of run {champion.run_id} is the champion already")
    if champion is None:
        numbers = _compare_with_baseline(run)
        return numbers, decide_first(numbers["challenger"], numbers["baseline"])
    numbers = _compare_with_champion(run, champion)
    left_out = (
        f", {numbers['left_out']} left out that the champion {champion.run_id} has seen or cannot score"
        if numbers["left_out"]
        else ""
    )
    labels = numbers.get("labels_left_out", [])
    if labels:
        noun = run.label_set.noun[len(labels) > 1]
        left_out += f", {len(labels)} {noun} left out that only one of the models has ({listed(labels, MAX_NAMED)})"
    judged_on = f"{numbers['tracks']} of {numbers['test_tracks']} test tracks in {numbers['groups']} groups{left_out}"
    if numbers["groups"] < MIN_GROUPS:
        by_hand = (
            f"rollback --to {run.run_id} makes its model the champion by hand" if numbers["left_out"] else "land more music"
        )
        few = f"{judged_on}: too few, expected at least {MIN_GROUPS} groups to compare on; {by_hand}"
        logger.warning("run %s: %s", run.run_id, few)
        return numbers, Verdict("keep", few)
    return numbers, decide(numbers["difference"], numbers["low"], numbers["high"], run.config, judged_on)

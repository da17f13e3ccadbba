"""Comparison of a run's model with the champion: a paired bootstrap on test tracks that neither has learnt from, and a verdict.

In: the run's predictions of its test part, and the champion. Out: the numbers of the comparison, and a :class:`Verdict`.

Test tracks that the champion knows are left out: content of its train or validation part, by the bytes or the samples, and all
of a group that holds such content. A sticky split has none of them; one that was drawn afresh has many. So are tracks of which
the champion's configuration makes no features.

The interval is a paired bootstrap over groups (:func:`mer_tasks.evaluation.bootstrap.paired`), as wide as so few groups need it
(:func:`mer_tasks.evaluation.bootstrap.student`). The rule ``significant`` then promotes a model that is no better than the
champion in fewer than 5 % of cases: ``benchmarks/promotion.py`` simulates it. ``better`` has no such bound: where the interval
is short, as of models that are nearly the same or on thousands of tracks, it promotes up to half of those that are better by
chance alone.

The first model needs only to beat the prevalence baseline.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mer_tasks.config import Config
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.metrics import Figure, told
from mer_tasks.modelling.scorer import Scorer
from mer_tasks.publishing.champion import Champion, same_store
from mer_tasks.runs.artifacts import CATALOGUE, LABELS, METRICS, PREDICTIONS, SPLIT_TABLE
from mer_tasks.runs.run import Run, run_as_published

logger = logging.getLogger(__name__)

METRIC = "roc_auc_macro"
MARGIN = 0.005
"""By so much may the lower end of the interval be below 0 under the rule ``better``."""
LEAST_GROUPS = 3
"""Of fewer, most resamples have one group only, and the interval says nothing."""
FIGURES = ("metric", "challenger", "champion", "baseline", "difference", "low", "high", "tracks", "groups", "left_out")
"""Numbers of a comparison, and columns of ``mer.promotion``."""
SEEN = ("train", "validation")


@dataclass(frozen=True)
class Verdict:
    """What follows from a comparison.

    Attributes
    ----------
    verdict : {"promote", "keep", "ask"}
    reason : str
        One line for people.
    """

    verdict: str
    reason: str


def decide(difference: float | None, low: float | None, high: float | None, config: Config, judged_on: str) -> Verdict:
    """The rule.

    Parameters
    ----------
    difference, low, high : float or None
        Challenger less champion, and the ends of its interval; None where not defined.
    config : Config
        `promotion` and `approval`.
    judged_on : str
        What was compared on, for the reason.
    """
    if difference is None or low is None or high is None:
        return Verdict("keep", f"macro ROC-AUC is not defined on {judged_on}")
    found = f"macro ROC-AUC {told(difference, low, high, '+')} on {judged_on}"
    if low == high:
        return Verdict("keep", f"{found}: an interval without width says nothing")
    if config.approval == "human" and low <= 0 <= high:
        return Verdict("ask", f"{found}: 0 is within the interval, a person decides")
    limit = 0.0 if config.promotion == "significant" else -MARGIN
    better = difference > 0 and low > limit
    wanted = f"{config.promotion} asks for more than 0 and a lower end above {limit:g}"
    return Verdict("promote" if better else "keep", f"{found}: {wanted}")


def decide_first(value: float | None, baseline: float | None) -> Verdict:
    """The rule where there is nothing to compare with."""
    why = "of the prevalence baseline, which a first model has to beat"
    if value is None or baseline is None:
        return Verdict("keep", f"macro ROC-AUC is not defined on the test part, so not above that {why}")
    relation = "above" if value > baseline else "not above"
    reason = f"macro ROC-AUC {value:.3f} is {relation} the {baseline:.3f} {why}"
    return Verdict("promote" if value > baseline else "keep", reason)


def seen_groups(split: pd.DataFrame, tracks: pd.DataFrame, known: Collection[str]) -> set[str]:
    """Groups that hold content of which a model knows the labels.

    Parameters
    ----------
    split : pd.DataFrame
        ``track_id`` and ``group_id``.
    tracks : pd.DataFrame
        ``track_id``, ``sha256`` and ``pcm_sha256`` of the same tracks.
    known : collection of str
        Hashes of either kind.
    """
    both = split[["track_id", "group_id"]].merge(tracks[["track_id", "sha256", "pcm_sha256"]], on="track_id")
    there = both["sha256"].isin(known) | both["pcm_sha256"].isin(known)
    return set(both.loc[there, "group_id"])


def known_content(run: Run) -> set[str]:
    """Hashes, of files and of samples, of what a run's model was fitted on or has its thresholds from."""
    split, tracks = run.read_table("split", SPLIT_TABLE), load_corpus(run).tracks
    used = tracks[tracks["track_id"].isin(split.loc[split["part"].isin(SEEN), "track_id"])]
    return {*used["sha256"], *used["pcm_sha256"]}


def _heard(run: Run, theirs: Run, tracks: pd.DataFrame) -> pd.DataFrame:
    """Tracks with their features as `theirs` makes them; those that have none are left out."""
    from mer_tasks.corpus.cached_features import features_of
    from mer_tasks.corpus.feature_maker import recipe

    if recipe(theirs.config) == recipe(run.config):
        return tracks
    catalogue = run.read_table("discover", CATALOGUE)
    found, outcome = features_of(theirs, catalogue[catalogue["track_id"].isin(tracks["track_id"])])
    logger.info("features as run %s makes them: %s", theirs.run_id, outcome.counters)
    return found.sort_values("track_id")


def _compared(run: Run, found: Champion) -> dict[str, Any]:
    """Numbers of a comparison with the champion; see ``FIGURES``, and ``emotions``, those of each."""
    from mer_tasks.corpus.segments import SegmentIndex, track_targets
    from mer_tasks.evaluation.bootstrap import paired
    from mer_tasks.evaluation.crossval_scores import said_of
    from mer_tasks.evaluation.metrics import figures

    same_store(found, run)
    theirs = run_as_published(run, found.run_id, found.config)
    split, tracks = run.read_table("split", SPLIT_TABLE), load_corpus(run).tracks
    scorer = Scorer.of(theirs, found.model, found.read_file(run.store))
    known = known_content(theirs)
    test = split[split["part"] == "test"]
    unseen = test[~test["group_id"].isin(seen_groups(split, tracks, known))]
    heard = _heard(run, theirs, tracks[tracks["track_id"].isin(unseen["track_id"])])
    groups = unseen.set_index("track_id").loc[heard["track_id"], "group_id"].to_numpy()
    counts = {"tracks": len(heard), "groups": len(set(groups)), "left_out": len(test) - len(heard)}
    nothing: dict[str, Any] = {**dict.fromkeys(FIGURES), "metric": METRIC, **counts, "test_tracks": len(test), "emotions": []}
    if counts["groups"] < LEAST_GROUPS:
        return nothing
    said = run.read_table("evaluate", PREDICTIONS).set_index("track_id").loc[heard["track_id"]]
    probabilities = scorer.probabilities(SegmentIndex(run.store, run.config.scratch_dir, heard))
    labels = track_targets(tuple(heard["track_id"]), run.read_table("labels", LABELS)) > 0
    ours, champions = said_of(said), (probabilities, scorer.rule.decisions(probabilities))
    between = paired(labels, champions, ours, groups, seed=run.config.seed, few=True)
    new, old = figures(labels, *ours), figures(labels, *champions)

    def line(place: Figure) -> dict[str, Any]:
        one = between[place]
        numbers = {"difference": one.value, "low": one.low, "high": one.high}
        return {"challenger": new[place], "champion": old[place], **numbers}

    emotions = [{"emotion": emotion, **line((emotion, "roc_auc"))} for emotion in EMOTIONS]
    whole = line((None, METRIC))
    # of a model that says the same of every track
    return {**nothing, **whole, "baseline": None if whole["challenger"] is None else 0.5, "emotions": emotions}


def _alone(run: Run) -> dict[str, Any]:
    """Numbers of the run's model beside the prevalence baseline, as `evaluate` has found them."""
    metrics = run.read_json("evaluate", METRICS)["metrics"]
    (line,) = [line for line in metrics if (line["level"], line["emotion"], line["metric"]) == ("track", None, METRIC)]
    test = run.read_table("split", SPLIT_TABLE).query("part == 'test'")
    counts = {"tracks": len(test), "groups": test["group_id"].nunique(), "left_out": 0, "test_tracks": len(test)}
    numbers = {"metric": METRIC, "challenger": line["value"], "baseline": line["baseline"], **counts}
    return {**dict.fromkeys(FIGURES), **numbers, "emotions": []}


def compare(run: Run, model: dict[str, str], found: Champion | None) -> tuple[dict[str, Any], Verdict]:
    """Compare the model of a run with the champion.

    Parameters
    ----------
    run : Run
        Whose predictions of the test part are stored.
    model : dict
        ``run_id``, ``key`` and ``sha256`` of its model.
    found : Champion, optional
        None before the first promotion.

    Returns
    -------
    (dict, Verdict)
        ``FIGURES`` with ``test_tracks`` and ``emotions``, the lines of each; and what follows from them.

    Raises
    ------
    ConfigError, IntegrityError, ObjectMissing, TransientError
        As stage `challenge` does.
    """
    if found is not None and found.sha256 == model["sha256"]:
        return _alone(run), Verdict("keep", f"the model of run {found.run_id} is the champion already")
    if found is None:
        numbers = _alone(run)
        return numbers, decide_first(numbers["challenger"], numbers["baseline"])
    numbers = _compared(run, found)
    seen = f", {numbers['left_out']} left out as known to the champion {found.run_id}" if numbers["left_out"] else ""
    judged_on = f"{numbers['tracks']} of {numbers['test_tracks']} test tracks in {numbers['groups']} groups{seen}"
    if numbers["groups"] < LEAST_GROUPS:
        by_hand = (
            f"rollback --to {run.run_id} makes its model the champion by hand" if numbers["left_out"] else "land more music"
        )
        few = f"{judged_on}: too few, expected at least {LEAST_GROUPS} groups to compare on; {by_hand}"
        logger.warning("run %s: %s", run.run_id, few)
        return numbers, Verdict("keep", few)
    return numbers, decide(numbers["difference"], numbers["low"], numbers["high"], run.config, judged_on)

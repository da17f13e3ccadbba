"""Stage ``canary``: train on permuted labels, to detect that test labels leak into training.

Input: the run's catalogue, features and annotations. Output: ``canary.json``, which has a line for each test metric of each
permutation, with its value and its interval under chance. If a metric is outside its interval, the canary goes off: the run
fails before anything is published.

The labels are permuted among tracks; the votes and the number of listeners of a track stay together. Then the stages split,
balance, train, thresholds and evaluate run on the permuted labels, as in any run (:mod:`mer_tasks.runs.sub_runs`). From such
labels nothing can be learnt. So a model that is better or worse than chance on the test part has seen the labels of that part.
Tracks of one group get unrelated labels, so the canary cannot detect a group that is in two parts. The leak certificate proves
that there is none (:mod:`mer_tasks.corpus.leak_certificate`).

Chance is what the same predictions reach if the labels of the test tracks are permuted again
(:mod:`mer_tasks.evaluation.permutation_test`). The risk of a false alarm is 1 % for the whole stage, whatever the number of
metrics and permutations. Half of it is for metrics over all labels, half for metrics of one label. The metrics of one
label vary strongly if the test part has only two or three tracks with the label. With one common limit they would widen
the intervals of the overall metrics, which show a leak best.

The stage is skipped if ``canary`` is 0, and in mode eval, which trains nothing.
"""

import logging
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd

from mer_tasks.corpus.segments import segment_index, track_targets
from mer_tasks.errors import IntegrityError
from mer_tasks.evaluation import permutation_test
from mer_tasks.evaluation.coverage import COVERAGE_METRICS
from mer_tasks.evaluation.weighted_rankings import Array64
from mer_tasks.label_set import LabelSet
from mer_tasks.modelling.predictions import Rule, load_model, segment_probabilities
from mer_tasks.runs.artifacts import CANARY, LABELS, MANIFEST, METRICS
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.pipeline import run_stage
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.runs.sub_runs import SubRun, sub_run
from mer_tasks.wording import number

logger = logging.getLogger(__name__)

STAGE = "canary"
STAGES = ("split", "balance", "train", "thresholds", "evaluate")
"""Stages that run on permuted labels."""
HEADLINE = ("accuracy", "f1_macro", "roc_auc_macro")
"""Metrics that the summary shows for every permutation; only tracks with exactly one label have an accuracy."""
SHOWN = ("value", "low", "high", "inside")
KINDS = ("overall", "emotion")
"""Kinds of metrics: over all labels, and of one label."""
Line = dict[str, Any]
NullDistributions = dict[str, permutation_test.NullDistribution]
"""Distribution of the metrics under permuted labels, by kind of metric."""


def permute_labels(labels: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Permute the labels among the tracks: each track gets all label columns of one track, drawn without replacement.

    Parameters
    ----------
    labels : pd.DataFrame
        The table of stage `labels`. ``track_id`` and ``genre`` stay where they are.
    seed : int

    Examples
    --------
    >>> labels = pd.DataFrame({"track_id": ["a", "b", "c"], "genre": "pop", "label_power": [1, 2, 3]})
    >>> permute_labels(labels, seed=2)["label_power"].tolist()
    [3, 1, 2]
    """
    identity = labels[["track_id", "genre"]].reset_index(drop=True)
    order = np.random.default_rng(seed).permutation(len(labels))
    permuted = labels.drop(columns=list(identity)).iloc[order]
    return pd.concat([identity, permuted.reset_index(drop=True)], axis=1)


def metric_kind(label: str | None) -> str:
    """Return the kind of a metric of `label`, one of ``KINDS``; None stands for all labels together."""
    return "overall" if label is None else "emotion"


def compare_with_chance(permutation: int, metrics: list[Line], null: NullDistributions, limits: dict[str, float]) -> list[Line]:
    """Compare the metrics of one permutation with their intervals under chance.

    Parameters
    ----------
    permutation : int
        Number of the permutation.
    metrics : list of dict
        Metric lines that `evaluate` wrote.
    null : dict of str to NullDistribution
        By kind of metric; the keys of each distribution are (level, label, metric).
    limits : dict of str to float
        By kind of metric; see :func:`mer_tasks.evaluation.permutation_test.distance_limit`.

    Returns
    -------
    list of dict
        ``permutation``, ``level``, ``emotion``, ``metric``, ``value``, ``low``, ``high``, ``inside`` and ``distance``. The
        distance is measured from the mean under chance; it is 1 at the ends of the interval. A metric that is not defined has
        no line, and neither have those of certainty, which do not rank tracks.
    """
    lines = []
    for line in metrics:
        value = line["value"]
        if value is None or line["metric"] in COVERAGE_METRICS:
            continue
        key = (line["level"], line["emotion"], line["metric"])
        kind = metric_kind(line["emotion"])
        low, high = null[kind].interval(key, limits[kind])
        distance = null[kind].distance(key, value) / limits[kind]
        names = {"permutation": permutation, **{name: line[name] for name in ("level", "emotion", "metric", "value")}}
        lines.append({**names, "low": low, "high": high, "inside": distance <= 1, "distance": distance})
    return lines


def _null_distributions(run: SubRun, seed: int) -> NullDistributions:
    """Compute the distributions of the test metrics of `run` if the labels of its test tracks are permuted again."""
    model, _ = load_model(run)
    index = segment_index(run, "test")
    labels = track_targets(index.tracks, run.read_table("labels", LABELS), run.label_set) > 0
    rule = Rule.of(run)
    raw = segment_probabilities(model, index)
    raw_means = index.track_means(raw)
    segments = rule.probabilities(raw)
    tracks = rule.probabilities(raw_means)
    track_groups = np.arange(len(index.tracks))
    segment_groups = index.track.astype(np.intp)
    levels = {
        "track": (labels, tracks, rule.decisions(tracks), track_groups),
        "segment": (labels[index.track], segments, rule.decisions(segments), segment_groups),
        "uncalibrated": (labels, raw_means, rule.decisions(tracks), track_groups),
    }
    samples: dict[str, dict[Any, Array64]] = {kind: {} for kind in KINDS}
    for level, arguments in levels.items():
        metrics = permutation_test.PermutationMetrics(*arguments, run.label_set)
        for (label, metric), values in permutation_test.permuted_metrics(metrics, seed=seed).items():
            samples[metric_kind(label)][level, label, metric] = values
    return {kind: permutation_test.NullDistribution(values) for kind, values in samples.items()}


def _run_permutation(run: Run, permutation: int) -> tuple[list[Line], NullDistributions]:
    """Run the stages on permuted labels, and delete their documents; return the test metrics and their null distributions."""
    seed = (run.config.seed + permutation) % 2**31
    permuted_run = sub_run(run, f"{STAGE}/{permutation}", seed=seed, fresh_split=True, database_url=None, canary=0)
    logger.info("permutation %d of %d", permutation, run.config.canary)
    run_stage(permuted_run, "labels")
    permuted_run.write_table("labels", LABELS, permute_labels(permuted_run.read_table("labels", LABELS), seed))
    for stage in STAGES:
        run_stage(permuted_run, stage)
    metrics = permuted_run.read_json("evaluate", METRICS)["metrics"]
    null = _null_distributions(permuted_run, seed)
    for info in list(run.store.list(f"runs/{permuted_run.run_id}/")):
        run.store.delete(info.key)
    keras.utils.clear_session()
    return metrics, null


def summary(lines: list[Line], label_set: LabelSet) -> list[Line]:
    """Make a small table: for each permutation the ``HEADLINE`` metrics, and the metric that is farthest from chance.

    Parameters
    ----------
    lines : list of dict
        From :func:`compare_with_chance`.
    label_set : LabelSet

    Returns
    -------
    list of dict
        ``permutation``, ``metric``, ``value``, ``low``, ``high``, ``inside``.
    """
    rows = []
    for permutation in sorted({line["permutation"] for line in lines}):
        of_permutation = [line for line in lines if line["permutation"] == permutation]
        shown = [line for line in of_permutation if line["level"] == "track" and line["metric"] in HEADLINE]
        farthest = max(of_permutation, key=lambda line: float(line["distance"]))
        for line in [*shown, *([] if farthest in shown else [farthest])]:
            rows.append(
                {"permutation": permutation, "metric": _metric_name(line, label_set), **{name: line[name] for name in SHOWN}}
            )
    return rows


def _metric_name(line: Line, label_set: LabelSet) -> str:
    """Return the name of a metric for people, such as ``roc_auc of power per track``."""
    of = f" of {label_set.by_id[line['emotion']].name}" if line["emotion"] else ""
    return f"{line['metric']}{of} per {line['level']}"


@reads_once
def canary(
    run: Run,
    on_finished: Callable[[int], None] = lambda permutation: None,
    on_report: Callable[[list[Line]], None] = lambda lines: None,
) -> Manifest:
    """Train and evaluate on permuted labels, as many times as the field ``canary`` of the configuration says.

    Parameters
    ----------
    run : Run
        A run that has finished stage `features`.
    on_finished : callable, optional
        Called after each permutation, with its number.
    on_report : callable, optional
        Called with the lines of the report, before the stage fails or writes its manifest.

    Raises
    ------
    IntegrityError
        If a metric is outside its interval under chance: labels of the test part leaked into training.
    PermanentError, TransientError
        If one of the stages that run on permuted labels raises it.
    """
    with Stopwatch() as watch:
        results = []
        # A manifest of an earlier try would let `publish` go on, even if this canary goes off.
        run.store.delete(run.key(STAGE, MANIFEST))
        for permutation in range(1, run.config.canary + 1):
            results.append(_run_permutation(run, permutation))
            on_finished(permutation)
        limits = {
            kind: permutation_test.distance_limit([null[kind] for _, null in results], permutation_test.RISK / len(KINDS))
            for kind in KINDS
        }
        lines = [
            line
            for permutation, (metrics, null) in enumerate(results, start=1)
            for line in compare_with_chance(permutation, metrics, null, limits)
        ]
        run.write_json(STAGE, CANARY, {"run_id": run.run_id, "risk": permutation_test.RISK, "limits": limits, "metrics": lines})
    on_report(lines)
    outside = [line for line in lines if not line["inside"]]
    worst = max(lines, key=lambda line: float(line["distance"]))
    farthest = f"{_metric_name(worst, run.label_set)} is {number(worst['value'])} in permutation {worst['permutation']}"
    span = f"{number(worst['low'])} to {number(worst['high'])}"
    if outside:
        raise IntegrityError(
            f"run {run.run_id}: the canary went off: {farthest} of the labels, expected {span} by chance;"
            f" {len(outside)} of {len(lines)} metrics are outside: labels of the test part leaked into training"
        )
    logger.info("%d metrics are within chance; farthest: %s (%s)", len(lines), farthest, span)
    counters = {"permutations": run.config.canary, "metrics": len(lines), "outside": 0, **watch.counters()}
    return run.write_manifest(STAGE, {"limits": limits, "counters": counters})

"""Stage ``canary``: whether the chain finds what is not there.

In: the run's catalogue, features and annotations. Out: ``canary.json``, one line for each test metric of each permutation, with
its value and the interval of chance. It goes off, and the run fails before anything is published, if a metric is outside.

The labels are permuted among tracks, votes and listeners of a track staying together; then everything after them is done as in
any run (:mod:`mer_tasks.runs.sub_runs`): split, balance, training, thresholds, evaluation. There is nothing to learn then, so
whoever is better than chance on the test part, or worse, has seen its labels. Tracks of a group get labels that have nothing to
do with each other: that no group is in two parts is for the certificate to prove (:mod:`mer_tasks.corpus.leak_certificate`).

Chance is what the same predictions get when the labels of the test part's tracks are permuted again
(:mod:`mer_tasks.evaluation.permutation_test`). The chance of a false alarm is 1 % in all, however many metrics and permutations
there are: half of it for metrics over all emotions, half for those of one. The latter leap where a test part has two or three
tracks with the emotion, and would widen the intervals of the former, by which a leak shows best.

Skipped where ``canary`` is 0, and in mode eval, which trains nothing.
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
from mer_tasks.evaluation.weighted_rankings import Array64
from mer_tasks.modelling.predictions import Rule, load_model, segment_probabilities
from mer_tasks.runs.artifacts import CANARY, LABELS, MANIFEST, METRICS
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.pipeline import run_stage
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.runs.sub_runs import SubRun, sub_run

logger = logging.getLogger(__name__)

STAGE = "canary"
STAGES = ("split", "balance", "train", "thresholds", "evaluate")
"""Done on permuted labels."""
HEADLINE = ("f1_macro", "roc_auc_macro")
SHOWN = ("value", "low", "high", "inside")
KINDS = ("overall", "emotion")
Line = dict[str, Any]
Chances = dict[str, permutation_test.Chance]
Samples = dict[Any, Array64]


def permuted(labels: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Labels that tell nothing of their tracks: each track has those of one, drawn without replacement.

    Parameters
    ----------
    labels : pd.DataFrame
        The table of stage `labels`.
    seed : int
    """
    own = labels[["track_id", "genre"]].reset_index(drop=True)
    dealt = labels.drop(columns=list(own)).iloc[np.random.default_rng(seed).permutation(len(labels))]
    return pd.concat([own, dealt.reset_index(drop=True)], axis=1)


def kind(emotion: str | None) -> str:
    """Whether a metric is over all emotions, or of one."""
    return "overall" if emotion is None else "emotion"


def judged(permutation: int, metrics: list[Line], dealt: Chances, limits: dict[str, float]) -> list[Line]:
    """Metrics of one permutation beside their intervals.

    Parameters
    ----------
    permutation : int
        Its number.
    metrics : list of dict
        As `evaluate` wrote them.
    dealt : dict of str to Chance
        Of figures (level, emotion, metric), by :func:`kind`.
    limits : dict of str to float
        See :func:`mer_tasks.evaluation.permutation_test.limit`; by kind.

    Returns
    -------
    list of dict
        ``permutation``, ``level``, ``emotion``, ``metric``, ``value``, ``low``, ``high``, ``inside``, and ``distance``: how far
        it is from the mean of chance, 1 being the end of the interval. A metric that is not defined has no line.
    """
    found = []
    for line in metrics:
        figure, value = (line["level"], line["emotion"], line["metric"]), line["value"]
        if value is None:
            continue
        known, limit = dealt[kind(line["emotion"])], limits[kind(line["emotion"])]
        (low, high), distance = known.interval(figure, limit), known.distance(figure, value) / limit
        names = {"permutation": permutation, **{name: line[name] for name in ("level", "emotion", "metric", "value")}}
        found.append({**names, "low": low, "high": high, "inside": distance <= 1, "distance": distance})
    return found


def _dealt(run: SubRun, seed: int) -> Chances:
    """What the test metrics of `run` are by chance."""
    model, _ = load_model(run)
    index = segment_index(run, "test")
    truth = track_targets(index.tracks, run.read_table("labels", LABELS)) > 0
    rule, said = Rule.of(run), segment_probabilities(model, index)
    heard = index.track_means(said)
    segments, tracks = rule.probabilities(said), rule.probabilities(heard)
    own = np.arange(len(index.tracks))
    levels = {
        "track": (truth, tracks, rule.decisions(tracks), own),
        "segment": (truth[index.track], segments, rule.decisions(segments), index.track.astype(np.intp)),
        "uncalibrated": (truth, heard, rule.decisions(tracks), own),
    }
    found: dict[str, Samples] = {each: {} for each in KINDS}
    for level, what in levels.items():
        for (emotion, metric), values in permutation_test.permutations(permutation_test.Dealing(*what), seed=seed).items():
            found[kind(emotion)][level, emotion, metric] = values
    return {each: permutation_test.Chance(samples) for each, samples in found.items()}


def _permutation(run: Run, number: int) -> tuple[list[Line], Chances]:
    """Test metrics of the chain on permuted labels, and what they are by chance; nothing else is left of it."""
    seed = (run.config.seed + number) % 2**31
    within = sub_run(run, f"{STAGE}/{number}", seed=seed, fresh_split=True, database_url=None, canary=0)
    logger.info("permutation %d of %d", number, run.config.canary)
    run_stage(within, "labels")
    within.write_table("labels", LABELS, permuted(within.read_table("labels", LABELS), seed))
    for stage in STAGES:
        run_stage(within, stage)
    metrics = within.read_json("evaluate", METRICS)["metrics"]
    dealt = _dealt(within, seed)
    for info in list(run.store.list(f"runs/{within.run_id}/")):
        run.store.delete(info.key)
    keras.utils.clear_session()
    return metrics, dealt


def summary(lines: list[Line]) -> list[Line]:
    """A small table of a report: per permutation the metrics over all emotions, and the one that is farthest from chance.

    Parameters
    ----------
    lines : list of dict
        As :func:`judged` gives them.

    Returns
    -------
    list of dict
        ``permutation``, ``metric``, ``value``, ``low``, ``high``, ``inside``.
    """
    found = []
    for number in sorted({line["permutation"] for line in lines}):
        own = [line for line in lines if line["permutation"] == number]
        shown = [line for line in own if line["level"] == "track" and line["metric"] in HEADLINE]
        farthest = max(own, key=lambda line: float(line["distance"]))
        for line in [*shown, *([] if farthest in shown else [farthest])]:
            found.append({"permutation": number, "metric": _named(line), **{name: line[name] for name in SHOWN}})
    return found


def _named(line: Line) -> str:
    of = f" of {line['emotion']}" if line["emotion"] else ""
    return f"{line['metric']}{of} per {line['level']}"


@reads_once
def canary(
    run: Run, after: Callable[[int], None] = lambda number: None, say: Callable[[list[Line]], None] = lambda lines: None
) -> Manifest:
    """Run the chain on permuted labels, as often as the run's ``canary`` says.

    Parameters
    ----------
    run : Run
        Has been through `features`.
    after : callable, optional
        Told the number of each permutation when it is done.
    say : callable, optional
        Told the lines of the report, before the stage fails or closes.

    Raises
    ------
    IntegrityError
        If a metric is outside the interval of chance: the chain has seen what it is judged by.
    PermanentError, TransientError
        As the stages that are run raise them.
    """
    with Stopwatch() as watch:
        found = []
        run.store.delete(run.key(STAGE, MANIFEST))  # of a canary before: this one may go off
        for number in range(1, run.config.canary + 1):
            found.append(_permutation(run, number))
            after(number)
        limits = {
            each: permutation_test.limit([dealt[each] for _, dealt in found], permutation_test.RISK / len(KINDS))
            for each in KINDS
        }
        lines = [
            line for number, (metrics, dealt) in enumerate(found, start=1) for line in judged(number, metrics, dealt, limits)
        ]
        run.write_json(STAGE, CANARY, {"run_id": run.run_id, "risk": permutation_test.RISK, "limits": limits, "metrics": lines})
    say(lines)
    outside = [line for line in lines if not line["inside"]]
    worst = max(lines, key=lambda line: float(line["distance"]))
    told = f"{_named(worst)} is {worst['value']:.3f} in permutation {worst['permutation']}"
    span = f"{worst['low']:.3f} to {worst['high']:.3f}"
    if outside:
        raise IntegrityError(
            f"run {run.run_id}: the canary went off: {told} of the labels, expected {span} by chance, as for {len(outside)} of"
            f" {len(lines)} metrics: the test part's labels have been seen before the test"
        )
    logger.info("%d metrics are within chance; farthest: %s (%s)", len(lines), told, span)
    counters = {"permutations": run.config.canary, "metrics": len(lines), "outside": 0, **watch.counters()}
    return run.write_manifest(STAGE, {"limits": limits, "counters": counters})

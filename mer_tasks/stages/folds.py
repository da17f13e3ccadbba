"""Stage ``folds``: the splits that crossval judges its candidates on.

In: the corpus, the labels, and the groups of tracks. Out: for every fold of every repeat a run within the run
(:mod:`mer_tasks.runs.sub_runs`) with its own ``split.parquet`` and the certificate that it leaks nothing; the list of trials,
one for each repeat, fold and candidate; and what the baselines learn from, the summary statistics of each track, computed once.

In a repeat each labelled track is a test track once. No group is divided, and folds resemble each other in all nine emotions
(:mod:`mer_tasks.corpus.stratification`). The validation part of a fold, which decides when to stop and the thresholds, is drawn
alike from the groups that are left, and has ``validation_fraction`` of their tracks. A repeat has a seed of its own, for its
folds and for the weights of its models. Parts that tracks had in earlier runs do not count here.
"""

import logging
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.audio.spectra import frames_of
from mer_tasks.corpus.groups import group_tracks, in_the_way
from mer_tasks.corpus.label_rules import LABEL_COLUMNS, check_labels
from mer_tasks.corpus.leak_certificate import UNLABELLED, certify
from mer_tasks.corpus.segments import SegmentIndex
from mer_tasks.corpus.stratification import assign
from mer_tasks.corpus.usable_tracks import Corpus, check_budget, load_corpus
from mer_tasks.errors import ConfigError, CorpusError
from mer_tasks.runs.artifacts import GROUP_LINKS, LABELS, SPLIT_TABLE
from mer_tasks.runs.crossval_config import candidate
from mer_tasks.runs.crossval_runs import crossval_config, fold_run
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch, safe_name

logger = logging.getLogger(__name__)

STAGE = "folds"
Flags = npt.NDArray[np.bool_]


def parts_of_folds(
    labels: Flags, groups: Sequence[str], folds: int, validation_fraction: float, seed: int, beside: str = ""
) -> list[list[str]]:
    """Part of each labelled track in each fold of one repeat.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, 9), dtype=bool]
    groups : sequence of str
        Group of each track.
    folds : int
    validation_fraction : float
        Of the tracks that are not of the test part.
    seed : int
    beside : str
        Said beside an error: why groups are as few as they are.

    Returns
    -------
    list of list of str
        Of each fold, ``train``, ``validation`` or ``test`` for every track.

    Raises
    ------
    CorpusError
        If there are too few groups for each part of each fold.
    """
    count = len(set(groups))
    if count <= folds:
        raise CorpusError(
            f"{count} groups of tracks have audio and annotations, expected at least {folds + 1} for {folds} folds: each needs"
            f" groups of its own to train on, to choose thresholds by, and to test{beside}"
        )
    names = [str(fold) for fold in range(folds)]
    own = np.array(assign(labels, groups, [1 / folds] * folds, seed, parts=names))
    fractions, learned = (1 - validation_fraction, validation_fraction), ("train", "validation")
    found = []
    for name in names:
        parts, rest = np.full(len(own), "test", dtype=object), own != name
        there = [group for group, chosen in zip(groups, rest, strict=True) if chosen]
        parts[rest] = assign(labels[rest], there, fractions, seed, parts=learned)
        missing = [part for part in (*learned, "test") if part not in parts]
        if missing:
            raise CorpusError(
                f"{count} groups of tracks leave {' and '.join(missing)} of fold {int(name) + 1} of {folds} empty, expected"
                f" more groups, or fewer folds{beside}"
            )
        found.append(parts.tolist())
    return found


def _check_reused(run: Run, corpus: Corpus) -> None:
    """Refuse a corpus that an earlier run of this name has made with other parameters."""
    config, frames = run.config, SegmentIndex(run.store, run.config.scratch_dir, corpus.tracks[:1]).frames
    made = {
        "label_rule": (config.label_rule, run.manifest("labels")["rule"]),
        "segment_seconds": (frames_of(config.segment_seconds), frames),
        "genres": (config.genres and tuple(sorted(config.genres)), config.genres and corpus.genres),
    }
    for name, (wanted, found) in made.items():
        if wanted != found:
            raise ConfigError(
                f"{name}={getattr(config, name)!r}: run {run.run_id} has a corpus with {found} there, expected {wanted}:"
                " start a new run"
            )


def _draw(run: Run, corpus: Corpus, labels: pd.DataFrame) -> None:
    """Write the split of every fold, and prove that it leaks nothing."""
    config = crossval_config(run)
    group_ids, links = group_tracks(run, corpus.tracks, config.group_by)
    table = corpus.tracks[["track_id", "sha256"]].assign(group_id=group_ids, part=UNLABELLED)
    flags = labels.set_index("track_id")[LABEL_COLUMNS].reindex(table["track_id"])
    labelled = flags[LABEL_COLUMNS[0]].notna().to_numpy()
    chosen, groups = flags[labelled].to_numpy(bool), table.loc[labelled, "group_id"]
    check_labels(flags[labelled])
    beside = in_the_way(groups, links, table.loc[labelled, "track_id"])
    for repeat in range(1, config.repeats + 1):
        seed = fold_run(run, repeat, 1).config.seed
        drawn = parts_of_folds(chosen, groups.tolist(), config.folds, config.validation_fraction, seed, beside)
        for fold, parts in enumerate(drawn, 1):
            one = fold_run(run, repeat, fold)
            table.loc[labelled, "part"] = parts
            one.write_table("split", SPLIT_TABLE, table[["track_id", "group_id", "part", "sha256"]])
            one.write_table("split", GROUP_LINKS, links)
            certify(one, corpus.tracks, seed=seed, repeat=repeat, fold=fold)


def _trials(run: Run) -> list[dict[str, str]]:
    """``name`` and ``key`` of the document of every trial, as a shard has them."""
    config, listed = crossval_config(run), []
    for repeat in range(1, config.repeats + 1):
        for fold in range(1, config.folds + 1):
            for name in config.candidates:
                document = {"repeat": repeat, "fold": fold, "candidate": name}
                file = f"repeat-{repeat}-fold-{fold}-{safe_name(name)}.json"
                key = run.write_json(f"{STAGE}/trials", file, document)
                listed.append({"name": f"{name}, repeat {repeat}, fold {fold}", "key": key})
    return listed


@reads_once
def folds(run: Run) -> Manifest:
    """Draw the folds of a crossval.

    Raises
    ------
    ConfigError
        If the corpus or the labels were made with another configuration.
    CorpusError
        If too much was rejected, or there are too few groups of labelled tracks.
    IntegrityError
        If a stored split leaks.
    TransientError
        When the store does not answer.
    """
    config = crossval_config(run)
    with Stopwatch() as watch:
        corpus = load_corpus(run)
        check_budget(corpus, config.reject_budget)
        _check_reused(run, corpus)
        labels = run.read_table("labels", LABELS)
        _draw(run, corpus, labels)
        if any(candidate(name).baseline for name in config.candidates):
            from mer_tasks.modelling.baselines import summarise  # Keras, which the folds of networks alone do not need

            summarise(run)
        trials = _trials(run)
    counters = {"folds": config.folds, "repeats": config.repeats, "trials": len(trials), **watch.counters()}
    logger.info("%d folds, %d repeats, %d trials", config.folds, config.repeats, len(trials))
    return run.write_manifest(STAGE, {"trials": trials, "counters": counters})

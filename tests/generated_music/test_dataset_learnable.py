"""A model can learn the emotions of the generated music from its sound, and only from its sound.

``pytest -rP`` on this file shows the scores.
"""

import logging
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import ShuffleSplit

from mer_tasks.audio.decoding import decode, read_flac
from mer_tasks.audio.spectra import Extractor
from mer_tasks.corpus.label_rules import count_votes, positives
from mer_tasks.generated_music.dataset import ANNOTATIONS, generate
from mer_tasks.landing.vote_merging import read_annotation_files
from mer_tasks.storage.local import FileStore
from tests.support.label_sets import EMOTIFY

EMOTIONS = EMOTIFY.ids

logger = logging.getLogger(__name__)

pytestmark = pytest.mark.heavy

SPLITS = 8
LOWEST_AUC = 0.85
"""Macro ROC-AUC that a model on the sound must reach."""
PERMUTATIONS = 5_000


@dataclass
class Corpus:
    """Generated tracks: features [shape=(tracks, segments, frames, 155)], labels [shape=(tracks, 9)], ids and genres."""

    features: np.ndarray
    labels: np.ndarray
    names: np.ndarray

    def __post_init__(self) -> None:
        self.segments = np.concatenate([self.features.mean(axis=2), self.features.std(axis=2)], axis=2)
        frames = self.features.reshape(len(self.labels), -1, self.features.shape[-1])
        self.tracks = np.concatenate([frames.mean(axis=1), frames.std(axis=1)], axis=1)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    landing = FileStore(tmp_path_factory.mktemp("landing"))
    generate(landing, EMOTIFY)
    votes = count_votes(read_annotation_files({ANNOTATIONS: landing.get(ANNOTATIONS)}, EMOTIFY))
    labels = positives(votes[list(EMOTIONS)].to_numpy(), votes["annotators"].to_numpy(), "share>=0.3")
    keys = {key.split("/")[1][:-4]: key for key in (info.key for info in landing.list()) if key != ANNOTATIONS}
    extractor = Extractor(3.0)
    features = [
        extractor.track(read_flac(decode(landing.get(keys[track]), max_duration_seconds=60).flac)) for track in votes.index
    ]
    genres = sorted({key.split("/")[0] for key in keys.values()})
    names = [[int(track), *(keys[track].startswith(genre) for genre in genres)] for track in votes.index]
    return Corpus(np.stack(features), labels, np.array(names, float))


def splits(corpus: Corpus) -> list[tuple[np.ndarray, np.ndarray]]:
    return list(ShuffleSplit(SPLITS, test_size=1 / 3, random_state=0).split(corpus.labels))


def predicted(train_inputs: np.ndarray, train_labels: np.ndarray, test_inputs: np.ndarray) -> np.ndarray:
    """Fit a forest and predict the probabilities [shape=(tests, 9)] of the test inputs."""
    forest = ExtraTreesClassifier(300, min_samples_leaf=2, random_state=0).fit(train_inputs, train_labels)
    return np.stack([emotion[:, 1] for emotion in forest.predict_proba(test_inputs)], axis=1)


def macro_auc(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Macro ROC-AUC over the emotions, computed from ranks; `labels` may have leading axes."""
    ranks = rankdata(probabilities, axis=0)
    positive = labels.sum(axis=-2)
    negative = labels.shape[-2] - positive
    assert positive.min() > 0
    assert negative.min() > 0
    return (((ranks * labels).sum(axis=-2) - positive * (positive + 1) / 2) / (positive * negative)).mean(axis=-1)


def test_a_model_predicts_the_emotions_of_unseen_tracks_from_their_sound(corpus: Corpus) -> None:
    scores = [
        macro_auc(predicted(corpus.tracks[train], corpus.labels[train], corpus.tracks[test]), corpus.labels[test])
        for train, test in splits(corpus)
    ]
    logger.warning("macro ROC-AUC by split, tracks: %s, mean %.3f", np.round(scores, 3), np.mean(scores))
    assert np.mean(scores) >= LOWEST_AUC


def test_a_model_predicts_the_emotions_of_segments_of_three_seconds(corpus: Corpus) -> None:
    count = corpus.segments.shape[1]
    scores = []
    for train, test in splits(corpus)[:3]:
        train_segments, test_segments = (corpus.segments[part].reshape(-1, corpus.segments.shape[-1]) for part in (train, test))
        probabilities = predicted(train_segments, corpus.labels[train].repeat(count, axis=0), test_segments)
        scores.append(macro_auc(probabilities, corpus.labels[test].repeat(count, axis=0)))
    logger.warning("macro ROC-AUC by split, segments: %s, mean %.3f", np.round(scores, 3), np.mean(scores))
    assert np.mean(scores) >= LOWEST_AUC


def test_a_model_learns_nothing_from_permuted_labels(corpus: Corpus) -> None:
    """Each split permutes the label rows of the tracks again. Given the predictions, every order of the test rows is then
    equally likely. So further permutations of the test rows give the exact null distribution of each score and of their mean.
    """
    random = np.random.default_rng(0)
    scores = []
    null_scores = []
    for train, test in splits(corpus):
        labels = random.permutation(corpus.labels)
        probabilities = predicted(corpus.tracks[train], labels[train], corpus.tracks[test])
        scores.append(macro_auc(probabilities, labels[test]))
        orders = random.permuted(np.tile(np.arange(len(test)), (PERMUTATIONS, 1)), axis=1)
        null_scores.append(macro_auc(probabilities, labels[test][orders]))
    low, high = np.quantile(np.mean(null_scores, axis=0), (0.005, 0.995))
    logger.warning("macro ROC-AUC with permuted labels: %.3f, by chance %.3f to %.3f", np.mean(scores), low, high)
    assert low <= np.mean(scores) <= high
    assert high - low < 0.15


def test_a_model_learns_nothing_from_id_and_genre(corpus: Corpus) -> None:
    """The score is a little below 0.5: each genre has every emotion equally often, so emotions that are frequent in the train
    part are rare in the test part.
    """
    scores = [
        macro_auc(predicted(corpus.names[train], corpus.labels[train], corpus.names[test]), corpus.labels[test])
        for train, test in splits(corpus)
    ]
    logger.warning("macro ROC-AUC by split, id and genre: %s, mean %.3f", np.round(scores, 3), np.mean(scores))
    assert 0.35 < np.mean(scores) < 0.6

"""The generated music can be learnt from, and only from its sound. ``pytest -rP`` on this file shows the figures."""

import logging
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import ShuffleSplit

from mer_tasks.audio.decoding import decode, read_flac
from mer_tasks.audio.spectra import Extractor
from mer_tasks.corpus.label_rules import positives, tally
from mer_tasks.emotions import EMOTIONS
from mer_tasks.generated_music.dataset import ANNOTATIONS, generate
from mer_tasks.landing.annotation_files import read_all
from mer_tasks.storage.local import FileStore

logger = logging.getLogger(__name__)

pytestmark = pytest.mark.heavy

SPLITS = 8
ENOUGH = 0.85
PERMUTATIONS = 5_000


@dataclass
class Corpus:
    """Features [shape=(tracks, segments, frames, 155)], labels [shape=(tracks, 9)], and genre and id of each track."""

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
    generate(landing)
    votes = tally(read_all({ANNOTATIONS: landing.get(ANNOTATIONS)}))
    labels = positives(votes[list(EMOTIONS)].to_numpy(), votes["annotators"].to_numpy(), "share>=0.3")
    keys = {key.split("/")[1][:-4]: key for key in (found.key for found in landing.list()) if key != ANNOTATIONS}
    extractor = Extractor(3.0)
    features = [
        extractor.track(read_flac(decode(landing.get(keys[track]), max_duration_seconds=60).flac)) for track in votes.index
    ]
    genres = sorted({key.split("/")[0] for key in keys.values()})
    names = [[int(track), *(keys[track].startswith(genre) for genre in genres)] for track in votes.index]
    return Corpus(np.stack(features), labels, np.array(names, float))


def splits(corpus: Corpus) -> list[tuple[np.ndarray, np.ndarray]]:
    return list(ShuffleSplit(SPLITS, test_size=1 / 3, random_state=0).split(corpus.labels))


def predicted(inputs: np.ndarray, labels: np.ndarray, unseen: np.ndarray) -> np.ndarray:
    """Probabilities [shape=(unseen, 9)] from a forest fitted on the rest."""
    forest = ExtraTreesClassifier(300, min_samples_leaf=2, random_state=0).fit(inputs, labels)
    return np.stack([emotion[:, 1] for emotion in forest.predict_proba(unseen)], axis=1)


def macro_auc(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Mean area under the ROC curve over emotions, from ranks; labels may have leading axes."""
    ranks = rankdata(probabilities, axis=0)
    count = labels.sum(axis=-2)
    rest = labels.shape[-2] - count
    assert count.min() > 0
    assert rest.min() > 0
    return (((ranks * labels).sum(axis=-2) - count * (count + 1) / 2) / (count * rest)).mean(axis=-1)


def test_tracks_never_heard_are_told_apart_by_their_sound(corpus: Corpus) -> None:
    scores = [
        macro_auc(predicted(corpus.tracks[train], corpus.labels[train], corpus.tracks[test]), corpus.labels[test])
        for train, test in splits(corpus)
    ]
    logger.warning("macro ROC-AUC by split, tracks: %s, mean %.3f", np.round(scores, 3), np.mean(scores))
    assert np.mean(scores) >= ENOUGH


def test_three_seconds_are_enough(corpus: Corpus) -> None:
    count = corpus.segments.shape[1]
    scores = []
    for train, test in splits(corpus)[:3]:
        heard, unheard = (corpus.segments[part].reshape(-1, corpus.segments.shape[-1]) for part in (train, test))
        found = predicted(heard, corpus.labels[train].repeat(count, axis=0), unheard)
        scores.append(macro_auc(found, corpus.labels[test].repeat(count, axis=0)))
    logger.warning("macro ROC-AUC by split, segments: %s, mean %.3f", np.round(scores, 3), np.mean(scores))
    assert np.mean(scores) >= ENOUGH


def test_with_permuted_labels_nothing_is_left(corpus: Corpus) -> None:
    """Each split permutes the tracks' label rows anew. Given the predictions, every order of the test rows is then equally
    likely, so permuting them further gives the exact distribution of the score by chance, of each split and of the mean.
    """
    random = np.random.default_rng(0)
    scores, chance = [], []
    for train, test in splits(corpus):
        labels = random.permutation(corpus.labels)
        found = predicted(corpus.tracks[train], labels[train], corpus.tracks[test])
        scores.append(macro_auc(found, labels[test]))
        orders = random.permuted(np.tile(np.arange(len(test)), (PERMUTATIONS, 1)), axis=1)
        chance.append(macro_auc(found, labels[test][orders]))
    low, high = np.quantile(np.mean(chance, axis=0), (0.005, 0.995))
    logger.warning("macro ROC-AUC with permuted labels: %.3f, by chance %.3f to %.3f", np.mean(scores), low, high)
    assert low <= np.mean(scores) <= high
    assert high - low < 0.15


def test_id_and_genre_say_nothing(corpus: Corpus) -> None:
    """Somewhat below chance: a genre has each emotion equally often, so what was often heard is seldom left to be heard."""
    scores = [
        macro_auc(predicted(corpus.names[train], corpus.labels[train], corpus.names[test]), corpus.labels[test])
        for train, test in splits(corpus)
    ]
    logger.warning("macro ROC-AUC by split, id and genre: %s, mean %.3f", np.round(scores, 3), np.mean(scores))
    assert 0.35 < np.mean(scores) < 0.6

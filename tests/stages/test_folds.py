import numpy as np
import pytest

from mer_tasks.corpus.leak_certificate import verify
from mer_tasks.errors import ConfigError, CorpusError
from mer_tasks.runs.crossval_runs import fold_run
from mer_tasks.runs.sub_runs import sub_run
from mer_tasks.stages.folds import folds, parts_of_folds
from tests.support.crossval_runs import as_crossval, learnable_crossval
from tests.support.learnable_runs import SEGMENTS, TRACKS, UNLABELLED, learnable
from tests.support.run_documents import fanned_out


def labels_and_groups(tracks=240, seed=0):
    """Labels and groups of 240 tracks: groups have 1 to 4 tracks, and the first emotion is rare."""
    random = np.random.default_rng(seed)
    labels = random.random((tracks, 9)) < [0.1, *np.linspace(0.2, 0.5, 8)]
    groups = np.repeat(np.arange(tracks), random.integers(1, 5, tracks))[:tracks]
    return labels, [f"g{group:03}" for group in groups]


def test_each_track_is_a_test_track_in_one_fold():
    labels, groups = labels_and_groups()
    parts = np.array(parts_of_folds(labels, groups, 5, 0.15, seed=1))
    assert parts.shape == (5, 240)
    assert ((parts == "test").sum(axis=0) == 1).all()


def test_no_group_is_divided_in_any_fold():
    labels, groups = labels_and_groups()
    for parts in parts_of_folds(labels, groups, 5, 0.15, seed=1):
        assert len(set(zip(groups, parts, strict=True))) == len(set(groups))


def test_test_and_validation_parts_of_folds_resemble_the_corpus_in_every_emotion():
    labels, groups = labels_and_groups()
    for parts in map(np.array, parts_of_folds(labels, groups, 5, 0.2, seed=1)):
        assert abs((parts == "test").mean() - 0.2) < 0.025
        assert abs((parts == "validation").sum() / (parts != "test").sum() - 0.2) < 0.025
        for part in ("validation", "test"):
            deviation = np.abs(labels[parts == part].sum(axis=0) - labels.mean(axis=0) * (parts == part).sum())
            assert deviation[0] <= 1
            assert deviation.max() <= 7


def test_the_same_seed_draws_the_same_folds_and_another_seed_draws_others():
    labels, groups = labels_and_groups()
    first, again, other = (parts_of_folds(labels, groups, 5, 0.15, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_too_few_groups_are_refused_with_an_explanation():
    labels = np.ones((12, 9), bool)
    with pytest.raises(CorpusError, match=r"3 groups of tracks .*, expected at least 4 for 3 folds.*; all by one artist"):
        parts_of_folds(labels, ["a", "b", "c"] * 4, 3, 0.15, 1, explanation="; all by one artist")


@pytest.fixture(scope="module")
def run_with_folds(tmp_path_factory):
    """A run that has been through `folds`, and its manifest."""
    run = learnable_crossval(tmp_path_factory.mktemp("folds"))
    return run, folds(run)


def test_every_fold_has_a_split_with_a_leak_certificate(run_with_folds):
    run, _ = run_with_folds
    test_tracks = []
    for repeat in (1, 2):
        for fold in (1, 2):
            split_run = fold_run(run, repeat, fold)
            table = split_run.read_table("split", "split.parquet")
            assert set(table.loc[table["part"] == "unlabelled", "track_id"]) == set(UNLABELLED)
            assert set(split_run.read_json("split", "certificate.json")["overlap"].values()) == {0}
            test_tracks += table.loc[table["part"] == "test", "track_id"].tolist()
    assert len(test_tracks) == 2 * len(set(test_tracks)) == 2 * 36


def test_a_changed_split_of_a_fold_is_refused(tmp_path):
    run = learnable_crossval(tmp_path)
    folds(run)
    changed = sub_run(fold_run(run, 1, 1), "x", ("discover", "reformat", "features", "labels", "split"), mode="eval")
    table = changed.read_table("split", "split.parquet")
    changed.write_table("split", "split.parquet", table.assign(group_id=table["group_id"].iloc[0]))
    with pytest.raises(Exception, match="leaks: 1 groups in more than one part"):
        verify(sub_run(changed, "y", ("discover", "reformat", "features", "labels", "split"), mode="train"))


def test_each_repeat_has_its_own_seed(run_with_folds):
    run, _ = run_with_folds
    assert [fold_run(run, repeat, 2).config.seed for repeat in (1, 2)] == [42, 43]
    first, second = (fold_run(run, repeat, 1).read_table("split", "split.parquet") for repeat in (1, 2))
    assert not first.equals(second)
    largest = as_crossval(run, seed=2**31 - 1)
    assert fold_run(largest, 2, 1).config.seed == 0


def test_there_is_a_trial_for_each_repeat_fold_and_candidate(run_with_folds):
    run, manifest = run_with_folds
    trials = [tuple(run.read_json_key(trial["key"]).values()) for trial in manifest["trials"]]
    assert len(set(trials)) == len(trials) == 2 * 2 * 2
    assert manifest["trials"][0]["name"] == "logistic-regression, repeat 1, fold 1"
    assert manifest["counters"]["trials"] == 8


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"label_rule": "seed"}, "label_rule='seed': the corpus of run r1 has share>=0.3, expected seed"),
        ({"id_match": "case"}, "id_match='case': the corpus of run r1 has exact, expected case"),
        ({"segment_seconds": 2.0}, "segment_seconds=2.0: the corpus of run r1 has 44, expected 87"),
        ({"genres": "rock"}, r"genres=\('rock',\): the corpus of run r1 has \('pop', 'rock'\), expected \('rock',\)"),
    ],
)
def test_a_corpus_that_was_made_with_other_parameters_is_not_reused(run_with_folds, params, message):
    with pytest.raises(ConfigError, match=message):
        folds(as_crossval(run_with_folds[0], **params))


def test_artists_that_leave_too_few_groups_are_named(tmp_path):
    run = learnable_crossval(tmp_path, group_by="track")
    fanned_out(run, segments=SEGMENTS, artists={track: ["one band"] for track in TRACKS})
    folds(run)
    with pytest.raises(CorpusError, match=r"1 groups .* expected at least 3 .*artist 'one band' has 36 of 36 labelled tracks"):
        folds(as_crossval(run, group_by="artist"))


def test_a_configuration_without_folds_and_candidates_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="run r1: the configuration of a run, expected that of a crossval"):
        folds(learnable(tmp_path))

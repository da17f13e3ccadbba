import numpy as np
import pytest

from mer_tasks.corpus.leak_certificate import verify
from mer_tasks.errors import ConfigError, CorpusError
from mer_tasks.runs.crossval_runs import fold_run
from mer_tasks.runs.sub_runs import sub_run
from mer_tasks.stages.folds import folds, parts_of_folds
from tests.support.crossval_runs import as_crossval, learnable_crossval
from tests.support.learnable_runs import SEGMENTS, TRACKS, UNKNOWN, learnable
from tests.support.run_documents import fanned_out


def a_corpus(tracks=240, seed=0):
    """Labels of 240 tracks in groups of 1 to 4, of which one emotion is rare."""
    random = np.random.default_rng(seed)
    labels = random.random((tracks, 9)) < [0.1, *np.linspace(0.2, 0.5, 8)]
    groups = np.repeat(np.arange(tracks), random.integers(1, 5, tracks))[:tracks]
    return labels, [f"g{group:03}" for group in groups]


def test_each_track_is_a_test_track_once():
    labels, groups = a_corpus()
    parts = np.array(parts_of_folds(labels, groups, 5, 0.15, seed=1))
    assert parts.shape == (5, 240)
    assert ((parts == "test").sum(axis=0) == 1).all()


def test_no_group_is_divided_in_any_fold():
    labels, groups = a_corpus()
    for parts in parts_of_folds(labels, groups, 5, 0.15, seed=1):
        assert len(set(zip(groups, parts, strict=True))) == len(set(groups))


def test_folds_and_their_validation_parts_resemble_each_other_in_every_emotion():
    labels, groups = a_corpus()
    for parts in map(np.array, parts_of_folds(labels, groups, 5, 0.2, seed=1)):
        assert abs((parts == "test").mean() - 0.2) < 0.025
        assert abs((parts == "validation").sum() / (parts != "test").sum() - 0.2) < 0.025
        for part in ("validation", "test"):
            beyond = np.abs(labels[parts == part].sum(axis=0) - labels.mean(axis=0) * (parts == part).sum())
            assert beyond[0] <= 1
            assert beyond.max() <= 7


def test_a_seed_draws_the_same_folds_and_another_one_others():
    labels, groups = a_corpus()
    first, again, other = (parts_of_folds(labels, groups, 5, 0.15, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_too_few_groups_are_named_with_what_is_in_their_way():
    labels = np.ones((12, 9), bool)
    with pytest.raises(CorpusError, match=r"3 groups of tracks .*, expected at least 4 for 3 folds.*; all by one artist"):
        parts_of_folds(labels, ["a", "b", "c"] * 4, 3, 0.15, 1, beside="; all by one artist")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A run that has been through `folds`, and its manifest."""
    run = learnable_crossval(tmp_path_factory.mktemp("folds"))
    return run, folds(run)


def test_every_fold_has_a_split_that_is_proven(drawn):
    run, _ = drawn
    tested = []
    for repeat in (1, 2):
        for fold in (1, 2):
            one = fold_run(run, repeat, fold)
            table = one.read_table("split", "split.parquet")
            assert set(table.loc[table["part"] == "unlabelled", "track_id"]) == set(UNKNOWN)
            assert set(one.read_json("split", "certificate.json")["overlap"].values()) == {0}
            tested += table.loc[table["part"] == "test", "track_id"].tolist()
    assert len(tested) == 2 * len(set(tested)) == 2 * 36


def test_a_changed_split_is_no_longer_proven(tmp_path):
    run = learnable_crossval(tmp_path)
    folds(run)
    one = sub_run(fold_run(run, 1, 1), "x", ("discover", "reformat", "features", "labels", "split"), mode="eval")
    table = one.read_table("split", "split.parquet")
    one.write_table("split", "split.parquet", table.assign(group_id=table["group_id"].iloc[0]))
    with pytest.raises(Exception, match="leaks: 1 groups in more than one part"):
        verify(sub_run(one, "y", ("discover", "reformat", "features", "labels", "split"), mode="train"))


def test_repeats_have_seeds_of_their_own(drawn):
    run, _ = drawn
    assert [fold_run(run, repeat, 2).config.seed for repeat in (1, 2)] == [42, 43]
    first, second = (fold_run(run, repeat, 1).read_table("split", "split.parquet") for repeat in (1, 2))
    assert not first.equals(second)
    largest = as_crossval(run, seed=2**31 - 1)
    assert fold_run(largest, 2, 1).config.seed == 0


def test_there_is_a_trial_for_each_repeat_fold_and_candidate(drawn):
    run, manifest = drawn
    found = [tuple(run.read_json_key(trial["key"]).values()) for trial in manifest["trials"]]
    assert len(set(found)) == len(found) == 2 * 2 * 2
    assert manifest["trials"][0]["name"] == "logistic-regression, repeat 1, fold 1"
    assert manifest["counters"]["trials"] == 8


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"label_rule": "seed"}, "label_rule='seed': run r1 has a corpus with share>=0.3 there, expected seed"),
        ({"segment_seconds": 2.0}, "segment_seconds=2.0: run r1 has a corpus with 44 there, expected 87"),
        ({"genres": "rock"}, r"genres=\('rock',\): run r1 has a corpus with \('pop', 'rock'\) there"),
    ],
)
def test_a_corpus_that_was_made_with_other_parameters_is_not_reused(drawn, params, message):
    with pytest.raises(ConfigError, match=message):
        folds(as_crossval(drawn[0], **params))


def test_artists_that_leave_too_few_groups_are_named(tmp_path):
    run = learnable_crossval(tmp_path, group_by="track")
    fanned_out(run, segments=SEGMENTS, artists={track: ["one band"] for track in TRACKS})
    folds(run)
    with pytest.raises(CorpusError, match=r"1 groups .* expected at least 3 .*artist 'one band' has 36 of 36 labelled tracks"):
        folds(as_crossval(run, group_by="artist"))


def test_the_configuration_of_a_run_is_not_that_of_a_crossval(tmp_path):
    with pytest.raises(ConfigError, match="run r1: the configuration of a run, expected that of a crossval"):
        folds(learnable(tmp_path))

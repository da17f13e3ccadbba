import json
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_tasks.corpus.stratification import PARTS, stratify
from mer_tasks.errors import CorpusError
from mer_tasks.runs.artifacts import LABEL_SET
from mer_tasks.stages.split import parts_of_groups, split
from tests.golden.make_split import FRACTIONS, JSON, SEED
from tests.support.label_sets import EMOTIFY, make_label_set
from tests.support.run_documents import content, discovered, fanned_out, line, run_in


def group_names(count: int) -> list[str]:
    return [f"g{number:05}" for number in range(count)]


def test_the_split_equals_the_golden_file():
    golden = json.loads(JSON.read_text())
    labels = np.array([[digit == "1" for digit in row] for row in golden["labels"]])
    assert stratify(labels, golden["groups"], FRACTIONS, SEED) == golden["parts"]


def test_tracks_of_each_emotion_are_divided_in_proportion():
    labels = np.array([[True]] * 20 + [[False]] * 40)
    parts = stratify(labels, group_names(60), (0.5, 0.3, 0.2), 0)
    assert Counter(parts[:20]) == {"train": 10, "validation": 6, "test": 4}
    assert Counter(parts[20:]) == {"train": 20, "validation": 12, "test": 8}


def test_tracks_of_the_rarest_emotion_are_assigned_first():
    # if the common emotion were assigned first, the 4 tracks with both emotions could be in any part
    labels = np.array([[True, True]] * 4 + [[True, False]] * 36)
    for seed in range(20):
        parts = stratify(labels, group_names(40), (0.5, 0.25, 0.25), seed)
        assert Counter(parts[:4]) == {"train": 2, "validation": 1, "test": 1}
        assert Counter(parts) == {"train": 20, "validation": 10, "test": 10}


def test_large_groups_are_assigned_before_small_groups():
    groups = [*["a"] * 8, *["b"] * 6, *["c"] * 4, *group_names(22)]
    for seed in range(20):
        parts = stratify(np.ones((40, 1), bool), groups, (0.5, 0.25, 0.25), seed)
        assert Counter(parts) == {"train": 20, "validation": 10, "test": 10}


@pytest.mark.parametrize("seed", range(5))
def test_parts_of_a_thousand_tracks_have_the_wanted_proportions(seed):
    random = np.random.default_rng(seed)
    labels = random.random((1000, 9)) < [0.07, 0.21, 0.2, 0.4, 0.47, 0.24, 0.36, 0.33, 0.23]
    parts = np.array(stratify(labels, group_names(1000), FRACTIONS, seed))
    for part, fraction in zip(PARTS, FRACTIONS, strict=True):
        assert (parts == part).sum() == pytest.approx(1000 * fraction, abs=10)
        np.testing.assert_allclose(labels[parts == part].sum(axis=0), labels.sum(axis=0) * fraction, atol=10)


tracks_and_groups = st.lists(st.tuples(st.integers(0, 511), st.integers(0, 12)), min_size=1, max_size=60)


def labels_and_groups(tracks):
    labels = np.array([[bool(mask >> bit & 1) for bit in range(9)] for mask, _ in tracks])
    return labels, [f"g{group}" for _, group in tracks]


@given(tracks_and_groups, st.integers(0, 99))
def test_no_group_is_divided(tracks, seed):
    labels, groups = labels_and_groups(tracks)
    parts = defaultdict(set)
    for group, part in zip(groups, stratify(labels, groups, FRACTIONS, seed), strict=True):
        parts[group].add(part)
    assert all(len(of_group) == 1 and of_group <= set(PARTS) for of_group in parts.values())


@given(tracks_and_groups, st.integers(0, 99), st.randoms())
def test_the_order_of_rows_does_not_matter(tracks, seed, random):
    labels, groups = labels_and_groups(tracks)
    order = list(range(len(tracks)))
    random.shuffle(order)
    parts = stratify(labels, groups, FRACTIONS, seed)
    assert stratify(labels[order], [groups[index] for index in order], FRACTIONS, seed) == [parts[index] for index in order]


@given(tracks_and_groups, st.integers(0, 99), st.dictionaries(st.integers(0, 12).map("g{}".format), st.sampled_from(PARTS)))
def test_groups_keep_the_parts_of_earlier_runs(tracks, seed, previous):
    labels, groups = labels_and_groups(tracks)
    for group, part in zip(groups, stratify(labels, groups, FRACTIONS, seed, previous), strict=True):
        assert part == previous.get(group, part)


def test_another_seed_draws_another_split():
    labels = np.ones((40, 1), bool)
    assert stratify(labels, group_names(40), FRACTIONS, 1) != stratify(labels, group_names(40), FRACTIONS, 2)


def test_new_groups_restore_the_proportions():
    labels = np.ones((100, 1), bool)
    previous = dict.fromkeys(group_names(50), "train")
    assert Counter(stratify(labels, group_names(100), (0.7, 0.15, 0.15), 0, previous)) == {
        "train": 70,
        "validation": 15,
        "test": 15,
    }


def test_train_takes_precedence_over_validation_and_validation_over_test():
    groups = pd.Series(["a", "a", "b", "b", "c", "d", "d"])
    contents = pd.Series(list("1234567"))
    previous = {"1": "test", "2": "train", "3": "test", "4": "validation", "6": "unlabelled", "7": "test", "9": "train"}
    assert parts_of_groups(groups, contents, previous) == {"a": "train", "b": "validation", "d": "test"}


def labels_of(*tracks: str, **flags: str) -> pd.DataFrame:
    """Table of labels of some tracks; a keyword names an emotion and the ids of the tracks that have it."""
    columns = {f"label_{emotion}": [track in flags.get(emotion, "") for track in tracks] for emotion in EMOTIFY.ids}
    return pd.DataFrame({"track_id": tracks, **columns})


TRACKS = [f"{number:02}" for number in range(20)]


def corpus(folder, run_id="r1", tracks=TRACKS, labelled=TRACKS, twins=None, fan_out=None, **params):
    """A run before stage `split`, not cross-fitted; `twins` replaces content hashes, `fan_out` has keywords of `fanned_out`."""
    run = run_in(folder, run_id, **{"crossfit": "off", **params})
    discovered(run, [line(track, sha256=(twins or {}).get(track)) for track in tracks])
    fanned_out(run, **(fan_out or {}))
    run.write_table("labels", "labels.parquet", labels_of(*labelled, power=" ".join(labelled[::2])))
    return run


def parts_by_track(run) -> dict[str, str]:
    table = run.read_table("split", "split.parquet")
    return dict(zip(table["track_id"], table["part"], strict=True))


def test_every_usable_track_has_a_row_and_tracks_without_annotations_are_unlabelled(tmp_path, caplog):
    run = corpus(tmp_path, labelled=TRACKS[:15])
    manifest = split(run)
    parts = parts_by_track(run)
    assert list(parts) == TRACKS
    assert {track for track, part in parts.items() if part == "unlabelled"} == set(TRACKS[15:])
    assert manifest["overlap"] == dict.fromkeys(("tracks", "groups", "contents", "samples", "segments", "twins", "artists"), 0)
    assert Counter(parts.values()) == {part: manifest["counters"][part] for part in (*PARTS, "unlabelled")}
    assert manifest["counters"]["groups"] == 20
    assert "not every part has a track with amazement" in caplog.text
    assert run.read_json("split", "certificate.json")["parts"]["train"]["tracks"] == manifest["counters"]["train"]


def test_tracks_with_equal_bytes_or_equal_samples_share_a_part(tmp_path):
    # without groups, the probability that these tracks share a part in all of 10 draws is far below 1e-9
    twins = {f"{number:02}": content("same bytes") for number in (2, 3)}
    pcm = {f"{number:02}": "same samples" for number in (4, 5, 6)}
    for seed in range(10):
        run = corpus(tmp_path, f"r{seed}", twins=twins, fan_out={"pcm": pcm}, seed=seed)
        split(run)
        parts = parts_by_track(run)
        assert parts["02"] == parts["03"]
        assert parts["04"] == parts["05"] == parts["06"]
        assert run.read_table("split", "split.parquet")["group_id"].nunique() == 17


def test_near_identical_recordings_share_a_part_and_groups_parquet_has_the_reason(tmp_path):
    for seed in range(5):
        run = corpus(tmp_path, f"r{seed}", fan_out={"sounds": {"07": "02", "11": "02"}}, seed=seed)
        manifest = split(run)
        parts = parts_by_track(run)
        assert parts["02"] == parts["07"] == parts["11"]
    links = run.read_table("split", "groups.parquet")
    assert set(zip(links["track_id"], links["reason"], links["other_track_id"], strict=True)) == {
        (first, "same_recording", second) for first, second in (("02", "07"), ("02", "11"), ("07", "11"))
    }
    assert links["share"].tolist() == [1.0] * 3
    assert manifest["counters"]["links_same_recording"] == 3


def test_tracks_of_an_artist_share_a_part_unless_group_by_is_track(tmp_path):
    artists = {track: [f"Artist {int(track) % 5}"] for track in TRACKS}
    run = corpus(tmp_path, fan_out={"artists": artists})
    assert split(run)["group_by"] == "artist"
    parts = parts_by_track(run)
    assert all(parts[track] == parts[TRACKS[int(track) % 5]] for track in TRACKS)
    assert run.read_table("split", "split.parquet")["group_id"].nunique() == 5
    by_track = corpus(tmp_path, "r2", fan_out={"artists": artists}, group_by="track")
    assert split(by_track)["group_by"] == "track"
    assert by_track.read_table("split", "split.parquet")["group_id"].nunique() == 20
    assert by_track.read_table("split", "groups.parquet").empty


def test_a_corpus_of_one_artist_is_refused_unless_group_by_is_track(tmp_path):
    artists = {track: ["One Band"] for track in TRACKS}
    message = (
        r"^1 groups of tracks have audio and annotations, expected at least 3: one per part; parts may not share an artist,"
        r" but artist 'One Band' has 20 of 20 labelled tracks: group_by=track allows parts to share artists$"
    )
    with pytest.raises(CorpusError, match=message):
        split(corpus(tmp_path, fan_out={"artists": artists}))
    run = corpus(tmp_path, "r2", fan_out={"artists": artists}, group_by="track")
    split(run)
    assert set(parts_by_track(run).values()) == set(PARTS)


def test_an_artist_who_leaves_a_part_empty_is_named(tmp_path):
    artists = {track: ["One Band" if int(track) > 2 else f"Other {track}"] for track in TRACKS} | {
        "02": ["Other 01", "One Band"]
    }
    with pytest.raises(
        CorpusError, match=r"^2 groups .*artist 'One Band' has 18 of 20 labelled tracks, and 19 tracks are linked"
    ):
        split(corpus(tmp_path, fan_out={"artists": artists}))


def test_names_of_compilations_do_not_group_tracks(tmp_path):
    artists = ["Various Artists", "", "unknown", "Hits Compilation"]
    run = corpus(tmp_path, fan_out={"artists": {track: [artists[int(track) % 4]] for track in TRACKS} | {"00": []}})
    split(run)
    assert run.read_table("split", "split.parquet")["group_id"].nunique() == 20


@pytest.mark.parametrize("labelled", [[], ["01"], ["01", "02"]])
def test_fewer_labelled_groups_than_parts_are_refused(tmp_path, labelled):
    with pytest.raises(CorpusError, match=f"^{len(labelled)} groups of tracks have audio and annotations, expected at least 3"):
        split(corpus(tmp_path, labelled=labelled))


@pytest.mark.parametrize(("flags", "emotions"), [({}, "none"), ({"power": " ".join(TRACKS)}, "power")])
def test_labels_that_are_all_the_same_are_refused(tmp_path, flags, emotions):
    run = corpus(tmp_path)
    run.write_table("labels", "labels.parquet", labels_of(*TRACKS, **flags))
    with pytest.raises(CorpusError, match=rf"^all 20 labelled tracks have the same labels \({emotions}\): nothing to learn"):
        split(run)


def test_tracks_without_an_artist_are_counted_and_cause_a_warning(tmp_path, caplog):
    artists = {track: ["A Band"] for track in TRACKS[:8]} | {"08": ["Various Artists"]}
    manifest = split(corpus(tmp_path, fan_out={"artists": {track: artists.get(track, []) for track in TRACKS}}))
    assert manifest["counters"]["without_artist"] == 12
    assert "12 of 20 tracks have no artist in metadata files or tags: they are not grouped by artist" in caplog.text


def test_three_tracks_of_one_recording_are_one_group(tmp_path):
    with pytest.raises(CorpusError, match=r"^1 groups of tracks"):
        split(corpus(tmp_path, labelled=TRACKS[:3], fan_out={"pcm": dict.fromkeys(TRACKS[:3], "one")}))


def test_a_part_that_would_be_empty_is_named(tmp_path):
    with pytest.raises(CorpusError, match=r"^3 labelled groups of tracks leave .*(validation|test) empty, expected more"):
        split(corpus(tmp_path, labelled=TRACKS[:3]))


def test_too_many_rejected_files_end_the_stage(tmp_path):
    run = run_in(tmp_path)
    discovered(run, [line(track) for track in TRACKS])
    fanned_out(run, rejected=dict.fromkeys(TRACKS[:3], ("reformat", "not_audio")))
    run.write_table("labels", "labels.parquet", labels_of(*TRACKS))
    with pytest.raises(CorpusError, match="'rock': 3 of 20 files rejected"):
        split(run)


def trained_and_eval_runs(folder, trained_params=None, **corpus_params):
    """The run that trained a model, after `split`; and a run of mode eval with this model, before `split`."""
    trained = corpus(folder, "trained", **(trained_params or {}))
    split(trained)
    run = corpus(folder, "evaluated", mode="eval", seed=7, **corpus_params)
    run.write_manifest("discover", {**run.manifest("discover"), "model": {"run_id": "trained", "key": "k", "sha256": "s"}})
    return trained, run


def test_mode_eval_keeps_the_parts_of_the_run_that_trained_the_model(tmp_path):
    trained, run = trained_and_eval_runs(tmp_path, tracks=[*TRACKS, "new"], labelled=[*TRACKS[:19], "new"])
    split(run)
    assert parts_by_track(run) == {**parts_by_track(trained), TRACKS[19]: "unlabelled", "new": "unlabelled"}


def test_in_mode_eval_a_track_whose_audio_has_changed_is_unlabelled(tmp_path):
    trained, run = trained_and_eval_runs(tmp_path, twins={"03": content("another sound")})
    split(run)
    assert parts_by_track(run) == {**parts_by_track(trained), "03": "unlabelled"}


def test_in_mode_eval_a_test_track_with_the_recording_of_a_train_track_is_unlabelled(tmp_path):
    parts = parts_of_a_first_run(tmp_path / "first")
    test_track = next(track for track in TRACKS if parts[track] == "test")
    train_track = next(track for track in TRACKS if parts[track] == "train")
    trained, run = trained_and_eval_runs(tmp_path / "second", fan_out={"pcm": {test_track: "one", train_track: "one"}})
    split(run)
    assert parts_by_track(run) == {**parts_by_track(trained), test_track: "unlabelled"}


def parts_of_a_first_run(folder) -> dict[str, str]:
    run = corpus(folder)
    split(run)
    return parts_by_track(run)


def test_mode_eval_groups_tracks_like_the_run_that_trained_the_model(tmp_path):
    artists = {track: [f"Artist {int(track) % 5}"] for track in TRACKS}
    for group_by, groups in (("track", 20), ("artist", 5)):
        folder = tmp_path / group_by
        fan_out = {"artists": artists}
        trained, run = trained_and_eval_runs(
            folder, {"fan_out": fan_out, "group_by": group_by}, fan_out=fan_out, group_by="artist"
        )
        assert split(run)["group_by"] == group_by
        assert parts_by_track(run) == parts_by_track(trained)
        assert run.read_table("split", "split.parquet")["group_id"].nunique() == groups


def test_mode_eval_warns_if_the_model_is_older_than_groups_by_artist(tmp_path, caplog):
    trained, run = trained_and_eval_runs(tmp_path, {"group_by": "track"})
    manifest = trained.manifest("split")
    del manifest["group_by"]
    trained.write_manifest("split", manifest)
    split(run)
    assert parts_by_track(run) == parts_by_track(trained)
    assert "model of run trained: trained before there were groups by artist" in caplog.text


def test_mode_eval_without_a_test_track_is_refused(tmp_path):
    parts = parts_of_a_first_run(tmp_path / "first")
    _, run = trained_and_eval_runs(tmp_path / "second", labelled=[track for track in TRACKS if parts[track] != "test"])
    with pytest.raises(CorpusError, match="no labelled track of the model's test part is left"):
        split(run)


def test_labels_with_fewer_groups_than_parts_are_trained_on():
    random = np.random.default_rng(0)
    common = random.random((300, 3)) < 0.3
    rare = np.zeros((300, 20), bool)
    for column in range(20):
        rare[random.choice(300, 1 + column % 2, replace=False), column] = True
    parts = np.array(stratify(np.concatenate([common, rare], axis=1), group_names(300), (0.7, 0.15, 0.15), 0))
    assert {part for column in rare.T for part in parts[column]} == {"train"}


def test_many_labels_with_fewer_groups_than_parts_leave_no_part_empty():
    parts = stratify(np.eye(100, dtype=bool), group_names(100), (0.7, 0.15, 0.15), 0)
    assert Counter(parts) == {"train": 70, "validation": 15, "test": 15}


def test_labels_that_a_part_lacks_are_counted_and_some_of_them_named(tmp_path, caplog):
    run, label_set = corpus(tmp_path), make_label_set(60, "multi")
    run.write_json("discover", LABEL_SET, label_set.document())
    table = run.read_table("labels", "labels.parquet")
    columns = {
        f"label_{label}": [track == TRACKS[number % 20] for track in TRACKS] for number, label in enumerate(label_set.ids)
    }
    run.write_table("labels", "labels.parquet", pd.DataFrame({"track_id": table["track_id"], **columns}))
    manifest = split(run)
    assert manifest["too_few"] == list(label_set.ids)
    assert "not every part has a track with mood 1, mood 2, mood 3, " in caplog.text
    assert "mood 20 and 40 more" in caplog.text
    parts = run.read_json("split", "certificate.json")["parts"]
    assert sum(parts[part]["positives"]["mood_60"] for part in PARTS) == 1

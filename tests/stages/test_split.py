import json
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_tasks.corpus.stratification import PARTS, assign
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import CorpusError
from mer_tasks.stages.split import parts_of_groups, split
from tests.golden.make_split import FRACTIONS, JSON, SEED
from tests.support.run_documents import content, discovered, fanned_out, line, run_in


def names(count: int) -> list[str]:
    return [f"g{number:05}" for number in range(count)]


def test_golden_split():
    golden = json.loads(JSON.read_text())
    labels = np.array([[digit == "1" for digit in row] for row in golden["labels"]])
    assert assign(labels, golden["groups"], FRACTIONS, SEED) == golden["parts"]


def test_each_emotion_is_dealt_in_proportion():
    labels = np.array([[True]] * 20 + [[False]] * 40)
    parts = assign(labels, names(60), (0.5, 0.3, 0.2), 0)
    assert Counter(parts[:20]) == {"train": 10, "validation": 6, "test": 4}
    assert Counter(parts[20:]) == {"train": 20, "validation": 12, "test": 8}


def test_the_rarest_emotion_is_dealt_first():
    # if the common emotion came first, it could put the 4 tracks with both wherever it liked
    labels = np.array([[True, True]] * 4 + [[True, False]] * 36)
    for seed in range(20):
        parts = assign(labels, names(40), (0.5, 0.25, 0.25), seed)
        assert Counter(parts[:4]) == {"train": 2, "validation": 1, "test": 1}
        assert Counter(parts) == {"train": 20, "validation": 10, "test": 10}


def test_large_groups_come_while_there_is_room():
    groups = [*["a"] * 8, *["b"] * 6, *["c"] * 4, *names(22)]
    for seed in range(20):
        parts = assign(np.ones((40, 1), bool), groups, (0.5, 0.25, 0.25), seed)
        assert Counter(parts) == {"train": 20, "validation": 10, "test": 10}


@pytest.mark.parametrize("seed", range(5))
def test_proportions_of_a_thousand_tracks_are_kept(seed):
    random = np.random.default_rng(seed)
    labels = random.random((1000, 9)) < [0.07, 0.21, 0.2, 0.4, 0.47, 0.24, 0.36, 0.33, 0.23]
    parts = np.array(assign(labels, names(1000), FRACTIONS, seed))
    for part, fraction in zip(PARTS, FRACTIONS, strict=True):
        assert (parts == part).sum() == pytest.approx(1000 * fraction, abs=10)
        np.testing.assert_allclose(labels[parts == part].sum(axis=0), labels.sum(axis=0) * fraction, atol=10)


corpora = st.lists(st.tuples(st.integers(0, 511), st.integers(0, 12)), min_size=1, max_size=60)


def unpack(tracks):
    labels = np.array([[bool(mask >> place & 1) for place in range(9)] for mask, _ in tracks])
    return labels, [f"g{group}" for _, group in tracks]


@given(corpora, st.integers(0, 99))
def test_no_group_is_divided(tracks, seed):
    labels, groups = unpack(tracks)
    parts = defaultdict(set)
    for group, part in zip(groups, assign(labels, groups, FRACTIONS, seed), strict=True):
        parts[group].add(part)
    assert all(len(found) == 1 and found <= set(PARTS) for found in parts.values())


@given(corpora, st.integers(0, 99), st.randoms())
def test_the_order_of_rows_does_not_matter(tracks, seed, random):
    labels, groups = unpack(tracks)
    order = list(range(len(tracks)))
    random.shuffle(order)
    parts = assign(labels, groups, FRACTIONS, seed)
    assert assign(labels[order], [groups[place] for place in order], FRACTIONS, seed) == [parts[place] for place in order]


@given(corpora, st.integers(0, 99), st.dictionaries(st.integers(0, 12).map("g{}".format), st.sampled_from(PARTS)))
def test_groups_keep_the_parts_they_had(tracks, seed, previous):
    labels, groups = unpack(tracks)
    for group, part in zip(groups, assign(labels, groups, FRACTIONS, seed, previous), strict=True):
        assert part == previous.get(group, part)


def test_another_seed_draws_another_split():
    labels = np.ones((40, 1), bool)
    assert assign(labels, names(40), FRACTIONS, 1) != assign(labels, names(40), FRACTIONS, 2)


def test_new_groups_restore_the_proportions():
    labels = np.ones((100, 1), bool)
    previous = dict.fromkeys(names(50), "train")
    assert Counter(assign(labels, names(100), (0.7, 0.15, 0.15), 0, previous)) == {"train": 70, "validation": 15, "test": 15}


def test_train_decides_over_validation_and_validation_over_test():
    groups = pd.Series(["a", "a", "b", "b", "c", "d", "d"])
    contents = pd.Series(list("1234567"))
    previous = {"1": "test", "2": "train", "3": "test", "4": "validation", "6": "unlabelled", "7": "test", "9": "train"}
    assert parts_of_groups(groups, contents, previous) == {"a": "train", "b": "validation", "d": "test"}


def labels_of(*tracks: str, **flags: str) -> pd.DataFrame:
    """Tracks by id; for an emotion, the ids of those that carry it."""
    columns = {f"label_{emotion}": [track in flags.get(emotion, "") for track in tracks] for emotion in EMOTIONS}
    return pd.DataFrame({"track_id": tracks, **columns})


TRACKS = [f"{number:02}" for number in range(20)]


def corpus(folder, run_id="r1", tracks=TRACKS, labelled=TRACKS, twins=None, heard=None, **params):
    """A run before `split`; `twins` have equal bytes, and `heard` are keywords of `fanned_out`."""
    run = run_in(folder, run_id, **params)
    discovered(run, [line(track, sha256=(twins or {}).get(track)) for track in tracks])
    fanned_out(run, **(heard or {}))
    run.write_table("labels", "labels.parquet", labels_of(*labelled, power=" ".join(labelled[::2])))
    return run


def parts_in(run) -> dict[str, str]:
    table = run.read_table("split", "split.parquet")
    return dict(zip(table["track_id"], table["part"], strict=True))


def test_every_usable_track_gets_a_row_and_those_without_annotations_are_unlabelled(tmp_path, caplog):
    run = corpus(tmp_path, labelled=TRACKS[:15])
    manifest = split(run)
    parts = parts_in(run)
    assert list(parts) == TRACKS
    assert {track for track, part in parts.items() if part == "unlabelled"} == set(TRACKS[15:])
    assert manifest["overlap"] == dict.fromkeys(("tracks", "groups", "contents", "samples", "segments", "twins", "artists"), 0)
    assert Counter(parts.values()) == {part: manifest["counters"][part] for part in (*PARTS, "unlabelled")}
    assert manifest["counters"]["groups"] == 20
    assert "not every part has a track with amazement" in caplog.text
    assert run.read_json("split", "certificate.json")["parts"]["train"]["tracks"] == manifest["counters"]["train"]


def test_twins_by_bytes_or_by_samples_share_a_part(tmp_path):
    # without groups, pairs of a set of 20 are together in every one of 10 draws with a chance far below 1e-9
    twins = {f"{number:02}": content("same bytes") for number in (2, 3)}
    pcm = {f"{number:02}": "same samples" for number in (4, 5, 6)}
    for seed in range(10):
        run = corpus(tmp_path, f"r{seed}", twins=twins, heard={"pcm": pcm}, seed=seed)
        split(run)
        parts = parts_in(run)
        assert parts["02"] == parts["03"]
        assert parts["04"] == parts["05"] == parts["06"]
        assert run.read_table("split", "split.parquet")["group_id"].nunique() == 17


def test_near_identical_recordings_share_a_part_and_the_table_says_why(tmp_path):
    for seed in range(5):
        run = corpus(tmp_path, f"r{seed}", heard={"sounds": {"07": "02", "11": "02"}}, seed=seed)
        manifest = split(run)
        parts = parts_in(run)
        assert parts["02"] == parts["07"] == parts["11"]
    links = run.read_table("split", "groups.parquet")
    assert set(zip(links["track_id"], links["reason"], links["other_track_id"], strict=True)) == {
        (one, "same_recording", other) for one, other in (("02", "07"), ("02", "11"), ("07", "11"))
    }
    assert links["share"].tolist() == [1.0] * 3
    assert manifest["counters"]["links_same_recording"] == 3


def test_tracks_of_an_artist_share_a_part_unless_told_otherwise(tmp_path):
    artists = {track: [f"Artist {int(track) % 5}"] for track in TRACKS}
    run = corpus(tmp_path, heard={"artists": artists})
    assert split(run)["group_by"] == "artist"
    parts = parts_in(run)
    assert all(parts[track] == parts[TRACKS[int(track) % 5]] for track in TRACKS)
    assert run.read_table("split", "split.parquet")["group_id"].nunique() == 5
    other = corpus(tmp_path, "r2", heard={"artists": artists}, group_by="track")
    assert split(other)["group_by"] == "track"
    assert other.read_table("split", "split.parquet")["group_id"].nunique() == 20
    assert other.read_table("split", "groups.parquet").empty


def test_one_artist_for_everything_stops_unless_told_that_twins_are_enough(tmp_path):
    artists = {track: ["One Band"] for track in TRACKS}
    message = (
        r"^1 groups of tracks have audio and annotations, expected at least 3: one per part; no part may share an artist with"
        r" another, and artist 'One Band' has 20 of 20 labelled tracks: group_by=track lets it$"
    )
    with pytest.raises(CorpusError, match=message):
        split(corpus(tmp_path, heard={"artists": artists}))
    run = corpus(tmp_path, "r2", heard={"artists": artists}, group_by="track")
    split(run)
    assert set(parts_in(run).values()) == set(PARTS)


def test_an_artist_who_leaves_a_part_empty_is_named(tmp_path):
    artists = {track: ["One Band" if int(track) > 2 else f"Other {track}"] for track in TRACKS} | {
        "02": ["Other 01", "One Band"]
    }
    with pytest.raises(CorpusError, match=r"^2 groups .*artist 'One Band' has 18 of 20 labelled tracks, 19 hang together with"):
        split(corpus(tmp_path, heard={"artists": artists}))


def test_compilations_hold_nothing_together(tmp_path):
    names = ["Various Artists", "", "unknown", "Hits Compilation"]
    run = corpus(tmp_path, heard={"artists": {track: [names[int(track) % 4]] for track in TRACKS} | {"00": []}})
    split(run)
    assert run.read_table("split", "split.parquet")["group_id"].nunique() == 20


@pytest.mark.parametrize("labelled", [[], ["01"], ["01", "02"]])
def test_fewer_labelled_groups_than_parts_are_refused(tmp_path, labelled):
    with pytest.raises(CorpusError, match=f"^{len(labelled)} groups of tracks have audio and annotations, expected at least 3"):
        split(corpus(tmp_path, labelled=labelled))


@pytest.mark.parametrize(("flags", "told"), [({}, "none"), ({"power": " ".join(TRACKS)}, "power")])
def test_labels_that_are_all_the_same_are_refused(tmp_path, flags, told):
    run = corpus(tmp_path)
    run.write_table("labels", "labels.parquet", labels_of(*TRACKS, **flags))
    with pytest.raises(CorpusError, match=rf"^all 20 labelled tracks carry the same emotions \({told}\): nothing to learn"):
        split(run)


def test_tracks_without_an_artist_are_counted_and_told(tmp_path, caplog):
    artists = {track: ["A Band"] for track in TRACKS[:8]} | {"08": ["Various Artists"]}
    manifest = split(corpus(tmp_path, heard={"artists": {track: artists.get(track, []) for track in TRACKS}}))
    assert manifest["counters"]["without_artist"] == 12
    assert "12 of 20 tracks name no artist in their tags: each is taken to be alone" in caplog.text


def test_three_tracks_of_one_recording_are_one_group(tmp_path):
    with pytest.raises(CorpusError, match=r"^1 groups of tracks"):
        split(corpus(tmp_path, labelled=TRACKS[:3], heard={"pcm": dict.fromkeys(TRACKS[:3], "one")}))


def test_a_part_that_would_be_empty_is_named(tmp_path):
    with pytest.raises(CorpusError, match=r"^3 labelled groups of tracks leave .*(validation|test) empty, expected more"):
        split(corpus(tmp_path, labelled=TRACKS[:3]))


def test_too_many_rejected_files_end_the_stage(tmp_path):
    run = run_in(tmp_path)
    discovered(run, [line(track) for track in TRACKS])
    fanned_out(run, lost=dict.fromkeys(TRACKS[:3], ("reformat", "not_audio")))
    run.write_table("labels", "labels.parquet", labels_of(*TRACKS))
    with pytest.raises(CorpusError, match="'rock': 3 of 20 files rejected"):
        split(run)


def evaluating(folder, trained_params=None, **corpus_params):
    trained = corpus(folder, "trained", **(trained_params or {}))
    split(trained)
    run = corpus(folder, "evaluated", mode="eval", seed=7, **corpus_params)
    run.write_manifest("discover", {**run.manifest("discover"), "model": {"run_id": "trained", "key": "k", "sha256": "s"}})
    return trained, run


def test_mode_eval_keeps_the_parts_that_the_model_was_trained_with(tmp_path):
    trained, run = evaluating(tmp_path, tracks=[*TRACKS, "new"], labelled=[*TRACKS[:19], "new"])
    split(run)
    assert parts_in(run) == {**parts_in(trained), TRACKS[19]: "unlabelled", "new": "unlabelled"}


def test_mode_eval_drops_an_id_whose_sound_is_another_now(tmp_path):
    trained, run = evaluating(tmp_path, twins={"03": content("another sound")})
    split(run)
    assert parts_in(run) == {**parts_in(trained), "03": "unlabelled"}


def test_mode_eval_judges_by_no_track_that_sounds_like_one_of_train(tmp_path):
    corpus_parts = parts_in_a_first_run(tmp_path / "first")
    tested = next(track for track in TRACKS if corpus_parts[track] == "test")
    learned = next(track for track in TRACKS if corpus_parts[track] == "train")
    trained, run = evaluating(tmp_path / "second", heard={"pcm": {tested: "one", learned: "one"}})
    split(run)
    assert parts_in(run) == {**parts_in(trained), tested: "unlabelled"}


def parts_in_a_first_run(folder) -> dict[str, str]:
    run = corpus(folder)
    split(run)
    return parts_in(run)


def test_mode_eval_groups_as_the_models_run_did(tmp_path):
    artists = {track: [f"Artist {int(track) % 5}"] for track in TRACKS}
    for group_by, groups in (("track", 20), ("artist", 5)):
        folder, heard = tmp_path / group_by, {"artists": artists}
        trained, run = evaluating(folder, {"heard": heard, "group_by": group_by}, heard=heard, group_by="artist")
        assert split(run)["group_by"] == group_by
        assert parts_in(run) == parts_in(trained)
        assert run.read_table("split", "split.parquet")["group_id"].nunique() == groups


def test_mode_eval_of_a_model_from_before_there_were_artists_says_so(tmp_path, caplog):
    trained, run = evaluating(tmp_path, {"group_by": "track"})
    manifest = trained.manifest("split")
    del manifest["group_by"]
    trained.write_manifest("split", manifest)
    split(run)
    assert parts_in(run) == parts_in(trained)
    assert "model of run trained: trained before there were groups by artist" in caplog.text


def test_mode_eval_without_a_test_track_is_refused(tmp_path):
    parts = parts_in_a_first_run(tmp_path / "first")
    _, run = evaluating(tmp_path / "second", labelled=[track for track in TRACKS if parts[track] != "test"])
    with pytest.raises(CorpusError, match="no labelled track of the model's test part is left"):
        split(run)

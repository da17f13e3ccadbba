import numpy as np
import pandas as pd
import pytest

from mer_tasks.corpus.segments import SegmentIndex, segment_index
from mer_tasks.errors import CorpusError, IntegrityError, ObjectMissing
from mer_tasks.storage.local import FileStore
from tests.support.label_sets import EMOTIFY
from tests.support.learnable_runs import SEGMENTS, learnable
from tests.support.run_documents import content, features_key


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return learnable(tmp_path_factory.mktemp("segments"))


def stored_features(run, track):
    return np.load(run.store.root / features_key(content(track)))


def index_with_damage(run, tmp_path, track, data):
    """Index train in a copy of the store, in which the features of `track` are `data`, or missing if it is None."""
    index = segment_index(run, "train")
    tracks = {"track_id": list(index.tracks), "features_key": [f"{name}.npy" for name in index.tracks], "segments": SEGMENTS}
    store = FileStore(tmp_path)
    for name in index.tracks:
        store.put(f"{name}.npy", (run.store.root / features_key(content(name))).read_bytes())
    if data is None:
        store.delete(f"{track}.npy")
    else:
        store.put(f"{track}.npy", data)
    return SegmentIndex(store, tmp_path, pd.DataFrame(tracks))


def test_rows_are_the_segments_of_one_track_after_the_other(run):
    index = segment_index(run, "train")
    parts = run.read_table("split", "split.parquet").set_index("track_id")["part"]
    assert list(index.tracks) == sorted(parts.index[parts == "train"])
    assert len(index) == SEGMENTS * len(index.tracks)
    np.testing.assert_array_equal(
        index.read(np.arange(len(index))), np.concatenate([stored_features(run, t) for t in index.tracks])
    )


def test_rows_are_returned_in_the_requested_order(run):
    index = segment_index(run, "train")
    rows = np.array([57, 3, 44, 3, 0, 41])
    features = index.read(rows)
    assert features.dtype == np.float32
    for row, segment in zip(rows, features, strict=True):
        np.testing.assert_array_equal(segment, stored_features(run, index.tracks[row // SEGMENTS])[row % SEGMENTS])


def test_reading_no_rows_returns_no_segments(run):
    assert segment_index(run, "train").read(np.zeros(0, int)).shape == (0, 44, 155)


def test_one_index_can_have_several_parts(run):
    tracks = {part: set(segment_index(run, part).tracks) for part in ("train", "validation", "test", "unlabelled")}
    assert set(segment_index(run, "train", "unlabelled").tracks) == tracks["train"] | tracks["unlabelled"]
    assert tracks["unlabelled"] == {"r18", "r19", "p18", "p19"}


def test_segments_have_the_labels_of_their_track(run):
    index, table = segment_index(run, "test"), run.read_table("labels", "labels.parquet")
    hard, soft = index.targets(table, EMOTIFY), index.targets(table, EMOTIFY, soft=True)
    assert hard.shape == soft.shape == (len(index), 9)
    by_track = table.set_index("track_id")
    for row in (0, SEGMENTS, len(index) - 1):
        line = by_track.loc[index.tracks[row // SEGMENTS]]
        assert hard[row].tolist() == [float(line[name]) for name in by_track if name.startswith("label_")]
        np.testing.assert_allclose(soft[row], [line[name] for name in by_track if name.startswith("share_")])


def test_track_means_weigh_each_segment_of_a_track_equally(tmp_path):
    tracks = pd.DataFrame({"track_id": ["a", "b"], "features_key": ["a", "b"], "segments": [1, 3]})
    index = SegmentIndex(FileStore(tmp_path), tmp_path, tracks)
    means = index.track_means(np.array([[5.0], [1.0], [2.0], [6.0]]))
    assert means.tolist() == [[5.0], [3.0]]


def test_a_part_without_tracks_is_empty(run):
    index = segment_index(run, "nothing")
    assert len(index) == 0
    assert list(index.batches(4)) == []
    assert index.track_means(np.zeros((0, 9))).shape == (0, 9)
    with pytest.raises(CorpusError, match="expected a part with at least one track"):
        _ = index.frames


def test_a_damaged_or_missing_feature_file_is_refused(run, tmp_path):
    track = segment_index(run, "train").tracks[1]
    whole = (run.store.root / features_key(content(track))).read_bytes()
    short = index_with_damage(run, tmp_path / "short", track, whole[:-4])
    with pytest.raises(IntegrityError, match=rf"{track}\.npy: cut short"):
        short.read(np.arange(len(short)))
    text = index_with_damage(run, tmp_path / "text", track, b"hello")
    with pytest.raises(IntegrityError, match=r"expected a \.npy file"):
        text.read(np.arange(len(text)))
    other = index_with_damage(run, tmp_path / "other", track, whole.replace(b"(6, 44, 155)", b"(4, 66, 155)"))
    with pytest.raises(IntegrityError, match=r"shape \(4, 66, 155\), expected float32 of shape \(6, 44, 155\)"):
        other.read(np.arange(len(other)))
    missing = index_with_damage(run, tmp_path / "missing", track, None)
    with pytest.raises(ObjectMissing, match=rf"{track}\.npy"):
        missing.read(np.arange(len(missing)))

import io

import numpy as np
import pandas as pd
import pytest

from mer_tasks.corpus.embeddings import window_weights
from mer_tasks.corpus.segments import SegmentIndex
from mer_tasks.encoders.folder import read_encoder
from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.storage.local import FileStore
from tests.support.small_encoder import SIZE, small_encoder


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return read_encoder(str(small_encoder(tmp_path_factory.mktemp("encoder") / "small"))).encoder


def weights(encoder, segments, windows, segment_seconds, window_seconds, hop_seconds):
    changed = encoder.model_copy(update={"window_seconds": window_seconds, "hop_seconds": hop_seconds})
    return window_weights(segments, windows, segment_seconds, changed)


def test_windows_as_long_as_segments_stand_for_themselves(encoder):
    assert weights(encoder, 4, 4, 3.0, 3.0, 3.0).tolist() == np.eye(4).tolist()
    # musicnn's windows of 187 frames are a little shorter
    assert weights(encoder, 4, 4, 3.0, 2.992, 3.0).tolist() == np.eye(4).tolist()


def test_an_overlap_that_only_rounding_makes_does_not_count(encoder):
    assert weights(encoder, 3, 3, 3.0, 3.0005, 3.0).tolist() == np.eye(3).tolist()


def test_a_segment_gets_the_mean_of_its_windows_by_the_time_that_they_share(encoder):
    assert weights(encoder, 2, 4, 2.0, 1.0, 1.0).tolist() == [[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]]
    # window 1 from 1 s to 3 s shares one second with segment 0 and with segment 1, and window 0 two seconds with segment 0
    assert weights(encoder, 2, 2, 2.0, 2.0, 1.0).tolist() == [[pytest.approx(2 / 3), pytest.approx(1 / 3)], [0, 1]]


def test_long_windows_are_those_of_all_segments_within_them(encoder):
    assert weights(encoder, 5, 1, 3.0, 10.0, 10.0).tolist() == [[1.0]] * 5


def test_a_segment_without_a_window_has_the_nearest_one(encoder):
    # windows of one second every ten: the last segments of each stretch have none
    near = weights(encoder, 5, 2, 3.0, 1.0, 10.0)
    assert near.argmax(axis=1).tolist() == [0, 0, 1, 1, 1]
    assert near.sum(axis=1).tolist() == [1.0] * 5


def index_with(tmp_path, encoder, array):
    store = FileStore(tmp_path / "store")
    if array is not None:
        buffer = io.BytesIO()
        np.save(buffer, array)
        store.put("a.npy", buffer.getvalue())
    tracks = {"track_id": ["a"], "features_key": ["none"], "segments": [1], "embedding_key": ["a.npy"], "windows": [2]}
    return SegmentIndex(store, tmp_path / "scratch", pd.DataFrame(tracks), encoder, 1.0)


@pytest.mark.parametrize(
    "array", [np.zeros((3, SIZE), np.float32), np.zeros((2, SIZE + 1), np.float32), np.zeros((2, SIZE), np.float64)]
)
def test_a_blob_of_another_shape_or_type_is_refused(tmp_path, encoder, array):
    index = index_with(tmp_path, encoder, array)
    for read in (index.track_embeddings, lambda: index.embeddings(np.array([0]))):
        with pytest.raises(IntegrityError, match=r"a\.npy: float\d\d of shape .*, expected float32 of shape \(2, 4\)"):
            read()


def test_a_missing_blob_is_named(tmp_path, encoder):
    with pytest.raises(ObjectMissing, match=r"a\.npy"):
        index_with(tmp_path, encoder, None).track_embeddings()


def test_rows_may_come_in_any_order_and_more_than_once(tmp_path, encoder):
    index = index_with(tmp_path, encoder, np.arange(2 * SIZE, dtype=np.float32).reshape(2, SIZE))
    vectors = index.embeddings(np.array([0, 0]))
    assert vectors.tolist() == [[2.0, 3.0, 4.0, 5.0]] * 2
    assert index.embedding_size == SIZE

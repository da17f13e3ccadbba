import io

import numpy as np
import pytest

from mer_tasks.audio.track_summary import SUMMARY_NAMES
from mer_tasks.corpus.usable_tracks import Fingerprints, load_corpus, load_summaries
from mer_tasks.errors import IntegrityError, ObjectMissing
from tests.support.run_documents import discovered, fanned_out, line, peaks_of, rejection, run_in


def test_the_corpus_joins_the_catalogue_with_the_reports_of_all_shards(tmp_path):
    run = run_in(tmp_path)
    discovered(
        run, [line("9", "rock"), line("10", "pop"), line("2", "rock"), line("7", "pop")], [rejection("2b", stage="discover")]
    )
    fanned_out(run, rejected={"2": ("reformat", "not_audio"), "7": ("features", "too_short")})
    corpus = load_corpus(run)
    assert corpus.tracks["track_id"].tolist() == ["10", "9"]
    first = corpus.tracks.iloc[0]
    assert (first["genre"], first["key"], first["segments"], first["duration_seconds"]) == ("pop", "pop/10.mp3", 20, 60.0)
    assert first["audio_key"].endswith(".flac")
    assert first["features_key"].endswith(".npy")
    assert [(line["track_id"], line["stage"], line["reason"]) for line in corpus.rejected] == [
        ("2b", "discover", "not_audio"),
        ("2", "reformat", "not_audio"),
        ("7", "features", "too_short"),
    ]
    assert corpus.genres == ("pop", "rock")
    assert corpus.counters["reformat"] == {"reused": 3, "rejected": 1, "seconds": 1.0}
    assert corpus.counters["features"] == {"reused": 2, "rejected": 1, "seconds": 1.0}
    assert corpus.counters["discover"] == {"seconds": 1.0}


def test_an_error_names_the_missing_report_of_a_shard(tmp_path):
    run = run_in(tmp_path)
    discovered(run, [line("1"), line("2", "pop")])
    fanned_out(run)
    run.store.delete("runs/r1/features/pop-1-of-1.json")
    with pytest.raises(ObjectMissing, match=r"features/pop-1-of-1\.json"):
        load_corpus(run)


def test_a_report_on_a_track_that_is_not_in_the_catalogue_is_refused(tmp_path):
    run = run_in(tmp_path)
    discovered(run, [line("1"), line("2")])
    fanned_out(run)
    run.write_table("discover", "catalogue.parquet", run.read_table("discover", "catalogue.parquet").iloc[:1])
    with pytest.raises(IntegrityError, match="track '2', expected tracks of the catalogue only"):
        load_corpus(run)


def test_fingerprints_are_in_the_order_of_the_tracks(tmp_path):
    run = run_in(tmp_path)
    discovered(run, [line("3", "rock"), line("1", "pop"), line("2", "rock")])
    fanned_out(run)
    corpus = load_corpus(run)
    assert corpus.tracks["artists"].tolist() == [("artist of 1",), ("artist of 2",), ("artist of 3",)]
    for track, peaks in zip("321", Fingerprints(run, corpus.tracks[::-1]), strict=True):
        np.testing.assert_array_equal(peaks, peaks_of(track))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: b"not numpy", "expected a .npy file"),
        (lambda data: b"", "expected a .npy file"),
        (lambda data: data[:-4], "expected a .npy file"),
        (lambda data: npy_bytes(np.zeros(10, np.uint32)), r"uint32 of shape \(10,\), expected uint32 of shape \(\d+,\)"),
        (lambda data: npy_bytes(np.zeros(1000, np.int64)), "int64 of shape"),
    ],
)
def test_an_error_names_the_damaged_file_of_fingerprints(tmp_path, change, message):
    run = run_in(tmp_path)
    discovered(run, [line("1"), line("2")])
    fanned_out(run)
    tracks = load_corpus(run).tracks
    key = tracks["fingerprints_key"].iloc[0]
    run.store.put(key, change(run.store.get(key)))
    with pytest.raises(IntegrityError, match=message) as caught:
        list(Fingerprints(run, tracks))
    assert "rock-1-of-1-fingerprints.npy" in str(caught.value)


def test_summaries_are_in_the_order_of_the_tracks(tmp_path):
    run = run_in(tmp_path)
    discovered(run, [line("3", "rock"), line("1", "pop"), line("2", "rock")])
    fanned_out(run, shifts={"1": 100, "2": 200, "3": 300})
    summaries = load_summaries(run, load_corpus(run).tracks[::-1])
    assert summaries.dtype == np.float32
    np.testing.assert_array_equal(np.rint(summaries.mean(axis=1) / 100), [3, 2, 1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:-4], "expected a .npy file"),
        (
            lambda data: npy_bytes(np.zeros((1, len(SUMMARY_NAMES)), np.float32)),
            r"float32 of shape \(1, 54\), expected float32 of shape \(2, 54",
        ),
        (lambda data: npy_bytes(np.zeros((2, 3), np.float32)), r"float32 of shape \(2, 3\), expected"),
        (lambda data: npy_bytes(np.zeros((2, len(SUMMARY_NAMES)))), "float64 of shape"),
    ],
)
def test_an_error_names_the_damaged_file_of_summaries(tmp_path, change, message):
    run = run_in(tmp_path)
    discovered(run, [line("1"), line("2")])
    fanned_out(run)
    tracks = load_corpus(run).tracks
    key = tracks["summaries_key"].iloc[0]
    run.store.put(key, change(run.store.get(key)))
    with pytest.raises(IntegrityError, match=message) as caught:
        load_summaries(run, tracks)
    assert "rock-1-of-1-summaries.npy" in str(caught.value)


def npy_bytes(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def test_reports_of_an_earlier_version_are_refused(tmp_path):
    run = run_in(tmp_path)
    discovered(run, [line("1"), line("2")])
    fanned_out(run)
    report = run.read_json("reformat", "rock-1-of-1.json")
    del report["tracks"][0]["artists"], report["tracks"][0]["channels"]
    run.write_json("reformat", "rock-1-of-1.json", report)
    with pytest.raises(IntegrityError, match=r"^run r1: the reports have no artists and channels, expected"):
        load_corpus(run)


def test_reports_without_summaries_are_refused_only_when_summaries_are_loaded(tmp_path):
    run = run_in(tmp_path)
    discovered(run, [line("1"), line("2"), line("3", "pop")])
    fanned_out(run)
    report = run.read_json("features", "rock-1-of-1.json")
    for track in report["tracks"]:
        del track["summaries_key"], track["summary_row"]
    run.write_json("features", "rock-1-of-1.json", report)
    tracks = load_corpus(run).tracks
    assert tracks["track_id"].tolist() == ["1", "2", "3"]
    assert load_summaries(run, tracks[tracks["genre"] == "pop"]).shape == (1, len(SUMMARY_NAMES))
    with pytest.raises(
        IntegrityError,
        match=r"^run r1: the reports have no summaries_key and summary_row, expected .* from `features` on$",
    ):
        load_summaries(run, tracks)

import io
import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mer_tasks.audio.decoding import read_flac
from mer_tasks.audio.fingerprint import fingerprint
from mer_tasks.audio.mel_filters import mel_filters
from mer_tasks.audio.spectra import FEATURES, Extractor, contrast_bands, dct_matrix
from mer_tasks.audio.track_summary import SUMMARY_NAMES, summarize_track
from mer_tasks.corpus.feature_maker import recipe
from mer_tasks.corpus.usable_tracks import Fingerprints, load_summaries
from mer_tasks.errors import AudioError, ObjectMissing
from mer_tasks.runs.run import Run
from mer_tasks.stages.features import features
from mer_tasks.stages.reformat import reformat
from mer_tasks.storage.blobs import Blobs
from tests.golden.make_golden import GOLDEN
from tests.support.audio_files import encoded, music, write_shard
from tests.support.librosa_features import librosa_features

RATE = 22_050


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(5).uniform(-0.9, 0.9, round(seconds * RATE)).astype(np.float32)


def clicks_in_silence(seconds: float) -> np.ndarray:
    samples = np.zeros(round(seconds * RATE), np.float32)
    samples[::7_001] = 0.9
    return samples


def half_silent(seconds: float) -> np.ndarray:
    samples = music(seconds)[:, 0]
    samples[: len(samples) // 2] = 0
    return samples


def quiet(seconds: float) -> np.ndarray:
    return music(seconds, seed=3)[:, 0] * np.float32(2e-4)


def decoded_from_mp3(seconds: float) -> np.ndarray:
    from mer_tasks.audio.decoding import decode

    return read_flac(decode(encoded(music(seconds, 44_100, 2), 44_100, "MP3"), max_duration_seconds=99).flac)


SIGNALS = [
    noise,
    clicks_in_silence,
    half_silent,
    quiet,
    decoded_from_mp3,
    lambda seconds: np.zeros(round(seconds * RATE), np.float32),
]


@pytest.mark.parametrize("seconds", [1.0, 2.37, 3.0])
@pytest.mark.parametrize("signal", SIGNALS)
def test_features_equal_those_of_librosas_functions(signal: Callable[[float], np.ndarray], seconds: float) -> None:
    extractor = Extractor(seconds)
    samples = signal(2 * seconds + 0.5)
    array = extractor.track(samples)
    assert array.shape == (2, extractor.frames, FEATURES)
    assert array.dtype == np.float32
    for segment, computed in zip(samples[: 2 * extractor.samples].reshape(2, -1), array, strict=True):
        np.testing.assert_allclose(computed, librosa_features(segment), rtol=0, atol=1e-3)


def test_features_of_a_long_segment_equal_those_of_librosa() -> None:
    samples = music(30, seed=8)[:, 0]
    np.testing.assert_allclose(Extractor(30).track(samples)[0], librosa_features(samples), rtol=0, atol=1e-3)


def test_features_equal_the_golden_file() -> None:
    with np.load(GOLDEN, allow_pickle=False) as golden:
        samples, expected = golden["samples"].astype(np.float32) / 32_768, golden["features"]
    np.testing.assert_allclose(Extractor(1).track(samples.ravel()), expected, rtol=0, atol=1e-3)


def test_mel_filters_equal_those_of_librosa() -> None:
    import librosa

    expected = librosa.filters.mel(sr=RATE, n_fft=2048, n_mels=128, fmin=20, fmax=8000)
    np.testing.assert_allclose(mel_filters(22_050, 2048, 128, 20, 8000), expected, rtol=1e-5, atol=1e-9)


def test_the_dct_matrix_equals_scipys_orthonormal_dct() -> None:
    import scipy.fft

    np.testing.assert_allclose(dct_matrix(), scipy.fft.dct(np.eye(128), norm="ortho", axis=0)[:20], atol=1e-12)


def test_contrast_bands_are_adjacent_and_end_at_the_highest_bin() -> None:
    bands = [bins for bins, _ in contrast_bands()]
    assert bands[0].start == 0
    assert bands[-1].stop == 1025
    assert all(abs(left.stop - right.start) <= 1 for left, right in itertools.pairwise(bands))
    assert [count for _, count in contrast_bands()] == [1, 1, 1, 2, 3, 6, 9]


def test_an_incomplete_last_segment_is_dropped_and_the_track_before_has_no_effect() -> None:
    extractor, samples = Extractor(1), music(3.99)[:, 0]
    first = extractor.track(samples)
    assert len(first) == 3
    extractor.track(noise(5))
    np.testing.assert_array_equal(extractor.track(samples), first)


@pytest.mark.parametrize("samples", [0, 1, 3 * RATE - 1])
def test_audio_shorter_than_a_segment_is_too_short(samples: int) -> None:
    with pytest.raises(AudioError, match=r"too_short: .* expected at least one segment of 3 s"):
        Extractor(3).track(np.zeros(samples, np.float32))


@pytest.fixture
def run(make_run: Callable[..., Run]) -> Run:
    return make_run(segment_seconds=1)


@pytest.fixture
def shard(run: Run) -> str:
    files = {f"{number}.flac": encoded(music(2.5 + number, seed=number), container="FLAC") for number in range(3)}
    key = write_shard(run, {**files, "short.wav": encoded(music(0.9))})
    reformat(run, key)
    return key


def report(run: Run, manifest: dict) -> dict:
    return run.read_json_key(manifest["key"])


def counts(manifest: dict) -> tuple[int, int, int]:
    return tuple(manifest["counters"][name] for name in ("computed", "reused", "rejected"))


def test_the_report_lists_each_track_with_its_blob(run: Run, shard: str) -> None:
    manifest = features(run, shard)
    assert counts(manifest) == (3, 0, 1)
    assert {"seconds", "cpu_seconds"} <= set(manifest["counters"])
    assert len(json.dumps(manifest)) < 4096
    document = report(run, manifest)
    assert [(track["track_id"], track["segments"]) for track in document["tracks"]] == [("0", 2), ("1", 3), ("2", 4)]
    assert [(track["track_id"], track["reason"], track["key"]) for track in document["rejected"]] == [
        ("short", "too_short", "rock/short.wav")
    ]
    flacs = {track["track_id"]: track["audio_key"] for track in run.read_json("reformat", "rock-1-of-1.json")["tracks"]}
    for track in document["tracks"]:
        array = np.load(io.BytesIO(run.store.get(track["features_key"])), allow_pickle=False)
        expected = Extractor(1).track(read_flac(run.store.get(flacs[track["track_id"]])))
        np.testing.assert_array_equal(array, expected)
        assert array.flags.c_contiguous


def test_a_shard_has_one_file_with_the_fingerprints_of_its_tracks(run: Run, shard: str) -> None:
    flacs = {track["track_id"]: track["audio_key"] for track in run.read_json("reformat", "rock-1-of-1.json")["tracks"]}
    for computed in (3, 0):
        manifest = features(run, shard)
        assert counts(manifest) == (computed, 3 - computed, 1)
        tracks = report(run, manifest)["tracks"]
        fingerprints = Fingerprints(run, pd.DataFrame(tracks[::-1]))
        for track, peaks in zip(tracks[::-1], fingerprints, strict=True):
            np.testing.assert_array_equal(peaks, fingerprint(read_flac(run.store.get(flacs[track["track_id"]]))))
            assert len(peaks) > 5
            assert "fingerprint" not in track


def test_a_shard_has_one_file_with_the_summary_statistics_of_its_tracks(run: Run, shard: str) -> None:
    for computed in (3, 0):
        manifest = features(run, shard)
        assert counts(manifest) == (computed, 3 - computed, 1)
        tracks = report(run, manifest)["tracks"]
        summaries = load_summaries(run, pd.DataFrame(tracks[::-1]))
        for track, numbers in zip(tracks[::-1], summaries, strict=True):
            np.testing.assert_array_equal(numbers, summarize_track(np.load(io.BytesIO(run.store.get(track["features_key"])))))
            assert "summary" not in track


def test_a_shard_without_a_usable_track_has_an_empty_file_of_summaries(run: Run) -> None:
    key = write_shard(run, {"short.wav": encoded(music(0.9))})
    reformat(run, key)
    assert counts(features(run, key)) == (0, 0, 1)
    summaries = np.load(io.BytesIO(run.store.get(run.key("features", "rock-1-of-1-summaries.npy"))))
    assert summaries.shape == (0, len(SUMMARY_NAMES))


def test_a_second_run_computes_nothing(run: Run, shard: str) -> None:
    first = report(run, features(run, shard))
    second = features(run, shard)
    assert counts(second) == (0, 3, 1)
    assert {**report(run, second), "counters": None} == {**first, "counters": None}


def test_a_missing_or_truncated_blob_is_computed_again(run: Run, shard: str) -> None:
    keys = [track["features_key"] for track in report(run, features(run, shard))["tracks"]]
    whole = [run.store.get(key) for key in keys]
    run.store.delete(keys[0])
    run.store.put(keys[1], whole[1][:-1])
    assert counts(features(run, shard)) == (2, 1, 1)
    assert [run.store.get(key) for key in keys] == whole


@pytest.mark.parametrize("sidecar", [b"", b"not json", b"[]", b"{}"])
def test_a_damaged_sidecar_is_written_again(run: Run, shard: str, sidecar: bytes) -> None:
    key = report(run, features(run, shard))["tracks"][0]["features_key"].replace(".npy", ".json")
    whole = run.store.get(key)
    run.store.put(key, sidecar)
    assert counts(features(run, shard)) == (1, 2, 1)
    assert run.store.get(key) == whole


def test_features_are_reused_if_their_flac_is_missing(run: Run, shard: str) -> None:
    features(run, shard)
    for track in run.read_json("reformat", "rock-1-of-1.json")["tracks"]:
        run.store.delete(track["audio_key"])
    assert counts(features(run, shard)) == (0, 3, 1)


def test_a_missing_or_damaged_flac_is_decoded_again(run: Run, shard: str) -> None:
    keys = [track["audio_key"] for track in run.read_json("reformat", "rock-1-of-1.json")["tracks"]]
    whole = [run.store.get(key) for key in keys]
    run.store.delete(keys[0])
    run.store.put(keys[1], whole[1][:5000])
    assert counts(features(run, shard)) == (3, 0, 1)
    assert [run.store.get(key) for key in keys] == whole


def test_a_track_without_flac_and_without_landed_file_is_rejected(run: Run, shard: str) -> None:
    run.store.delete(run.read_json("reformat", "rock-1-of-1.json")["tracks"][0]["audio_key"])
    run.landing.delete("rock/0.flac")
    manifest = features(run, shard)
    assert counts(manifest) == (2, 0, 2)
    assert report(run, manifest)["rejected"][0]["reason"] == "unreadable"


def test_another_segment_length_has_its_own_blobs(run: Run, shard: str, make_run: Callable[..., Run]) -> None:
    features(run, shard)
    other = make_run(segment_seconds=2)
    assert counts(features(other, shard)) == (3, 0, 1)
    assert (
        Blobs(run.store, "features", ".npy", recipe(run.config)).digest
        != Blobs(run.store, "features", ".npy", recipe(other.config)).digest
    )


def test_a_missing_report_of_reformat_is_an_error(run: Run) -> None:
    key = write_shard(run, {"a.wav": encoded(music(2))})
    with pytest.raises(ObjectMissing, match=r"reformat/rock-1-of-1\.json"):
        features(run, key)


def test_the_stage_imports_no_heavy_library_that_it_does_not_need() -> None:
    heavy = ("librosa", "pandas", "pyarrow", "scipy", "sklearn", "tensorflow", "boto3", "airflow")
    script = f"import sys, mer_tasks.stages.features; print([name for name in {heavy} if name in sys.modules])"
    root = Path(__file__).parents[2]
    child = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=root, check=True)
    assert child.stdout.strip() == "[]"

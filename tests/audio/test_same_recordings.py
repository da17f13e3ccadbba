"""The search for tracks with the same recording."""

import os
from pathlib import Path

import numpy as np
import pytest

import mer_tasks.audio.same_recordings
from mer_tasks.audio.decoding import SAMPLE_RATE, decode, read_flac
from mer_tasks.audio.fingerprint import BINS, fingerprint
from mer_tasks.audio.landmarks import BUCKETS, repeated_meetings, select_landmarks
from mer_tasks.audio.same_recordings import candidate_pairs, same_recordings, share_of_common_peaks
from mer_tasks.errors import CorpusError
from mer_tasks.generated_music.composer import compose
from mer_tasks.generated_music.dataset import plan
from mer_tasks.generated_music.synthesis import mp3, render
from mer_tasks.storage.label_files import read_label_set
from tests.support.audio_copies import COPIES

TRACKS, SECONDS = 6, 15.0
EMOTIFY = Path(os.environ.get("MER_TEST_EMOTIFY", Path(__file__).parents[3] / "shared" / "data" / "emotify-dev" / "landing"))
real_music = pytest.mark.skipif(not EMOTIFY.is_dir(), reason="no tracks of Emotify: MER_TEST_EMOTIFY names their folder")


def sound(data: bytes) -> np.ndarray:
    return read_flac(decode(data, max_duration_seconds=3600).flac)


def generated_tracks() -> dict[str, np.ndarray]:
    """Samples of some generated tracks, by track id."""
    samples = {}
    for track in plan(0, 24, read_label_set(None))[:: 96 // TRACKS]:
        random = np.random.default_rng(int(track.track_id))
        samples[track.track_id] = sound(mp3(render(compose(track.genre, track.cues, SECONDS, random), random)))
    return samples


def emotify_tracks() -> dict[str, np.ndarray]:
    """Samples of similar tracks of Emotify: one recording under two ids, two remixes of a piece, a song and its remix."""
    similar = {"163", "166", "170", "176", "228", "230", "144", "328"}
    return {path.stem: sound(path.read_bytes()) for path in sorted(EMOTIFY.glob("*/*.mp3")) if path.stem in similar}


SAME_IN_EMOTIFY = {("163", "166"), ("170", "176")}
"""Pairs of these tracks that have the same recording."""
WORST_COPIES = ["mp3, trimmed", "ogg, trimmed"]


@pytest.mark.parametrize(
    ("music", "kinds"), [(generated_tracks, list(COPIES)), pytest.param(emotify_tracks, WORST_COPIES, marks=real_music)]
)
def test_copies_of_a_track_are_detected_and_no_other_pairs(music, kinds):
    tracks = music()
    names = list(tracks)
    copies = [(name, kind) for name in tracks for kind in kinds]
    originals = names + [name for name, _ in copies]
    fingerprints = [fingerprint(tracks[name]) for name in names]
    fingerprints += [fingerprint(COPIES[kind](tracks[name])) for name, kind in copies]
    detected = same_recordings(fingerprints)
    detected_copies = {(originals[first], second) for first, second, _ in detected if first < len(names)}
    recall = np.mean([(name, len(names) + number) in detected_copies for number, (name, _) in enumerate(copies)])
    pairs = [tuple(sorted((originals[first], originals[second]))) for first, second, _ in detected]
    assert recall >= 0.95
    assert {pair for pair in pairs if pair[0] != pair[1]} == (SAME_IN_EMOTIFY if music is emotify_tracks else set())


def random_peaks(random: np.random.Generator, count: int = 400) -> np.ndarray:
    """Draw a random fingerprint."""
    return np.unique(random.integers(8, 1200 * BINS, count)).astype(np.uint32)


def test_a_pair_is_returned_once_with_its_share_and_the_smaller_index_first():
    random = np.random.default_rng(0)
    whole = random_peaks(random)
    half = np.unique(np.concatenate([whole[random.random(len(whole)) < 0.5], random_peaks(random, len(whole) // 2)]))
    pairs = same_recordings([half, random_peaks(random), whole])
    assert [pair[:2] for pair in pairs] == [(0, 2)]
    assert pairs[0][2] == share_of_common_peaks(half, whole) == pytest.approx(0.5, abs=0.05)


def test_a_time_offset_does_not_matter_in_either_direction():
    peaks = random_peaks(np.random.default_rng(1))
    later = peaks + np.uint32(500 * BINS)
    assert share_of_common_peaks(peaks, later) == share_of_common_peaks(later, peaks) == 1
    assert [pair[:2] for pair in same_recordings([later, peaks])] == [(0, 1)]


def test_an_excerpt_is_the_same_recording():
    peaks = random_peaks(np.random.default_rng(2), 4000)
    assert same_recordings([peaks, peaks[1500:2000]]) == [(0, 1, 1.0)]


def test_two_hundred_copies_of_a_recording_are_one_connected_group():
    # each landmark meets a few neighbours, so many pairs are never compared
    import scipy.sparse.csgraph

    random = np.random.default_rng(3)
    peaks = random_peaks(random)
    copies = [peaks[random.random(len(peaks)) < 0.9] for _ in range(200)]
    pairs = np.array([pair[:2] for pair in same_recordings(copies)])
    links = scipy.sparse.coo_array((np.ones(len(pairs)), pairs.T), (200, 200))
    assert scipy.sparse.csgraph.connected_components(links, directed=False)[0] == 1
    assert len(pairs) < 15_000


def test_block_size_and_number_of_passes_do_not_change_the_result(monkeypatch):
    random = np.random.default_rng(4)
    fingerprints = [random_peaks(random, size) for size in (300, 30, 900, 5, 0, 200)]
    fingerprints += [peaks[random.random(len(peaks)) < 0.8] for peaks in fingerprints]
    expected = same_recordings(fingerprints)
    assert [pair[:2] for pair in expected] == [(0, 6), (1, 7), (2, 8), (5, 11)]
    monkeypatch.setattr(mer_tasks.audio.same_recordings, "MIN_LANDMARKS", mer_tasks.audio.same_recordings.MAX_LANDMARKS)
    for block, in_memory in ((1, 1 << 28), (5, 3000), (4096, 1000)):
        monkeypatch.setattr(mer_tasks.audio.same_recordings, "BLOCK", block)
        monkeypatch.setattr(mer_tasks.audio.same_recordings, "MAX_LANDMARKS_IN_MEMORY", in_memory)
        assert same_recordings(fingerprints) == expected


def test_one_long_tone_is_not_the_same_recording_as_another():
    beats = (np.arange(0, 2000, 9) * BINS + 40).astype(np.uint32)
    assert candidate_pairs([beats, beats + np.uint32(BINS)]) == []


@pytest.mark.parametrize(("shared", "pairs"), [(0, []), (4, []), (9, [(0, 1)])])
def test_tracks_that_meet_once_or_twice_are_not_compared(shared, pairs):
    # four peaks that follow each other make one landmark; no other landmark is equal by chance
    random = np.random.default_rng(6)
    own_peaks = [np.arange(0, 4000, 100) * BINS + random.integers(8, BINS, 40) for _ in range(2)]
    common_part = np.arange(5000, 5000 + shared) * BINS + random.integers(8, BINS, shared)
    tracks = [np.concatenate([peaks, common_part]).astype(np.uint32) for peaks in own_peaks]
    assert candidate_pairs(tracks) == pairs


def test_a_fingerprint_with_too_few_peaks_is_not_compared():
    dense = np.arange(0, 80, 5) * BINS + np.random.default_rng(5).integers(8, BINS, 16)
    enough = dense[:16].astype(np.uint32)
    few = dense[:15].astype(np.uint32)
    assert same_recordings([enough, enough]) == [(0, 1, 1.0)]
    assert same_recordings([few, few, few[:0]]) == same_recordings([]) == []
    assert share_of_common_peaks(few, few[:0]) == 0


def test_all_meetings_of_two_tracks_count_in_either_order(monkeypatch):
    # the next peak decides the order of two equal landmarks, and it differs where a peak is lost
    random = np.random.default_rng(7)
    peaks = random_peaks(np.random.default_rng(8), 600)
    later = peaks + np.uint32(300 * BINS)
    later = later[random.random(len(later)) < 0.7]
    monkeypatch.setattr(mer_tasks.audio.same_recordings, "MAX_LANDMARKS", 100_000)
    monkeypatch.setattr(mer_tasks.audio.same_recordings, "MIN_MEETINGS", 1300)  # nearly all meetings of these tracks
    assert candidate_pairs([peaks, later]) == [(0, 1)]


def test_a_track_does_not_meet_itself_and_a_first_meeting_is_not_returned():
    # the tracks and frames of equal landmarks
    landmarks = np.array([track << 16 | frame for track, frame in ((1, 20), (1, 30), (0, 7), (1, 90))], np.uint64)
    numbers = repeated_meetings(landmarks, 3, np.zeros(64, np.uint8)).tolist()
    meetings = [(number >> 40, number >> 16 & 0xFFFFFF, (number & 0xFFFF) - (1 << 15)) for number in numbers]
    assert meetings == [(0, 1, 23), (0, 1, 83)]


def test_other_tracks_of_a_block_do_not_change_the_selected_landmarks():
    random = np.random.default_rng(9)
    tracks = [random_peaks(random, size).astype(np.int64) for size in (300, 120, 600)]
    alone = [
        select_landmarks(peaks, np.array([len(peaks)]), np.array([index]), 100, 0, BUCKETS)[0]
        for index, peaks in enumerate(tracks)
    ]
    ends = np.cumsum([len(peaks) for peaks in tracks])
    together = select_landmarks(np.concatenate(tracks), ends, np.arange(3), 100, 0, BUCKETS)[0]
    assert together.tolist() == np.concatenate(alone).tolist()
    assert [len(numbers) for numbers in alone] == [100, 100, 100]


def test_more_tracks_than_landmarks_can_number_are_refused(monkeypatch):
    monkeypatch.setattr(mer_tasks.audio.same_recordings, "MAX_TRACKS", 3)
    with pytest.raises(CorpusError, match=r"^3 tracks, expected fewer than 3 to find the same recordings among$"):
        candidate_pairs([random_peaks(np.random.default_rng(10))] * 3)


def test_only_some_peaks_vote_in_an_hour_of_one_beat(monkeypatch):
    beats = (np.arange(0, 40_000, 9) * BINS + 40).astype(np.uint32)
    other = beats + np.uint32(100 * BINS)
    monkeypatch.setattr(mer_tasks.audio.same_recordings, "MAX_VOTES", 10_000)
    assert share_of_common_peaks(beats, other) > 0.99


def test_a_trimmed_copy_lacks_the_first_two_seconds():
    assert len(COPIES["trimmed"](np.zeros(3 * SAMPLE_RATE))) < SAMPLE_RATE

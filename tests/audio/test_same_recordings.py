import os
from pathlib import Path

import numpy as np
import pytest

import mer_tasks.audio.same_recordings
from mer_tasks.audio.decoding import SAMPLE_RATE, decode, read_flac
from mer_tasks.audio.fingerprint import BINS, fingerprint
from mer_tasks.audio.landmarks import BUCKETS, kept, met_again
from mer_tasks.audio.same_recordings import candidates, common, same_recordings
from mer_tasks.errors import CorpusError
from mer_tasks.generated_music.composer import compose
from mer_tasks.generated_music.dataset import plan
from mer_tasks.generated_music.synthesis import mp3, render
from tests.support.audio_copies import COPIES

TRACKS, SECONDS = 6, 15.0
EMOTIFY = Path(os.environ.get("MER_TEST_EMOTIFY", Path(__file__).parents[3] / "shared" / "data" / "emotify-dev" / "landing"))
real_music = pytest.mark.skipif(not EMOTIFY.is_dir(), reason="tracks of Emotify, of which MER_TEST_EMOTIFY names the folder")


def sound(data: bytes) -> np.ndarray:
    return read_flac(decode(data, max_duration_seconds=3600).flac)


def generated() -> dict[str, np.ndarray]:
    found = {}
    for track in plan(0, 24)[:: 96 // TRACKS]:
        random = np.random.default_rng(int(track.track_id))
        found[track.track_id] = sound(mp3(render(compose(track.genre, track.cues, SECONDS, random), random)))
    return found


def published() -> dict[str, np.ndarray]:
    """The pairs that are alike in Emotify: one recording under two ids, two remixes of a piece, a song and its remix."""
    named = {"163", "166", "170", "176", "228", "230", "144", "328"}
    return {path.stem: sound(path.read_bytes()) for path in sorted(EMOTIFY.glob("*/*.mp3")) if path.stem in named}


KNOWN = {("163", "166"), ("170", "176")}
WORST = ["mp3, trimmed", "ogg, trimmed"]


@pytest.mark.parametrize(("music", "kinds"), [(generated, list(COPIES)), pytest.param(published, WORST, marks=real_music)])
def test_copies_of_a_track_are_found_and_nothing_else_is(music, kinds):
    tracks = music()
    names, copied = list(tracks), [(name, kind) for name in tracks for kind in kinds]
    owners = names + [name for name, _ in copied]
    fingerprints = [fingerprint(tracks[name]) for name in names]
    fingerprints += [fingerprint(COPIES[kind](tracks[name])) for name, kind in copied]
    found = same_recordings(fingerprints)
    reached = {(owners[one], other) for one, other, _ in found if one < len(names)}
    recall = np.mean([(name, len(names) + place) in reached for place, (name, _) in enumerate(copied)])
    pairs = [tuple(sorted((owners[one], owners[other]))) for one, other, _ in found]
    assert recall >= 0.95
    assert {pair for pair in pairs if pair[0] != pair[1]} == (KNOWN if music is published else set())


def drawn(random: np.random.Generator, count: int = 400) -> np.ndarray:
    return np.unique(random.integers(8, 1200 * BINS, count)).astype(np.uint32)


def test_a_pair_is_told_once_with_its_share_and_the_smaller_place_first():
    random = np.random.default_rng(0)
    one = drawn(random)
    half = np.unique(np.concatenate([one[random.random(len(one)) < 0.5], drawn(random, len(one) // 2)]))
    found = same_recordings([half, drawn(random), one])
    assert [pair[:2] for pair in found] == [(0, 2)]
    assert found[0][2] == common(half, one) == pytest.approx(0.5, abs=0.05)


def test_the_distance_in_time_does_not_matter_in_either_direction():
    one = drawn(np.random.default_rng(1))
    later = one + np.uint32(500 * BINS)
    assert common(one, later) == common(later, one) == 1
    assert [pair[:2] for pair in same_recordings([later, one])] == [(0, 1)]


def test_an_excerpt_is_the_same_recording():
    one = drawn(np.random.default_rng(2), 4000)
    assert same_recordings([one, one[1500:2000]]) == [(0, 1, 1.0)]


def test_two_hundred_copies_of_a_recording_hang_together():
    # each landmark meets a few neighbours, so many pairs are never compared
    import scipy.sparse.csgraph

    random = np.random.default_rng(3)
    one = drawn(random)
    found = np.array([pair[:2] for pair in same_recordings([one[random.random(len(one)) < 0.9] for _ in range(200)])])
    links = scipy.sparse.coo_array((np.ones(len(found)), found.T), (200, 200))
    assert scipy.sparse.csgraph.connected_components(links, directed=False)[0] == 1
    assert len(found) < 15_000


def test_neither_the_size_of_blocks_nor_the_number_of_passes_matters(monkeypatch):
    random = np.random.default_rng(4)
    fingerprints = [drawn(random, size) for size in (300, 30, 900, 5, 0, 200)]
    fingerprints += [peaks[random.random(len(peaks)) < 0.8] for peaks in fingerprints]
    expected = same_recordings(fingerprints)
    assert [pair[:2] for pair in expected] == [(0, 6), (1, 7), (2, 8), (5, 11)]
    monkeypatch.setattr(mer_tasks.audio.same_recordings, "LEAST", mer_tasks.audio.same_recordings.KEPT)
    for block, at_a_time in ((1, 1 << 28), (5, 3000), (4096, 1000)):
        monkeypatch.setattr(mer_tasks.audio.same_recordings, "BLOCK", block)
        monkeypatch.setattr(mer_tasks.audio.same_recordings, "AT_A_TIME", at_a_time)
        assert same_recordings(fingerprints) == expected


def test_one_long_tone_is_nobodys_twin():
    beats = (np.arange(0, 2000, 9) * BINS + 40).astype(np.uint32)
    assert candidates([beats, beats + np.uint32(BINS)]) == []


@pytest.mark.parametrize(("shared", "met"), [(0, []), (4, []), (9, [(0, 1)])])
def test_tracks_that_meet_once_or_twice_are_not_compared(shared, met):
    # four peaks that follow each other make one landmark; chance gives no other one
    random = np.random.default_rng(6)
    one, other = (np.arange(0, 4000, 100) * BINS + random.integers(8, BINS, 40) for _ in range(2))
    common_part = np.arange(5000, 5000 + shared) * BINS + random.integers(8, BINS, shared)
    tracks = [np.concatenate([peaks, common_part]).astype(np.uint32) for peaks in (one, other)]
    assert candidates(tracks) == met


def test_fingerprints_with_too_few_peaks_are_left_alone():
    dense = np.arange(0, 80, 5) * BINS + np.random.default_rng(5).integers(8, BINS, 16)
    enough, few = (dense[:count].astype(np.uint32) for count in (16, 15))
    assert same_recordings([enough, enough]) == [(0, 1, 1.0)]
    assert same_recordings([few, few, few[:0]]) == same_recordings([]) == []
    assert common(few, few[:0]) == 0


def test_all_meetings_of_two_tracks_count_whichever_stands_first(monkeypatch):
    # the peak after a landmark decides which of two equal ones stands first, and differs wherever a peak is lost
    random = np.random.default_rng(7)
    one, other = (drawn(np.random.default_rng(8), 600) + np.uint32(shift * BINS) for shift in (0, 300))
    other = other[random.random(len(other)) < 0.7]
    monkeypatch.setattr(mer_tasks.audio.same_recordings, "KEPT", 100_000)
    monkeypatch.setattr(mer_tasks.audio.same_recordings, "MEETINGS", 1300)  # nearly as many as there are
    assert candidates([one, other]) == [(0, 1)]


def test_a_track_is_no_twin_of_itself_and_a_first_meeting_is_not_told():
    # the tracks and frames of equal landmarks
    landmarks = np.array([track << 16 | frame for track, frame in ((1, 20), (1, 30), (0, 7), (1, 90))], np.uint64)
    told = met_again(landmarks, 3, np.zeros(64, np.uint8))
    apart = [(met >> 40, met >> 16 & 0xFFFFFF, (met & 0xFFFF) - (1 << 15)) for met in told.tolist()]
    assert apart == [(0, 1, 23), (0, 1, 83)]


def test_landmarks_are_kept_whatever_comes_before_and_after_in_the_block():
    random = np.random.default_rng(9)
    tracks = [drawn(random, size).astype(np.int64) for size in (300, 120, 600)]
    alone = [kept(peaks, np.array([len(peaks)]), np.array([place]), 100, 0, BUCKETS)[0] for place, peaks in enumerate(tracks)]
    together = kept(np.concatenate(tracks), np.cumsum([len(peaks) for peaks in tracks]), np.arange(3), 100, 0, BUCKETS)[0]
    assert together.tolist() == np.concatenate(alone).tolist()
    assert [len(numbers) for numbers in alone] == [100, 100, 100]


def test_of_more_tracks_than_can_be_told_apart_none_is_compared(monkeypatch):
    monkeypatch.setattr(mer_tasks.audio.same_recordings, "MOST", 3)
    with pytest.raises(CorpusError, match=r"^3 tracks, expected fewer than 3 to find the same recordings among$"):
        candidates([drawn(np.random.default_rng(10))] * 3)


def test_an_hour_of_one_beat_is_compared_by_some_of_its_peaks(monkeypatch):
    beats = (np.arange(0, 40_000, 9) * BINS + 40).astype(np.uint32)
    other = beats + np.uint32(100 * BINS)
    monkeypatch.setattr(mer_tasks.audio.same_recordings, "VOTES", 10_000)
    assert common(beats, other) > 0.99


def test_copies_begin_two_seconds_later():
    assert len(COPIES["trimmed"](np.zeros(3 * SAMPLE_RATE))) < SAMPLE_RATE

from collections import Counter

import numpy as np
import pytest
from numpy.random import default_rng

from mer_tasks.audio.decoding import decode, read_flac
from mer_tasks.audio.tags import read_tags
from mer_tasks.corpus.artist_names import named_artists
from mer_tasks.corpus.label_rules import count_votes, positives
from mer_tasks.errors import ConfigError, StoreUnavailable
from mer_tasks.generated_music.composer import MAJOR_FROM, MODES, Composer, compose
from mer_tasks.generated_music.cues import CUES, Cues
from mer_tasks.generated_music.dataset import (
    ANNOTATIONS,
    PROFILES,
    annotation_file,
    emotion_log_odds,
    generate,
    plan,
    simulate_listeners,
)
from mer_tasks.generated_music.genre_styles import GENRES
from mer_tasks.generated_music.score import InstrumentPart, Note, Score, Timbre
from mer_tasks.generated_music.synthesis import CEILING, DRUMS, RATE, mp3, render, spectrum, tone
from mer_tasks.label_set import LabelSet, label_set_of
from mer_tasks.landing.annotation_files import parse
from mer_tasks.landing.vote_merging import read_annotation_files
from mer_tasks.storage.local import FileStore
from tests.support.label_sets import EMOTIFY

EMOTIONS = EMOTIFY.ids

EMOTIFY_HEADER = (
    "track id, genre, amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness,"
    " mood, liked, disliked, age, gender, mother tongue"
)
SMALL = {"tracks_per_genre": 2, "seconds": 4.0}
NEUTRAL = dict.fromkeys(CUES, 0.0)
TIMBRES = {
    f"{genre} {role} {number}": timbre
    for genre, style in GENRES.items()
    for role in ("leads", "pads", "plucks")
    for number, timbre in enumerate(getattr(style, role))
}


def content(store: FileStore) -> dict[str, bytes]:
    """Read all objects of a store, by key."""
    return {info.key: store.get(info.key) for info in store.list()}


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> FileStore:
    store = FileStore(tmp_path_factory.mktemp("landing"))
    generate(store, EMOTIFY, seed=3, **SMALL)
    return store


def labels(tracks_per_genre: int = 24) -> np.ndarray:
    """Labels of generated tracks [shape=(tracks, 9)]."""
    rows = simulate_listeners(plan(0, tracks_per_genre, EMOTIFY), 0, EMOTIFY)
    votes = count_votes(read_annotation_files({"demo": annotation_file(rows, EMOTIFY)}, EMOTIFY))
    return positives(votes[list(EMOTIONS)].to_numpy(), votes["annotators"].to_numpy(), "share>=0.3")


def test_every_genre_has_its_tracks_and_every_id_is_unique(landing: FileStore) -> None:
    ids = {genre: sorted(key.split("/")[1] for key in content(landing) if key.startswith(genre)) for genre in GENRES}
    assert ids == {
        "classical": ["1.mp3", "2.mp3"],
        "rock": ["3.mp3", "4.mp3"],
        "electronic": ["5.mp3", "6.mp3"],
        "pop": ["7.mp3", "8.mp3"],
    }
    assert [track.track_id for track in plan(0, 24, EMOTIFY)] == [str(number) for number in range(1, 97)]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_gives_others(landing: FileStore, tmp_path) -> None:
    same_seed = FileStore(tmp_path / "same")
    other_seed = FileStore(tmp_path / "other")
    generate(same_seed, EMOTIFY, seed=3, **SMALL)
    generate(other_seed, EMOTIFY, seed=4, **SMALL)
    assert content(same_seed) == content(landing)
    assert not set(content(other_seed).values()) & set(content(landing).values())


def test_tracks_decode_to_complete_stereo_sound_below_full_scale(landing: FileStore) -> None:
    for key, data in content(landing).items():
        if key == ANNOTATIONS:
            continue
        decoded = decode(data, max_duration_seconds=10)
        samples = read_flac(decoded.flac)
        assert decoded.duration_seconds == pytest.approx(4, abs=0.05)
        assert (decoded.sample_rate, decoded.channels, decoded.gain) == (RATE, 2, 1.0)
        assert 0.02 < np.abs(samples).max() < 1


def test_every_three_tracks_of_a_genre_share_an_artist_in_their_tags(landing: FileStore) -> None:
    tags = {key.split("/")[1]: read_tags(data).artists for key, data in content(landing).items() if key != ANNOTATIONS}
    assert tags["1.mp3"] == tags["2.mp3"] == ("Generated classical 1",)
    assert tags["3.mp3"] == tags["4.mp3"] == ("Generated rock 1",)
    artists = Counter(track.artist for track in plan(0, 24, EMOTIFY))
    assert set(artists.values()) == {3}
    assert len(artists) == 32
    assert [named_artists([artist]) for artist in artists] == [{artist.casefold(): artist} for artist in artists]


def test_the_annotation_file_has_the_format_of_emotify(landing: FileStore) -> None:
    table = parse(landing.get(ANNOTATIONS), ANNOTATIONS, EMOTIFY).table
    assert landing.get(ANNOTATIONS).decode().splitlines()[0] == EMOTIFY_HEADER
    assert set(table["mood"]) == set("12345")
    assert not ((table["liked"] == "1") & (table["disliked"] == "1")).any()
    assert dict(zip(table["track id"], table["genre"], strict=True)) == {
        track.track_id: track.genre for track in plan(3, 2, EMOTIFY)
    }


def test_listeners_choose_up_to_three_emotions_and_disagree() -> None:
    parsed = read_annotation_files(
        {"demo": annotation_file(simulate_listeners(plan(0, 24, EMOTIFY), 0, EMOTIFY), EMOTIFY)}, EMOTIFY
    )
    votes = count_votes(parsed)
    assert set(votes["annotators"]) <= set(range(16, 25))
    assert (votes[list(EMOTIONS)].to_numpy() <= votes[["annotators"]].to_numpy()).all()
    assert set(parsed.rows[list(EMOTIONS)].sum(axis=1)) == {0, 1, 2, 3}
    shares = votes[list(EMOTIONS)].div(votes["annotators"], axis=0)
    assert ((shares > 0.15) & (shares < 0.85)).any(axis=1).all()


def test_tracks_have_several_emotions_and_every_emotion_has_tracks() -> None:
    positive = labels()
    assert 0.1 <= positive.mean(axis=0).min() < positive.mean(axis=0).max() <= 0.5
    assert 1.5 <= positive.sum(axis=1).mean() <= 3.5
    assert (positive.sum(axis=1) >= 2).mean() > 0.5
    assert labels(tracks_per_genre=9).any(axis=0).all()


def test_the_profile_of_an_emotion_has_the_highest_log_odds_for_that_emotion() -> None:
    for index, emotion in enumerate(EMOTIONS):
        log_odds = emotion_log_odds(Cues(*PROFILES[emotion]), EMOTIFY)
        assert log_odds.argmax() == index
        assert log_odds[index] > 0


def test_progress_and_summary_have_the_numbers_of_written_tracks_rows_and_bytes(tmp_path) -> None:
    store = FileStore(tmp_path)
    calls = []
    summary = generate(
        store, EMOTIFY, tracks_per_genre=1, seconds=1.0, progress=lambda done, total: calls.append((done, total))
    )
    written = content(store)
    annotations = written.pop(ANNOTATIONS)
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert (summary["tracks"], summary["rows"]) == (len(written), annotations.count(b"\n") - 1)
    assert summary["bytes"] == sum(map(len, written.values()))
    assert summary["labels"] == dict(zip(EMOTIONS, labels(1).sum(axis=0).tolist(), strict=True))


class FullStore(FileStore):
    """A store that has room for only three objects."""

    def put(self, key: str, data: bytes) -> None:
        if len(list(self.list())) == 3:
            raise StoreUnavailable(f"{self.uri(key)}: the disk is full")
        super().put(key, data)


def test_an_interrupted_landing_zone_has_no_annotations_until_it_is_completed(landing: FileStore, tmp_path) -> None:
    with pytest.raises(StoreUnavailable, match=r"4\.mp3: the disk is full"):
        generate(FullStore(tmp_path), EMOTIFY, seed=3, **SMALL)
    assert list(content(FileStore(tmp_path))) == ["classical/1.mp3", "classical/2.mp3", "rock/3.mp3"]
    generate(FileStore(tmp_path), EMOTIFY, seed=3, **SMALL)
    assert content(FileStore(tmp_path)) == content(landing)


@pytest.mark.parametrize("size", [{"tracks_per_genre": 0}, {"seconds": 0.5}])
def test_less_than_a_second_of_music_is_refused(size: dict[str, float], tmp_path) -> None:
    with pytest.raises(ConfigError, match="expected at least 1 of at least 1 s"):
        generate(FileStore(tmp_path), EMOTIFY, **size)
    assert not content(FileStore(tmp_path))


def decibels(ratio: float) -> float:
    return float(10 * np.log10(ratio))


def brilliance(samples: np.ndarray) -> float:
    """Share of the power above 1.5 kHz."""
    power = np.abs(np.fft.rfft(samples.sum(axis=1))) ** 2
    return float(power[np.fft.rfftfreq(len(samples), 1 / RATE) > 1_500].sum() / power.sum())


def rendered(genre: str, **cues: float) -> np.ndarray:
    """Sound of a piece with neutral cues except `cues`."""
    random = default_rng(0)
    return render(compose(genre, Cues(**NEUTRAL | cues), 6.0, random), random)


@pytest.mark.parametrize("genre", GENRES)
def test_the_sound_expresses_the_cues_loudness_and_timbre(genre: str) -> None:
    soft, loud = (np.mean(rendered(genre, loudness=cue) ** 2) for cue in (-1, 1))
    assert 10 < decibels(loud / soft) < 16
    dull, bright = (brilliance(rendered(genre, timbre=cue, pulse=-1)) for cue in (-1, 1))
    assert decibels(bright / dull) > 6


@pytest.mark.parametrize("genre", GENRES)
def test_the_score_expresses_the_other_cues(genre: str) -> None:
    def piece(**cues: float) -> Composer:
        return Composer(GENRES[genre], Cues(**NEUTRAL | cues), 20.0, default_rng(0))

    assert 60 / piece(tempo=-1).beat == pytest.approx(58, abs=1)
    assert 60 / piece(tempo=1).beat == pytest.approx(149, abs=1)
    assert MODES.index(piece(mode=-0.7).scale) < MAJOR_FROM <= MODES.index(piece(mode=0.7).scale)
    assert len(piece(pulse=1).score().hits) > len(piece(pulse=0).score().hits)
    assert not piece(pulse=-1).score().hits
    legato, staccato = (piece(articulation=cue).score().parts[0].notes for cue in (-1, 1))
    assert np.mean([note.length for note in staccato]) < 0.5 * np.mean([note.length for note in legato])
    low, high = (piece(register=cue).score().parts for cue in (-1, 1))
    for below, above in zip(low, high, strict=True):
        assert np.mean([note.pitch for note in above.notes]) > np.mean([note.pitch for note in below.notes]) + 7


@pytest.mark.parametrize("genre", GENRES)
def test_all_notes_are_in_the_scale_unless_the_piece_is_dissonant(genre: str) -> None:
    def notes_outside_scale(**cues: float) -> int:
        piece = Composer(GENRES[genre], Cues(**NEUTRAL | cues), 20.0, default_rng(1))
        pitches = [note.pitch for part in piece.score().parts for note in part.notes]
        return sum((pitch - piece.tonic) % 12 not in piece.scale for pitch in pitches)

    assert notes_outside_scale(width=1, articulation=1) == 0
    assert notes_outside_scale(dissonance=1) > 0


def test_pieces_with_the_same_cues_differ_in_key_instruments_and_chords() -> None:
    pieces = [Composer(GENRES["pop"], Cues(**NEUTRAL), 20.0, default_rng(seed)) for seed in range(40)]
    assert {piece.tonic for piece in pieces} == set(range(12))
    assert {piece.lead for piece in pieces} == set(GENRES["pop"].leads)
    assert len({tuple(chord.degree for chord in piece.chords) for piece in pieces}) >= 4


@pytest.mark.parametrize("name", TIMBRES)
def test_a_tone_has_the_right_pitch_and_starts_and_ends_with_silence(name: str) -> None:
    wave = tone(TIMBRES[name], 69, 1.0, 4_000)
    peaks = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), 8 * RATE))
    assert peaks[8 * 430 : 8 * 450].argmax() / 8 + 430 == pytest.approx(440, abs=1.5)
    assert max(abs(wave[0]), abs(wave[-1])) < 1e-3
    assert np.abs(wave).max() < 4


@pytest.mark.parametrize("drum", DRUMS)
def test_the_sound_of_a_drum_starts_and_ends_with_silence(drum: str) -> None:
    wave = DRUMS[drum](default_rng(0))
    assert max(abs(wave[0]), abs(wave[-1])) < 1e-3
    assert np.abs(wave).max() > 0.1


def test_partials_stay_below_the_nyquist_frequency() -> None:
    sawtooth = Timbre(slope=1.0)
    assert len(spectrum(sawtooth, 117, 20_000)) == 2  # the fundamental is 7.04 kHz
    wave = tone(sawtooth, 117, 1.0, 20_000)
    power = np.abs(np.fft.rfft(wave * np.hanning(len(wave)))) ** 2
    hertz = np.fft.rfftfreq(len(wave), 1 / RATE)
    near_partials = np.any([np.abs(hertz - 7_040 * order) < 100 for order in (1, 2)], axis=0)
    assert power[~near_partials].sum() < 1e-6 * power.sum()


def test_the_sound_of_a_very_loud_score_stays_below_the_ceiling_and_fades_out() -> None:
    loud_part = InstrumentPart(Timbre(0.5), gain=9, notes=[Note(0.0, 5.0, pitch, 1.0) for pitch in range(40, 90)])
    samples = render(Score(2.0, [loud_part], [], cutoff=9_000, room=1.0, loudness=-9.0), default_rng(0))
    assert samples.shape == (2 * RATE, 2)
    assert 0.5 < np.abs(samples).max() <= CEILING
    assert np.abs(samples[[0, -1]]).max() < 1e-6
    assert decode(mp3(samples), max_duration_seconds=3).gain == 1.0


def emotions(kind: str, *ids: str) -> LabelSet:
    return label_set_of({"name": "mine", "kind": kind, "labels": list(ids)}, "mine.toml")


def test_listeners_of_a_set_of_four_emotions_choose_from_these(tmp_path) -> None:
    label_set = emotions("multi", "power", "calmness", "sadness", "joyful_activation")
    generate(FileStore(tmp_path), label_set, tracks_per_genre=1, seconds=1.0)
    annotations = FileStore(tmp_path).get(ANNOTATIONS)
    assert annotations.decode().splitlines()[0].startswith("track id, genre, power, calmness, sadness, joyful_activation, mood")
    assert not read_annotation_files({"demo": annotations}, label_set).warnings
    tracks = plan(0, 24, label_set)
    votes = count_votes(
        read_annotation_files({"demo": annotation_file(simulate_listeners(tracks, 0, label_set), label_set)}, label_set)
    )
    rates = positives(votes[[*label_set.ids]].to_numpy(), votes["annotators"].to_numpy(), "share>=0.3").mean(axis=0)
    assert 0.15 < rates.min() < rates.max() < 0.6


def test_listeners_of_a_set_of_kind_single_choose_one_emotion_and_mostly_agree() -> None:
    label_set = emotions("single", "power", "calmness", "tension")
    rows = simulate_listeners(plan(0, 24, label_set), 0, label_set)
    parsed = read_annotation_files({"demo": annotation_file(rows, label_set)}, label_set)
    assert set(parsed.rows[[*label_set.ids]].sum(axis=1)) == {1}
    votes = count_votes(parsed)
    majority = votes[[*label_set.ids]].max(axis=1) / votes["annotators"]
    assert 0.6 < majority.mean() < 1


def test_a_set_with_other_labels_is_refused_before_anything_is_written(tmp_path) -> None:
    message = (
        r"^label set mine: generated music has votes for the emotions of the default label set only, not for happy, wild; exp"
    )
    with pytest.raises(ConfigError, match=message):
        generate(FileStore(tmp_path), emotions("multi", "power", "happy", "wild"), **SMALL)
    assert not content(FileStore(tmp_path))

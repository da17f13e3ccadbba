"""Bad files among good ones, through ``reformat`` and ``features``: each is named with its reason, and nothing else is lost."""

import signal
from collections.abc import Callable

import numpy as np
import pytest

import mer_tasks.corpus.reformatter
from mer_tasks.runs.run import Run
from mer_tasks.stages.features import features
from mer_tasks.stages.reformat import reformat
from tests.support.audio_files import claiming, encoded, music, without_frame_count, write_shard
from tests.support.saboteur import saboteur

GOOD = {
    "first.mp3": encoded(music(7, 44_100, 2, seed=1), 44_100, "MP3"),
    "last.ogg": encoded(music(4, 48_000, 2, seed=2), 48_000, "OGG"),
}


@pytest.fixture
def through(make_run: Callable[..., Run]) -> Callable[..., tuple[dict[str, int], dict[str, tuple[str, str]]]]:
    """Bad files, between two good ones, through both stages: segments by track, and (stage, reason) by rejected track."""

    def process(bad: dict[str, bytes], **params: float) -> tuple[dict[str, int], dict[str, tuple[str, str]]]:
        run = make_run(**params)
        first, last = GOOD.items()
        shard = write_shard(run, dict([first, *bad.items(), last]))
        segments: dict[str, int] = {}
        rejected: dict[str, tuple[str, str]] = {}
        for stage in (reformat, features):
            report = run.read_json_key(stage(run, shard)["key"])
            segments = {track["track_id"]: track.get("segments", 0) for track in report["tracks"]}
            rejected |= {track["track_id"]: (track["stage"], track["reason"]) for track in report["rejected"]}
            assert all(track["detail"] and "\n" not in track["detail"] for track in report["rejected"])
        assert segments.pop("first") == 2
        assert segments.pop("last") == 1
        assert not set(segments) & set(rejected)
        assert len(segments) + len(rejected) == len(bad)
        return segments, rejected

    return process


def test_truncated_mp3(through: Callable[..., tuple]) -> None:
    mp3 = encoded(music(20, 44_100, 2), 44_100, "MP3")
    _, rejected = through({"cut.mp3": mp3[: len(mp3) // 2], "stub.mp3": mp3[:300]})
    assert rejected["cut"] == ("reformat", "truncated")
    assert rejected["stub"][0] == "reformat"


def test_truncated_mp3_that_never_said_how_long_it_is(through: Callable[..., tuple]) -> None:
    mp3 = without_frame_count(encoded(music(20, 44_100, 2), 44_100, "MP3"))
    segments, _ = through({"cut.mp3": mp3[: len(mp3) // 2]})
    assert segments == {"cut": 3}


def test_text_named_mp3(through: Callable[..., tuple]) -> None:
    assert through({"lyrics.mp3": "Größer als das Meer\n".encode() * 400})[1] == {"lyrics": ("reformat", "not_audio")}


def test_empty_file(through: Callable[..., tuple]) -> None:
    assert through({"empty.mp3": b""})[1] == {"empty": ("reformat", "empty_audio")}


def test_zero_length_audio(through: Callable[..., tuple]) -> None:
    assert through({"none.wav": encoded(np.zeros((0, 2)))})[1] == {"none": ("reformat", "empty_audio")}


def test_one_sample(through: Callable[..., tuple]) -> None:
    one = {f"one{rate}.wav": encoded(np.array([[0.5]]), rate) for rate in (8_000, 22_050)}
    assert set(through(one)[1].values()) == {("features", "too_short")}


def test_one_sample_at_a_higher_rate_is_less_than_one_of_ours(through: Callable[..., tuple]) -> None:
    assert through({"one.wav": encoded(np.array([[0.5]]), 192_000)})[1] == {"one": ("reformat", "empty_audio")}


def test_silence(through: Callable[..., tuple]) -> None:
    silent = np.zeros((4 * 44_100, 2))
    files = {"zeros.wav": encoded(silent, 44_100), "coded.mp3": encoded(silent, 44_100, "MP3")}
    assert set(through(files)[1].values()) == {("reformat", "silent")}


def test_samples_that_are_no_numbers(through: Callable[..., tuple]) -> None:
    files = {}
    for name, value in {"nan": np.nan, "inf": np.inf, "minus": -np.inf}.items():
        samples = music(5, 44_100, 2)
        samples[100_000, 1] = value
        files[f"{name}.wav"] = encoded(samples, 44_100, subtype="FLOAT")
    assert set(through(files)[1].values()) == {("reformat", "not_finite")}


def test_8_khz_mono(through: Callable[..., tuple]) -> None:
    assert through({"telephone.wav": encoded(music(6.1, 8_000), 8_000)}) == ({"telephone": 2}, {})


def test_192_khz_6_channels(through: Callable[..., tuple]) -> None:
    assert through({"cinema.wav": encoded(music(6.1, 192_000, 6), 192_000, subtype="PCM_24")}) == ({"cinema": 2}, {})


def test_a_header_that_claims_ten_hours(through: Callable[..., tuple]) -> None:
    flac = claiming(encoded(music(5), container="FLAC"), 10 * 3600 * 22_050)
    assert through({"liar.flac": flac}, decode_memory_mb=256)[1] == {"liar": ("reformat", "too_long")}


def test_shorter_than_one_segment(through: Callable[..., tuple]) -> None:
    assert through({"jingle.flac": encoded(music(2.9), container="FLAC")})[1] == {"jingle": ("features", "too_short")}


def test_unicode_and_spaces_in_names(through: Callable[..., tuple]) -> None:
    good = encoded(music(4), container="FLAC")
    names = ["Für Elise.flac", "夜に駆ける 🎵.flac", "  two  spaces .flac", "100% #1? [live].flac", "Cafe\u0301.flac"]
    bad = {f"kaputt {name}": b"x" for name in names}
    segments, rejected = through({**dict.fromkeys(names, good), **bad})
    assert segments == {name.removesuffix(".flac"): 1 for name in names}
    assert set(rejected) == {name.removesuffix(".flac") for name in bad}


def test_a_decoder_that_crashes(through: Callable[..., tuple], monkeypatch: pytest.MonkeyPatch) -> None:
    victim = encoded(music(40, 96_000, 6), 96_000, "FLAC")
    for number in (signal.SIGSEGV, signal.SIGABRT):
        monkeypatch.setattr(mer_tasks.corpus.reformatter, "Decoder", saboteur(number, victim))
        assert through({"bomb.flac": victim})[1] == {"bomb": ("reformat", "decoder_crashed")}


def test_a_decoder_that_crashes_once(through: Callable[..., tuple], monkeypatch: pytest.MonkeyPatch) -> None:
    victim = encoded(music(40, 96_000, 6), 96_000, "FLAC")
    monkeypatch.setattr(mer_tasks.corpus.reformatter, "Decoder", saboteur(signal.SIGKILL, victim, times=1))
    assert through({"lucky.flac": victim}) == ({"lucky": 13}, {})


def test_a_decoder_that_hangs(through: Callable[..., tuple], monkeypatch: pytest.MonkeyPatch) -> None:
    victim = encoded(music(40, 96_000, 6), 96_000, "FLAC")
    monkeypatch.setattr(mer_tasks.corpus.reformatter, "Decoder", saboteur(signal.SIGSTOP, victim))
    assert through({"tar.flac": victim}, decode_timeout_seconds=2)[1] == {"tar": ("reformat", "decode_timeout")}


def test_a_file_that_needs_too_much_memory(through: Callable[..., tuple]) -> None:
    long = encoded(music(1500, 8_000), 8_000, "FLAC")
    assert through({"epic.flac": long}, decode_memory_mb=256)[1] == {"epic": ("reformat", "decode_memory")}

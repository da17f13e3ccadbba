"""Bad audio files in ``reformat`` and ``features``: each one is rejected with its reason, and the good files are not lost."""

import signal
from collections.abc import Callable

import numpy as np
import pytest

import mer_tasks.corpus.reformatter
from benchmarks.fuzz_decoder import make_files
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
def run_stages(make_run: Callable[..., Run]) -> Callable[..., tuple[dict[str, int], dict[str, tuple[str, str]]]]:
    """A function that runs both stages on bad files between two good files.

    It returns the number of segments of each track, and the stage and reason of each rejected track.
    """

    def run_both(bad: dict[str, bytes], **params: float) -> tuple[dict[str, int], dict[str, tuple[str, str]]]:
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

    return run_both


def test_a_truncated_mp3_is_rejected(run_stages: Callable[..., tuple]) -> None:
    mp3 = encoded(music(20, 44_100, 2), 44_100, "MP3")
    _, rejected = run_stages({"cut.mp3": mp3[: len(mp3) // 2], "stub.mp3": mp3[:300]})
    assert rejected["cut"] == ("reformat", "truncated")
    assert rejected["stub"][0] == "reformat"


def test_a_truncated_mp3_without_frame_count_is_used(run_stages: Callable[..., tuple]) -> None:
    mp3 = without_frame_count(encoded(music(20, 44_100, 2), 44_100, "MP3"))
    segments, _ = run_stages({"cut.mp3": mp3[: len(mp3) // 2]})
    assert segments == {"cut": 3}


def test_half_of_a_file_is_rejected_in_every_format_that_tells_its_length(run_stages: Callable[..., tuple]) -> None:
    files = {f"{number}.{name.split()[0].lower()}": data for number, (name, data) in enumerate(make_files().items())}
    segments, rejected = run_stages({f"cut{name}": data[: len(data) // 2] for name, data in files.items()})
    uncounted = {f"cut{name.rsplit('.', 1)[0]}" for name in files if name.endswith((".aac", ".mp2"))}
    assert not segments
    assert {name for name, reason in rejected.items() if reason == ("features", "too_short")} == uncounted
    assert {reason for name, reason in rejected.items() if name not in uncounted} == {("reformat", "truncated")}


def test_text_that_is_named_mp3_is_rejected(run_stages: Callable[..., tuple]) -> None:
    assert run_stages({"lyrics.mp3": "Größer als das Meer\n".encode() * 400})[1] == {"lyrics": ("reformat", "not_audio")}


def test_an_empty_file_is_rejected(run_stages: Callable[..., tuple]) -> None:
    assert run_stages({"empty.mp3": b""})[1] == {"empty": ("reformat", "empty_audio")}


def test_audio_without_samples_is_rejected(run_stages: Callable[..., tuple]) -> None:
    assert run_stages({"none.wav": encoded(np.zeros((0, 2)))})[1] == {"none": ("reformat", "empty_audio")}


def test_a_file_with_one_sample_is_too_short(run_stages: Callable[..., tuple]) -> None:
    short = {f"one{rate}.wav": encoded(np.array([[0.5]]), rate) for rate in (8_000, 22_050)}
    assert set(run_stages(short)[1].values()) == {("features", "too_short")}


def test_one_sample_at_a_higher_rate_gives_no_sample_after_resampling(run_stages: Callable[..., tuple]) -> None:
    assert run_stages({"one.wav": encoded(np.array([[0.5]]), 192_000)})[1] == {"one": ("reformat", "empty_audio")}


def test_silence_is_rejected(run_stages: Callable[..., tuple]) -> None:
    silent = np.zeros((4 * 44_100, 2))
    files = {"zeros.wav": encoded(silent, 44_100), "coded.mp3": encoded(silent, 44_100, "MP3")}
    assert set(run_stages(files)[1].values()) == {("reformat", "silent")}


def test_samples_that_are_not_finite_are_rejected(run_stages: Callable[..., tuple]) -> None:
    files = {}
    for name, value in {"nan": np.nan, "inf": np.inf, "minus": -np.inf}.items():
        samples = music(5, 44_100, 2)
        samples[100_000, 1] = value
        files[f"{name}.wav"] = encoded(samples, 44_100, subtype="FLOAT")
    assert set(run_stages(files)[1].values()) == {("reformat", "not_finite")}


def test_mono_at_8_khz_is_used(run_stages: Callable[..., tuple]) -> None:
    assert run_stages({"telephone.wav": encoded(music(6.1, 8_000), 8_000)}) == ({"telephone": 2}, {})


def test_six_channels_at_192_khz_are_used(run_stages: Callable[..., tuple]) -> None:
    assert run_stages({"cinema.wav": encoded(music(6.1, 192_000, 6), 192_000, subtype="PCM_24")}) == ({"cinema": 2}, {})


def test_a_file_whose_header_claims_ten_hours_is_rejected(run_stages: Callable[..., tuple]) -> None:
    flac = claiming(encoded(music(5), container="FLAC"), 10 * 3600 * 22_050)
    assert run_stages({"liar.flac": flac}, decode_memory_mb=256)[1] == {"liar": ("reformat", "too_long")}


def test_audio_shorter_than_one_segment_is_rejected(run_stages: Callable[..., tuple]) -> None:
    assert run_stages({"jingle.flac": encoded(music(2.9), container="FLAC")})[1] == {"jingle": ("features", "too_short")}


def test_names_may_have_unicode_and_spaces(run_stages: Callable[..., tuple]) -> None:
    good = encoded(music(4), container="FLAC")
    names = ["Für Elise.flac", "夜に駆ける 🎵.flac", "  two  spaces .flac", "100% #1? [live].flac", "Cafe\u0301.flac"]
    bad = {f"kaputt {name}": b"x" for name in names}
    segments, rejected = run_stages({**dict.fromkeys(names, good), **bad})
    assert segments == {name.removesuffix(".flac"): 1 for name in names}
    assert set(rejected) == {name.removesuffix(".flac") for name in bad}


def test_a_file_that_crashes_the_decoder_is_rejected(run_stages: Callable[..., tuple], monkeypatch: pytest.MonkeyPatch) -> None:
    victim = encoded(music(40, 96_000, 6), 96_000, "FLAC")
    for number in (signal.SIGSEGV, signal.SIGABRT):
        monkeypatch.setattr(mer_tasks.corpus.reformatter, "Decoder", saboteur(number, victim))
        assert run_stages({"bomb.flac": victim})[1] == {"bomb": ("reformat", "decoder_crashed")}


def test_a_file_is_used_if_the_decoder_crashes_only_once(
    run_stages: Callable[..., tuple], monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = encoded(music(40, 96_000, 6), 96_000, "FLAC")
    monkeypatch.setattr(mer_tasks.corpus.reformatter, "Decoder", saboteur(signal.SIGKILL, victim, times=1))
    assert run_stages({"lucky.flac": victim}) == ({"lucky": 13}, {})


def test_a_file_that_makes_the_decoder_hang_is_rejected(
    run_stages: Callable[..., tuple], monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = encoded(music(40, 96_000, 6), 96_000, "FLAC")
    monkeypatch.setattr(mer_tasks.corpus.reformatter, "Decoder", saboteur(signal.SIGSTOP, victim))
    assert run_stages({"tar.flac": victim}, decode_timeout_seconds=2)[1] == {"tar": ("reformat", "decode_timeout")}


def test_a_file_that_needs_too_much_memory_is_rejected(run_stages: Callable[..., tuple]) -> None:
    long = encoded(music(1500, 8_000), 8_000, "FLAC")
    assert run_stages({"epic.flac": long}, decode_memory_mb=256)[1] == {"epic": ("reformat", "decode_memory")}

import io
import json
import resource
import signal
from collections.abc import Callable

import numpy as np
import pytest
import soundfile

import mer_tasks.corpus.reformatter
from mer_tasks.audio.decoding import decode, read_flac
from mer_tasks.errors import AccessDenied, StoreUnavailable
from mer_tasks.runs.run import Manifest, Run
from mer_tasks.stages.reformat import CHANGED_SOUND, reformat
from mer_tasks.storage.local import FileStore
from tests.support.audio_files import encoded, music, write_shard
from tests.support.saboteur import saboteur

FILES = {f"{number}.wav": encoded(music(2 + number, 44_100, 2, seed=number), 44_100) for number in range(3)}


@pytest.fixture
def run(make_run: Callable[..., Run]) -> Run:
    return make_run()


def counts(manifest: Manifest) -> tuple[int, int, int]:
    return tuple(manifest["counters"][name] for name in ("decoded", "reused", "rejected"))


def reasons(run: Run, manifest: Manifest) -> dict[str, str]:
    return {track["track_id"]: track["reason"] for track in run.read_json_key(manifest["key"])["rejected"]}


def test_the_report_lists_each_track_with_its_blob(run: Run) -> None:
    manifest = reformat(run, write_shard(run, FILES))
    assert counts(manifest) == (3, 0, 0)
    assert manifest["shard"] == "rock 1/1"
    assert {"seconds", "cpu_seconds"} <= set(manifest["counters"])
    assert len(json.dumps(manifest)) < 4096
    report = run.read_json_key(manifest["key"])
    assert manifest["key"] == run.key("reformat", "rock-1-of-1.json")
    for number, track in enumerate(report["tracks"]):
        expected = decode(FILES[f"{number}.wav"], max_duration_seconds=60)
        assert (track["track_id"], track["genre"]) == (str(number), "rock")
        assert (track["duration_seconds"], track["sample_rate"], track["channels"]) == (2 + number, 44_100, 2)
        assert track["pcm_sha256"] == expected.pcm_sha256
        assert run.store.get(track["audio_key"]) == expected.flac


def test_the_report_has_the_names_of_the_tags_even_if_nothing_is_decoded(run: Run) -> None:
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", 22_050, 1, format="FLAC") as file:
        file.artist, file.title, file.album, file.date, file.tracknumber = "Björk", "Jóga", "Homogenic", "1997", "2"
        file.write(music(2))
    key = write_shard(run, {"tagged.flac": buffer.getvalue(), "plain.wav": FILES["0.wav"]})
    for expected in ((2, 0, 0), (0, 2, 0)):
        manifest = reformat(run, key)
        assert counts(manifest) == expected
        tracks = run.read_json_key(manifest["key"])["tracks"]
        names = ("title", "artists", "album", "year", "track_number")
        assert {track["track_id"]: [track[name] for name in names] for track in tracks} == {
            "tagged": ["Jóga", ["Björk"], "Homogenic", 1997, 2],
            "plain": [None, [], None, None, None],
        }
        assert manifest["counters"]["tags_unreadable"] == 0


def test_a_track_whose_tags_cannot_be_read_is_used_and_counted(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    unknown_flags = b"ID3\x04\x00\xb9\x00\x00\x00\x0a" + bytes(10)
    key = write_shard(run, {**FILES, "odd.mp3": unknown_flags + encoded(music(2), container="MP3")})
    for decoded in (4, 0):
        manifest = reformat(run, key)
        assert counts(manifest) == (decoded, 4 - decoded, 0)
        assert manifest["counters"]["tags_unreadable"] == 1
        (track,) = [track for track in run.read_json_key(manifest["key"])["tracks"] if track["track_id"] == "odd"]
        assert (track["artists"], "flags 0xb9" in track["tag_problem"]) == ([], True)
    assert caplog.text.count("rock/odd.mp3': its tags cannot be read: error: ") == 1


def test_tracks_with_changed_sound_are_counted_and_warned_of_once_for_each_kind(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    piece = music(6, 44_100)[:, 0]
    partly = piece.copy()
    partly[:65_536] *= -1
    stray = piece.copy()
    stray[1000] = 17_600
    sounds = {f"inverted{number}": np.stack([piece, -piece], axis=1) for number in range(6)}
    sounds |= {"partly": np.stack([piece, partly], axis=1), "stray": stray, "offset": piece + 0.4, "loud": 9 * piece}
    files = {f"{name}.wav": encoded(sound.astype(np.float32), 44_100, subtype="FLOAT") for name, sound in sounds.items()}
    key = write_shard(run, {**FILES, **files})
    expected = {"channels_left_out": 6, "partly_cancelled": 1, "stray_repaired": 1, "dc_removed": 1, "scaled_down": 1}
    for _ in range(2):  # the second run decodes nothing
        caplog.clear()
        manifest = reformat(run, key)
        assert {name: manifest["counters"][name] for name in CHANGED_SOUND} == expected
        warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
        assert len(warnings) == len(expected)
        assert "'inverted4' (channel 1 of 2), ..." in warnings[0]
        for warning, named in zip(
            warnings[1:], ["'partly' (25% of", "'stray' (1 sample", "'offset' (0.4 of", "'loud' (to 0."], strict=True
        ):
            assert named in warning
    tracks = {track["track_id"]: track for track in run.read_json_key(manifest["key"])["tracks"]}
    assert (tracks["stray"]["stray_samples"], tracks["0"]["stray_samples"]) == (1, 0)
    assert (tracks["inverted0"]["mixdown"], tracks["0"]["mixdown"]) == ("channel 1 of 2", "mean")


def test_a_shard_of_usual_tracks_has_no_warnings(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    manifest = reformat(run, write_shard(run, FILES))
    assert [manifest["counters"][name] for name in CHANGED_SOUND] == [0] * len(CHANGED_SOUND)
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


def test_the_cpu_time_of_the_decoder_process_is_counted(run: Run) -> None:
    def used() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = used()
    manifest = reformat(run, write_shard(run, FILES))
    assert manifest["counters"]["cpu_seconds"] >= round(used() - before, 3) > 0


def test_a_second_run_decodes_nothing(run: Run) -> None:
    key = write_shard(run, {**FILES, "text.mp3": b"not a sound"})
    first = reformat(run, key)
    second = reformat(run, key)
    assert counts(first) == (3, 0, 1)
    assert counts(second) == (0, 3, 1)
    before, after = (run.read_json_key(manifest["key"]) for manifest in (first, second))
    assert before["tracks"] == after["tracks"]
    assert reasons(run, second) == {"text": "not_audio"}


def test_files_that_were_decoded_or_rejected_before_are_not_read_again(run: Run) -> None:
    key = write_shard(run, {**FILES, "text.mp3": b"not a sound"})
    reformat(run, key)
    for name in (*FILES, "text.mp3"):
        run.landing.delete(f"rock/{name}")
    again = reformat(run, key)
    assert counts(again) == (0, 3, 1)
    assert reasons(run, again) == {"text": "not_audio"}


def test_only_a_new_track_is_decoded(run: Run) -> None:
    reformat(run, write_shard(run, FILES))
    assert counts(reformat(run, write_shard(run, {**FILES, "new.wav": encoded(music(2, seed=9))}))) == (1, 3, 0)


def test_the_same_bytes_under_two_names_are_decoded_once(run: Run) -> None:
    manifest = reformat(run, write_shard(run, {"a.wav": FILES["0.wav"], "b.wav": FILES["0.wav"]}))
    assert counts(manifest) == (1, 1, 0)
    first, second = run.read_json_key(manifest["key"])["tracks"]
    assert first["audio_key"] == second["audio_key"]


def test_a_missing_or_truncated_blob_or_sidecar_is_made_again(run: Run) -> None:
    key = write_shard(run, FILES)
    keys = [track["audio_key"] for track in run.read_json_key(reformat(run, key)["key"])["tracks"]]
    whole = [run.store.get(blob) for blob in keys]
    run.store.delete(keys[0])
    run.store.put(keys[1], whole[1][:-1])
    run.store.delete(keys[2].replace(".flac", ".json"))
    assert counts(reformat(run, key)) == (3, 0, 0)
    assert [run.store.get(blob) for blob in keys] == whole


def test_a_stored_rejection_is_valid_only_for_the_same_max_duration(run: Run, make_run: Callable[..., Run]) -> None:
    key = write_shard(run, {"long.wav": encoded(music(5)), **FILES})
    strict = make_run(max_duration_seconds=4.5)
    assert reasons(run, reformat(strict, key)) == {"long": "too_long"}
    assert counts(reformat(run, key)) == (4, 0, 0)
    assert counts(reformat(strict, key)) == (0, 3, 1)


def test_a_file_whose_bytes_differ_from_the_catalogue_is_rejected(run: Run) -> None:
    key = write_shard(run, FILES)
    run.landing.put("rock/1.wav", FILES["2.wav"])
    manifest = reformat(run, key)
    assert reasons(run, manifest) == {"1": "changed"}
    assert counts(manifest) == (2, 0, 1)
    run.landing.put("rock/1.wav", FILES["1.wav"])
    assert counts(reformat(run, key)) == (1, 2, 0)


def test_an_object_that_cannot_be_read_is_rejected_and_other_tracks_are_used(run: Run) -> None:
    key = write_shard(run, FILES)
    run.landing.delete("rock/0.wav")
    run.landing.delete("rock/1.wav")
    run.landing.put("rock/1.wav/inside", b"a folder where a file was")
    manifest = reformat(run, key)
    assert reasons(run, manifest) == {"0": "unreadable", "1": "unreadable"}
    assert counts(manifest) == (1, 0, 2)


class ClosedStore(FileStore):
    """A landing zone that refuses to return objects; if `listing` is set, listing raises that error."""

    listing: Exception | None = None

    def get(self, key):
        raise AccessDenied(f"{self.uri(key)}: refused")

    def list(self, prefix=""):
        if self.listing:
            raise self.listing
        return super().list(prefix)


@pytest.mark.parametrize("error", [AccessDenied("refused"), StoreUnavailable("away")])
def test_a_landing_zone_that_cannot_be_listed_ends_the_stage(
    run: Run, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = write_shard(run, FILES)
    closed = ClosedStore(run.landing.root)
    closed.listing = error
    monkeypatch.setattr(Run, "landing", closed)
    with pytest.raises(type(error), match=str(error)):
        reformat(run, key)


def test_objects_that_refuse_access_are_rejected_if_the_landing_zone_can_be_listed(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = write_shard(run, FILES)
    monkeypatch.setattr(Run, "landing", ClosedStore(run.landing.root))
    assert set(reasons(run, reformat(run, key)).values()) == {"unreadable"}


def test_a_file_larger_than_half_of_the_decoders_memory_is_not_read(make_run: Callable[..., Run]) -> None:
    run = make_run(decode_memory_mb=256)
    key = write_shard(run, FILES)
    document = run.read_json_key(key)
    document["tracks"][0]["size"] = 2**40
    run.store.put(key, json.dumps(document).encode())
    manifest = reformat(run, key)
    assert reasons(run, manifest) == {"0": "decode_memory"}
    assert counts(manifest) == (2, 0, 1)


@pytest.mark.parametrize(("number", "reason"), [(signal.SIGSEGV, "decoder_crashed"), (signal.SIGSTOP, "decode_timeout")])
def test_a_crash_or_timeout_of_the_decoder_is_tried_again(
    make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, number: signal.Signals, reason: str
) -> None:
    run = make_run(decode_timeout_seconds=1 if reason == "decode_timeout" else 60)
    slow = encoded(music(40, 96_000, 6), 96_000, "FLAC")
    key = write_shard(run, {"slow.flac": slow, **FILES})
    with monkeypatch.context() as patch:
        patch.setattr(mer_tasks.corpus.reformatter, "Decoder", saboteur(number, slow))
        assert reasons(run, reformat(run, key)) == {"slow": reason}
    assert counts(reformat(make_run(), key)) == (1, 3, 0)


def test_a_flac_blob_has_the_sound_of_its_file(run: Run) -> None:
    report = run.read_json_key(reformat(run, write_shard(run, FILES))["key"])
    samples = read_flac(run.store.get(report["tracks"][0]["audio_key"]))
    source = music(2, 22_050, 2, seed=0).mean(axis=1)
    assert np.corrcoef(samples[:40_000], source[:40_000])[0, 1] > 0.9

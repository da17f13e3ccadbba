"""Bad landing zones, from listing to features: bad files are rejected with a reason, and the run continues with the others."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mer_tasks.config import Config
from mer_tasks.corpus.reject_budget import check_budget
from mer_tasks.corpus.usable_tracks import Corpus, load_corpus
from mer_tasks.errors import CorpusError
from mer_tasks.runs.pipeline import run_shards
from mer_tasks.runs.run import Run
from mer_tasks.stages.discover import discover
from mer_tasks.storage import open_store
from mer_tasks.storage.base import ObjectStore
from tests.support.audio_files import encoded, music
from tests.support.s3_servers import Bucket, endpoint_of

GOOD = {f"rock/good {number}.flac": encoded(music(4, seed=number), container="FLAC") for number in (1, 2)}
OTHER = encoded(music(4, seed=3), container="FLAC")


@dataclass
class LandingZone:
    """A landing zone on one kind of store, and a run that reads it.

    Attributes
    ----------
    landing : ObjectStore
    run : Run
    lock : callable
        Makes the object with a key unreadable, although it is still listed.
    """

    landing: ObjectStore
    run: Run
    lock: Callable[[str], Any]

    def land(self, files: dict[str, bytes]) -> None:
        for key, content in files.items():
            self.landing.put(key, content)

    def run_shard_stages(self) -> Corpus:
        """Run reformat and features, and return the corpus."""
        run_shards(self.run, "reformat")
        run_shards(self.run, "features")
        return load_corpus(self.run)

    def run_stages(self, files: dict[str, bytes]) -> tuple[list[str], dict[str, tuple[str, str]]]:
        """Land `files` beside two good files and run three stages.

        Return the usable keys of `files`, and the stage and reason of each rejected file.
        """
        self.land({**files, **GOOD})
        discover(self.run)
        corpus = self.run_shard_stages()
        assert set(GOOD) <= set(corpus.tracks["key"])
        assert all(line["detail"] and "\n" not in line["detail"] for line in corpus.rejected)
        rejected = {line["key"]: (line["stage"], line["reason"]) for line in corpus.rejected}
        return [key for key in corpus.tracks["key"] if key not in GOOD], rejected


@pytest.fixture(params=["file", "moto", "real"])
def zone(request: pytest.FixtureRequest, tmp_path: Path) -> LandingZone:
    if request.param == "file":
        url, root = (tmp_path / "my store").as_uri(), tmp_path / "my store" / "landing"

        def lock(key: str) -> None:
            (root / key).unlink()
            (root / key).symlink_to("nowhere")
    else:
        bucket: Bucket = request.getfixturevalue("bucket_at")(request.param, endpoint_of(request.param, request))
        url = f"{bucket.url}/my store"

        def lock(key: str) -> None:
            bucket.deny("GetObject", f"my store/landing/{key}")

    run = Run(Config.load({"store_url": url, "scratch_dir": tmp_path / "scratch"}), "r1")
    return LandingZone(open_store(f"{url}/landing"), run, lock)


def test_two_files_that_land_together_with_the_same_id_are_rejected(zone: LandingZone) -> None:
    usable, rejected = zone.run_stages({"rock/1.flac": OTHER, "pop/1.mp3": b"another", "pop/2.flac": OTHER})
    assert usable == ["pop/2.flac"]
    assert rejected == dict.fromkeys(["rock/1.flac", "pop/1.mp3"], ("discover", "duplicate_id"))


def test_a_file_that_lands_later_with_an_id_that_is_taken_is_rejected_alone(zone: LandingZone) -> None:
    zone.run_stages({"rock/1.flac": OTHER})
    second = LandingZone(zone.landing, Run(zone.run.config, "r2"), zone.lock)
    usable, rejected = second.run_stages({"pop/1.flac": GOOD["rock/good 1.flac"], "jazz/1.flac": OTHER})
    assert (usable, rejected) == (["rock/1.flac"], dict.fromkeys(["jazz/1.flac", "pop/1.flac"], ("discover", "duplicate_id")))


def test_the_same_bytes_under_two_ids_are_decoded_once_and_are_two_tracks(zone: LandingZone) -> None:
    usable, rejected = zone.run_stages({"rock/1.flac": OTHER, "pop/2.flac": OTHER})
    assert (sorted(usable), rejected) == (["pop/2.flac", "rock/1.flac"], {})
    counters = load_corpus(zone.run).counters
    assert (counters["reformat"]["decoded"], counters["reformat"]["reused"]) == (3, 1)
    assert (counters["features"]["computed"], counters["features"]["reused"]) == (3, 1)


def test_a_file_with_an_unknown_extension_is_rejected(zone: LandingZone) -> None:
    files = {"rock/1.m4p": OTHER, "rock/cover.jpg": b"x", "README.txt": b"x", "rock/.DS_Store": b"x"}
    assert zone.run_stages(files) == ([], {"rock/1.m4p": ("discover", "unknown_extension")})


def test_files_of_operating_systems_and_what_lies_beside_music_do_not_count_as_rejected(zone: LandingZone) -> None:
    names = ["Thumbs.db", "desktop.ini", "._good 1.flac", "@eaDir/good 1.flac@SynoEAStream", "folder.jpg", "list.m3u", "x.log"]
    assert zone.run_stages({f"rock/{name}": b"x" for name in names}) == ([], {})
    check_budget(load_corpus(zone.run), budget=0)


def test_an_object_that_cannot_be_read_is_rejected(zone: LandingZone) -> None:
    zone.land({"rock/1.flac": OTHER})
    zone.lock("rock/1.flac")
    assert zone.run_stages({}) == ([], {"rock/1.flac": ("discover", "unreadable")})


def test_an_object_that_becomes_unreadable_after_discover_is_rejected(zone: LandingZone) -> None:
    zone.land({**GOOD, "rock/1.flac": OTHER})
    assert discover(zone.run)["counters"]["tracks"] == 3
    zone.lock("rock/1.flac")
    corpus = zone.run_shard_stages()
    assert [(line["key"], line["stage"], line["reason"]) for line in corpus.rejected] == [
        ("rock/1.flac", "reformat", "unreadable")
    ]
    assert len(corpus.tracks) == 2


def test_an_error_names_each_genre_without_usable_audio(zone: LandingZone) -> None:
    zone.run_stages({"pop/1.mp3": b"text", "pop/2.xyz": b"text", "jazz/3.m4p": b"x"})
    with pytest.raises(CorpusError) as caught:
        check_budget(load_corpus(zone.run), budget=1.0)
    assert str(caught.value) == (
        "genre 'jazz' has no usable audio among 1 files: 3 (unknown_extension);"
        " genre 'pop' has no usable audio among 2 files: 2 (unknown_extension), 1 (not_audio)"
    )


def test_names_may_have_unicode_and_spaces(zone: LandingZone) -> None:
    names = ["Für Elise", "夜に駆ける 🎵", "  two  spaces ", "100% #1? [live]+&=;~", "Cafe\u0301", "a.b.c", 'd\'Or "x"']
    files = {f"{genre}/{name}.flac": OTHER for genre, name in zip(["Ünïcode & co"] * 6 + ["+ %20"], names, strict=True)}
    usable, rejected = zone.run_stages(files)
    assert (set(usable), rejected) == (set(files), {})
    ids = {"Caf\u00e9" if name == "Cafe\u0301" else name for name in names}
    assert set(load_corpus(zone.run).tracks["track_id"]) == {*ids, "good 1", "good 2"}


def test_an_empty_landing_zone_is_refused(zone: LandingZone) -> None:
    zone.run.store.put("something/else", b"x")
    with pytest.raises(CorpusError, match=r"my.*store/landing: no audio there, expected <genre>/<track id>\.<ext>"):
        discover(zone.run)


def test_a_second_run_decodes_and_computes_only_the_new_track(zone: LandingZone) -> None:
    zone.run_stages({})
    second = LandingZone(zone.landing, Run(zone.run.config, "r2"), zone.lock)
    assert second.run_stages({"rock/3.flac": OTHER}) == (["rock/3.flac"], {})
    counters = load_corpus(second.run).counters
    # a file that was written again has another version
    assert counters["discover"]["known"] == (0 if "file" in zone.landing.url else 2)
    assert (counters["reformat"]["decoded"], counters["reformat"]["reused"]) == (1, 2)
    assert (counters["features"]["computed"], counters["features"]["reused"]) == (1, 2)


@pytest.mark.skipif(os.name != "posix", reason="only POSIX allows file names of any bytes")
def test_a_file_whose_name_is_not_unicode_is_rejected(tmp_path: Path) -> None:
    run = Run(Config.load({"store_url": tmp_path.as_uri()}), "r1")
    for key, content in GOOD.items():
        run.landing.put(key, content)
    with open(os.fsencode(tmp_path) + b"/landing/rock/caf\xe9.flac", "wb") as file:
        file.write(OTHER)
    discover(run)
    corpus = LandingZone(run.landing, run, print).run_shard_stages()
    assert [(line["key"], line["reason"]) for line in corpus.rejected] == [("rock/caf\udce9.flac", "bad_name")]
    with pytest.raises(CorpusError, match=r"1 of 3 files rejected"):
        check_budget(corpus, 0.1)

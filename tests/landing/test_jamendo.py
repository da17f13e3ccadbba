"""The import of MTG-Jamendo's mood and theme tags, from small files in the published form."""

from pathlib import Path

import pytest

from mer_tasks.errors import AnnotationError, ConfigError
from mer_tasks.landing.imports import carry_out
from mer_tasks.landing.jamendo import plan
from mer_tasks.stages.discover import discover
from mer_tasks.stages.labels import labels

HEADER = "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS\n"
ROWS = [
    "track_0000948\tartist_000087\talbum_000149\t48/948.mp3\t212.7\tmood/theme---background\tgenre---rock\n",
    "track_0000950\tartist_000087\talbum_000149\t50/950.mp3\t248.0\tmood/theme---film\tmood/theme---sad\tmood/theme---ambiental\n",
    "track_0000951\tartist_000088\talbum_000150\t51/951.mp3\t230.9\tmood/theme---sad\n",
    "track_0000952\tartist_000089\talbum_000151\t52/952.mp3\t230.9\tgenre---rock\n",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "mtg"
    (root / "splits" / "split-0").mkdir(parents=True)
    (root / "autotagging_moodtheme.tsv").write_text(HEADER + "".join(ROWS))
    for part, row in zip(("train", "validation", "test"), ROWS, strict=False):
        (root / "splits" / "split-0" / f"autotagging_moodtheme-{part}.tsv").write_text(HEADER + row)
    for name in ("48/948.mp3", "50/950.low.mp3", "52/952.mp3"):
        (root / "audio" / name).parent.mkdir(parents=True)
        (root / "audio" / name).write_bytes(name.encode())
    return root


def test_tags_become_one_answer_for_each_track(folder: Path) -> None:
    planned = plan(folder, folder / "audio")
    assert [(copy.source, copy.key) for copy in planned.copies] == [
        ("48/948.mp3", "jamendo/track_0000948.mp3"),
        ("50/950.low.mp3", "jamendo/track_0000950.mp3"),
        ("52/952.mp3", "jamendo/track_0000952.mp3"),
    ]
    assert planned.files["annotations/jamendo-moodtheme.csv"].decode().splitlines() == [
        "track id,listener,label",
        "track_0000948,artist,background",
        "track_0000950,artist,film",
        "track_0000950,artist,sad",
        "track_0000951,artist,sad",
        "track_0000952,artist,",
    ]
    assert planned.files["metadata/jamendo.csv"].decode().splitlines()[:2] == [
        "track id,artist,album",
        "track_0000948,artist_000087,album_000149",
    ]
    assert planned.notes == [
        f"1 of 4 tracks have no audio in {folder / 'audio'}",
        "1 tags are not in the label set jamendo-moodtheme and are left out: ambiental (1)",
    ]
    assert len(planned.label_set) == 56


def test_the_published_split_is_kept_in_the_metadata(folder: Path) -> None:
    planned = plan(folder, folder / "audio", split=0)
    lines = planned.files["metadata/jamendo.csv"].decode().splitlines()
    assert [line.rpartition(",")[2] for line in lines] == ["part", "train", "validation", "test", ""]
    assert planned.notes[-2:] == [
        "1 tracks are in no part of split 0: the platform chooses their parts",
        "set MER_SPLIT_BY=metadata to keep the parts of the published split",
    ]


def test_a_run_reads_the_imported_tags(folder: Path, make_run) -> None:
    imported = carry_out(plan(folder, folder / "audio"), make_run().landing)
    run = make_run(labels=imported.labels)
    discover(run)
    manifest = labels(run)
    assert {label: count for label, count in manifest["positives"].items() if count} == {"background": 1, "film": 1, "sad": 1}
    assert (manifest["counters"]["tracks"], manifest["counters"]["without_audio"]) == (3, 1)


def test_a_track_in_two_parts_is_refused(folder: Path) -> None:
    with (folder / "splits" / "split-0" / "autotagging_moodtheme-test.tsv").open("a") as file:
        file.write(ROWS[0])
    with pytest.raises(AnnotationError, match=r"-test\.tsv: track 'track_0000948' is in train and test, expected one part$"):
        plan(folder, folder / "audio", split=0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("track\ttags\n", r"line 1: 'track\\ttags', expected TRACK_ID, ARTIST_ID, .* with tabs between them$"),
        ("", r"line 1: '', expected TRACK_ID"),
        (HEADER + "track_1\tartist_1\n", r"line 2: 'track_1\\tartist_1', expected 6 fields or more, with an id and a path$"),
        (HEADER + ROWS[0] * 2, r"line 3: track 'track_0000948' twice, expected one row for each track$"),
    ],
)
def test_a_tsv_file_that_cannot_be_used_is_refused(folder: Path, text: str, message: str) -> None:
    (folder / "autotagging_moodtheme.tsv").write_text(text)
    with pytest.raises(AnnotationError, match=rf"autotagging_moodtheme\.tsv: {message}"):
        plan(folder, folder / "audio")


def test_missing_files_are_named(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"no split-3/autotagging_moodtheme-train\.tsv, expected the folder of MTG-Jamendo"):
        plan(folder, folder / "audio", split=3)
    with pytest.raises(ConfigError, match=r"none of 4 tracks of .*, expected audio files such as 48/948\.mp3"):
        plan(folder, folder / "splits")
    (folder / "autotagging_moodtheme.tsv").unlink()
    with pytest.raises(ConfigError, match=r"mtg: no autotagging_moodtheme\.tsv, expected"):
        plan(folder, folder / "audio")

"""Parts of the split that metadata files give."""

import pytest

from mer_tasks.corpus.given_parts import given_parts
from mer_tasks.errors import CorpusError
from mer_tasks.runs.run import Run
from mer_tasks.stages.labels import labels
from mer_tasks.stages.split import split
from tests.support.annotation_csv import csv_of, listeners
from tests.support.run_documents import discovered, fanned_out, line, put_metadata, run_in

TRACKS = [str(number) for number in range(1, 25)]
PARTS = {track: ("train", "validation", "test")[int(track) % 3] for track in TRACKS[:21]}


def prepared(folder, parts: dict[str, str], artists: dict[str, list[str]] | None = None) -> Run:
    """A run before stage `split`, whose metadata file gives these parts."""
    run = run_in(folder, split_by="metadata", crossfit="off")
    rows = [row for track in TRACKS for row in listeners(track, int(track) % 3, of=3)]
    discovered(run, [line(track) for track in TRACKS], csvs={"a.csv": csv_of(*rows)})
    text = "track id,Part\n" + "".join(f"{track},{part}\n" for track, part in parts.items())
    put_metadata(run, {"parts.csv": text.encode()})
    fanned_out(run, artists=artists)
    labels(run)
    return run


def parts_of(run: Run) -> dict[str, str]:
    table = run.read_table("split", "split.parquet")
    return dict(zip(table["track_id"], table["part"], strict=True))


def test_tracks_keep_the_given_parts_and_the_others_are_distributed(tmp_path):
    run = prepared(tmp_path, PARTS)
    manifest = split(run)
    found = parts_of(run)
    assert {track: found[track] for track in PARTS} == PARTS
    assert {found[track] for track in TRACKS[21:]} <= {"train", "validation", "test"}
    assert manifest["counters"]["not_in_given_part"] == 0


def test_a_group_of_several_given_parts_goes_to_the_first_and_is_named(tmp_path, caplog):
    run = prepared(tmp_path, PARTS, artists={"2": ["Ann"], "3": ["Ann"]})
    manifest = split(run)
    assert (PARTS["2"], PARTS["3"]) == ("test", "train")
    assert parts_of(run)["2"] == "train"
    assert manifest["counters"]["not_in_given_part"] == 1
    assert "1 tracks are not in the part that metadata files give, because a group has tracks of several: 2" in caplog.text


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"1": "training"}, r"^metadata files: part 'training' of track '1', expected train, validation, test \(1 tracks"),
        ({"404": "train"}, "^split_by=metadata: no track has a part, expected a column 'part' in a metadata file$"),
    ],
)
def test_parts_that_mean_nothing_are_refused(tmp_path, parts, message):
    with pytest.raises(CorpusError, match=message):
        split(prepared(tmp_path, parts))


def test_the_first_part_counts_for_content_that_has_several(tmp_path):
    run = prepared(tmp_path, {"1": "test", "2": "validation"})
    tracks = run.read_table("discover", "catalogue.parquet").assign(sha256="same", pcm_sha256="pcm")
    assert given_parts(run, tracks) == {"same": "validation", "pcm": "validation"}

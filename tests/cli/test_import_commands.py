"""Commands that import a data set with its label set, as a user calls them."""

from pathlib import Path

from tests.cli.test_main import mer, only_error_line


def test_a_csv_file_becomes_annotations_that_the_stages_read(tmp_path: Path) -> None:
    places = {"MER_STORE_URL": (tmp_path / "store").as_uri(), "MER_LANDING_URL": (tmp_path / "data" / "landing").as_uri()}
    (tmp_path / "data" / "landing" / "rock").mkdir(parents=True)
    (tmp_path / "data" / "landing" / "rock" / "7.mp3").write_bytes(b"x")
    (tmp_path / "mine.csv").write_text("song,happy,energetic,focus\n7,1,0,1\n")
    done = mer("import-csv", str(tmp_path / "mine.csv"), "--id", "song", "--labels", "happy,energetic,focus", **places)
    assert done.returncode == 0, done.stderr
    labels = (tmp_path / "data" / "mine.toml").as_uri()
    assert done.stdout.splitlines()[0] == (
        f"{places['MER_LANDING_URL']}: annotations without audio (mer land copies music); 1 file written, 0 unchanged"
    )
    assert done.stdout.splitlines()[1].endswith(f": set MER_LABELS={labels}")
    assert done.stdout.splitlines()[1].startswith("label set mine version 1 (multi, 3 labels, ")
    assert "note: review names and descriptions of the 3 labels in the label file" in done.stderr
    for stage in ("discover", "labels"):
        done = mer(stage, "--run-id", "r1", MER_LABELS=labels, **places)
        assert done.returncode == 0, done.stderr
    assert "tracks 1," in done.stdout


def test_an_import_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("song,happy,sad\n7,1,0\n")
    command = ("import-csv", str(tmp_path / "mine.csv"), "--id", "song", "--landing", (tmp_path / "landing").as_uri())
    assert "--labels and --label: expected one of them" in only_error_line(mer(*command))
    done = mer(*command, "--label", "happy", "--listeners", "sad")
    assert "--listeners with --label: expected --labels, columns of votes" in only_error_line(done)
    assert done.returncode == 1
    done = mer("import-jamendo", str(tmp_path))
    assert "no autotagging_moodtheme.tsv, expected the folder of MTG-Jamendo's TSV files" in only_error_line(done)
    done = mer("import-4q", str(tmp_path))
    assert "no audio, expected the audio files of the data set in it or below it" in only_error_line(done)

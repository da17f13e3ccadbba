"""Which of several files with one track id is the track."""

from mer_tasks.stages.discover import discover
from tests.support.landed_files import MakeRun, land, rejection_reasons


def test_two_files_with_one_id_are_both_rejected_if_no_run_has_seen_one_of_them_alone(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "a/1.mp3", "b/1.flac", "b/2.mp3")
    for _ in range(2):
        assert discover(run)["counters"]["tracks"] == 1
        assert rejection_reasons(run) == {"a/1.mp3": "duplicate_id", "b/1.flac": "duplicate_id"}
    run.landing.delete("a/1.mp3")
    assert discover(run)["counters"]["tracks"] == 2


def test_a_second_file_with_an_id_is_rejected_alone_in_this_and_in_later_runs(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/1.mp3", "rock/2.mp3")
    discover(run)
    before = run.read_table("discover", "catalogue.parquet")
    land(run, "pop/1.flac", "rock/1.wav")
    for _ in range(3):  # also a repeated try of the same run
        discover(run)
        assert run.read_table("discover", "catalogue.parquet").equals(before)
        assert rejection_reasons(run) == {"pop/1.flac": "duplicate_id", "rock/1.wav": "duplicate_id"}
    (line, _) = run.read_json("discover", "rejected.json")["rejected"]
    assert line["detail"] == "id '1' is that of 'rock/1.mp3', which was there first; expected one file per id"


def test_the_track_that_was_there_first_keeps_its_id_when_it_is_moved_or_changed_or_unreadable(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/1.mp3", "rock/2.mp3", "rock/3.mp3")
    discover(run)
    content = run.landing.get("rock/1.mp3")
    run.landing.delete("rock/1.mp3")
    run.landing.put("jazz/1.mp3", content)
    run.landing.put("rock/2.mp3", b"with other tags")
    (run.landing.root / "rock" / "3.mp3").unlink()
    (run.landing.root / "rock" / "3.mp3").symlink_to("nowhere")
    land(run, "pop/1.mp3", "pop/2.mp3", "pop/3.mp3")
    newcomers = dict.fromkeys(["pop/1.mp3", "pop/2.mp3", "pop/3.mp3"], "duplicate_id")
    for _ in range(2):
        discover(run)
        assert run.read_table("discover", "catalogue.parquet")["key"].tolist() == ["jazz/1.mp3", "rock/2.mp3"]
        assert rejection_reasons(run) == {**newcomers, "rock/3.mp3": "unreadable"}


def test_a_newcomer_gets_the_id_when_the_first_file_is_gone(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/1.mp3")
    discover(run)
    land(run, "pop/1.mp3")
    discover(run)
    first = run.landing.get("rock/1.mp3")
    run.landing.delete("rock/1.mp3")
    discover(run)
    assert run.read_table("discover", "catalogue.parquet")["key"].tolist() == ["pop/1.mp3"]
    run.landing.put("rock/1.mp3", first)
    discover(run)
    assert rejection_reasons(run) == {"rock/1.mp3": "duplicate_id"}


def test_a_run_of_another_genre_does_not_forget_which_file_was_first(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/1.mp3", "pop/2.mp3")
    discover(run)
    land(run, "pop/1.mp3")
    discover(make_run(genres="pop"))
    assert rejection_reasons(run) == {"pop/1.mp3": "duplicate_id"}
    discover(run)
    assert rejection_reasons(run) == {"pop/1.mp3": "duplicate_id"}


def test_a_track_that_moves_between_runs_of_other_genres_keeps_its_id(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/1.mp3", "pop/2.mp3")
    discover(run)
    content = run.landing.get("rock/1.mp3")
    run.landing.delete("rock/1.mp3")
    run.landing.put("jazz/1.mp3", content)
    discover(make_run(genres="pop"))
    land(run, "soul/1.mp3")
    discover(run)
    assert rejection_reasons(run) == {"soul/1.mp3": "duplicate_id"}


def test_an_id_is_the_same_in_both_normal_forms_of_unicode(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "Ü/Café.mp3")
    discover(run)
    land(run, "Ü/Café.mp3", "Ü/2.mp3")
    discover(make_run(genres="Ü"))
    table = run.read_table("discover", "catalogue.parquet")
    assert table[["genre", "track_id"]].to_numpy().tolist() == [["Ü", "2"], ["Ü", "Café"]]
    assert rejection_reasons(run) == {"Ü/Café.mp3": "duplicate_id"}


def test_a_duplicate_id_is_rejected_even_if_the_other_genre_is_not_chosen(make_run: MakeRun) -> None:
    run = make_run(genres="pop")
    land(run, "rock/1.mp3", "pop/1.mp3", "pop/2.mp3")
    discover(run)
    assert rejection_reasons(run) == {"pop/1.mp3": "duplicate_id"}

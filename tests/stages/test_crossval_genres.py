"""Leave-one-genre-out, from the folds to the document, the table and the report."""

import numpy as np
import pytest

from mer_tasks.errors import CorpusError
from mer_tasks.report.genre_section import NOT_MEASURED, unheard_genres
from mer_tasks.report.run_documents import RunView
from mer_tasks.runs.artifacts import CROSSVAL, PREDICTIONS
from mer_tasks.runs.crossval_chain import run_crossval
from mer_tasks.runs.crossval_runs import fold_run, genre_scores_key, training_settings, trial_run
from mer_tasks.runs.run import Run
from mer_tasks.stages.crossval import tables
from mer_tasks.stages.folds import folds
from tests.support.crossval_runs import as_crossval, learnable_crossval
from tests.support.label_sets import EMOTIFY
from tests.support.learnable_runs import SEGMENTS, TRACKS, UNLABELLED, learnable
from tests.support.run_documents import fanned_out

NAME = "logistic-regression"
PARAMS = {"repeats": 1, "candidates": (NAME,), "leave_one_genre_out": True}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished cross-validation that left out rock and pop in turn."""
    run = learnable_crossval(tmp_path_factory.mktemp("genres"), **PARAMS)
    run_crossval(run)
    return run


def test_each_genre_is_tested_by_a_model_that_never_heard_it(run: Run) -> None:
    assert run.manifest("folds")["genres"] == ["pop", "rock"]
    assert run.manifest("folds")["counters"]["trials"] == 2 + 2
    for genre in ("pop", "rock"):
        split = fold_run(run, 1, genre).read_table("split", "split.parquet").set_index("track_id")["part"]
        own = [track for track in TRACKS if track[0] == genre[0] and track not in UNLABELLED]
        assert sorted(split.index[split == "test"]) == sorted(own)
        assert set(split[UNLABELLED]) == {"unlabelled"}
        certificate = fold_run(run, 1, genre).read_json("split", "certificate.json")
        assert set(certificate["overlap"].values()) == {0}
        assert (certificate["unlabelled"], certificate["left_out"], certificate["fold"]) == (4, 0, genre)
        predicted = trial_run(run, 1, genre, NAME).read_table("trial", PREDICTIONS)
        assert predicted["track_id"].tolist() == sorted(own)


def test_the_document_and_the_table_compare_unheard_with_heard(run: Run) -> None:
    document = run.read_json("crossval", CROSSVAL)
    lines = {line["genre"]: line for line in document["genres"]}
    assert list(lines) == ["pop", "rock", None]
    assert (lines["pop"]["tracks"], lines[None]["tracks"]) == (18, 36)
    assert lines["pop"]["value"] > 0.7  # the features of both genres show the labels in the same way
    assert lines[None]["value"] == pytest.approx(np.mean([lines["pop"]["value"], lines["rock"]["value"]]))
    rows = tables(document, EMOTIFY)[3]
    assert [row["genre"] for row in rows] == ["pop", "rock", "mean over genres"]
    assert rows[0]["never heard"].startswith(f"{lines['pop']['value']:.3f}")


def test_genres_do_not_change_the_ordinary_folds_and_can_be_added_later(run: Run, tmp_path) -> None:
    ordinary = learnable_crossval(tmp_path, **{**PARAMS, "leave_one_genre_out": False})
    run_crossval(ordinary)
    document = ordinary.read_json("crossval", CROSSVAL)
    assert document["metrics"] == run.read_json("crossval", CROSSVAL)["metrics"]
    assert document["genres"] == []
    assert len(tables(document, EMOTIFY)) == 3
    assert not ordinary.store.exists(genre_scores_key(ordinary))
    later = learnable_crossval(tmp_path, **PARAMS)
    steps: list[int] = []
    run_crossval(later, lambda name, finished, total: steps.append(finished))
    assert min(finished for finished in steps if finished) == 2
    assert later.read_json("crossval", CROSSVAL)["genres"] == run.read_json("crossval", CROSSVAL)["genres"]


def test_an_artist_of_two_genres_is_left_out_where_one_of_them_is_tested(tmp_path) -> None:
    run = learnable_crossval(tmp_path, **PARAMS)
    fanned_out(run, segments=SEGMENTS, artists={"p00": ["a band"], "r00": ["a band"], "r01": ["a band"]})
    folds(run)
    parts = {genre: fold_run(run, 1, genre).read_table("split", "split.parquet") for genre in ("pop", "rock")}
    left_out = {genre: table.loc[table["part"] == "left_out", "track_id"].tolist() for genre, table in parts.items()}
    assert left_out == {"pop": ["r00", "r01"], "rock": ["p00"]}
    assert fold_run(run, 1, "pop").read_json("split", "certificate.json")["left_out"] == 2


def test_a_corpus_of_one_genre_is_refused_in_one_line(tmp_path) -> None:
    run = as_crossval(learnable(tmp_path, tracks=[track for track in TRACKS if track[0] == "r"]), **PARAMS)
    with pytest.raises(CorpusError, match=r"^leave_one_genre_out=True: labelled tracks are of 1 genre \(rock\), expected two"):
        folds(run)


def test_the_report_shows_the_newest_scores_and_whose_they_are(run: Run, tmp_path) -> None:
    trained = Run(learnable(tmp_path / "other").config.model_copy(update={"store_url": run.store.url}), "r1")
    table, note = unheard_genres(RunView(trained))
    assert [row[0] for row in table.rows] == ["pop", "rock", "mean over genres"]
    assert f"candidate {NAME} within" in table.caption
    assert "No candidate is known to be trained as the model of this run" in note.text
    scores = run.read_json_key(genre_scores_key(run))
    view = RunView(trained)
    view.genre_scores = {**scores, "settings": {NAME: training_settings(trained)}}
    assert [type(block).__name__ for block in unheard_genres(view)] == ["Table"]


def test_a_report_without_such_scores_says_how_to_get_them(tmp_path) -> None:
    assert unheard_genres(RunView(learnable(tmp_path))) == [NOT_MEASURED]

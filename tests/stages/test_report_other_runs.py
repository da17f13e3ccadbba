"""Pages of runs that have no new model: without decoded audio, without documents, or in mode eval."""

import pytest

from mer_tasks.errors import ObjectMissing
from mer_tasks.stages.report import report
from tests.support.published_runs import complete_run
from tests.support.report_pages import page_of
from tests.support.run_documents import discovered, line, rejection, run_in


def test_the_page_of_a_run_without_decoded_audio_shows_rejected_files(tmp_path):
    run = run_in(tmp_path)
    discovered(run, [line("1")], [rejection("2", stage="discover", reason="duplicate_id")])
    page = page_of(run)
    assert "have not finished every shard" in page.prose
    assert "Rejected files: 1 (duplicate_id 1)" in page.prose
    assert run.manifest("report")["missing"][:3] == ["reformat", "features", "labels"]


def test_a_run_without_documents_has_no_page(tmp_path):
    run = run_in(tmp_path, "typo")
    with pytest.raises(ObjectMissing, match=r"runs/typo: no stage has finished, expected at least discover$"):
        report(run)
    assert not run.store.exists("runs/typo/report/report.html")


def test_the_page_in_mode_eval_names_the_run_that_trained_the_model(tmp_path):
    complete_run(tmp_path, None, "r1")
    run = complete_run(tmp_path, None, "r2", mode="eval")
    page = page_of(run_in(tmp_path, "r2"))  # without the mode: it is read from the documents of the run
    assert "This run loaded the model of run r1. The report of that run has its training curves." in page.prose
    assert "a stored model, evaluated again" in page.prose
    assert "Nothing was balanced: no network was trained in this run." in page.prose
    assert "Not compared with the champion: this run evaluates a stored model and never changes the champion." in page.prose
    assert "roc" in page.charts
    assert run.manifest("report")["missing"] == ["publish"]

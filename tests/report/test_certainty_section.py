import pytest

from mer_tasks.evaluation.metrics import CEILINGS
from mer_tasks.report.blocks import Paragraph, Table
from mer_tasks.report.certainty_section import certainty
from mer_tasks.report.run_documents import RunView
from mer_tasks.runs.artifacts import METRICS, THRESHOLDS
from tests.support.judged_runs import judged_run
from tests.support.label_sets import make_label_set


def with_coverage(run, label_set, high):
    document = run.read_json("evaluate", METRICS)
    document["metrics"] += [
        {
            **{"part": "test", "level": "track", "emotion": label, "metric": metric, "support": 40, "baseline": None},
            **{"value": 0.85, "low": 0.8, "high": high, **dict.fromkeys(CEILINGS)},
        }
        for label in (*label_set.ids, None)
        for metric in ("coverage", "unclear")
    ]
    run.write_json("evaluate", METRICS, document)
    ends = {"unclear_from": dict.fromkeys(label_set.ids, 0.25), "unclear_to": dict.fromkeys(label_set.ids, 0.75)}
    run.write_json("thresholds", THRESHOLDS, {**run.read_json("thresholds", THRESHOLDS), **ends, "promise": 0.9})


@pytest.mark.parametrize(("labels", "kind"), [(3, "multi"), (56, "multi"), (4, "single")])
@pytest.mark.parametrize(("high", "kept"), [(0.95, "yes, as far as the tracks tell"), (0.89, "no"), (None, "not known")])
def test_each_label_has_its_coverage_beside_the_promise(tmp_path, labels, kind, high, kept):
    label_set = make_label_set(labels, kind)
    run = judged_run(tmp_path, label_set)
    with_coverage(run, label_set, high)
    (table,) = certainty(RunView(run))
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == [*label_set.names, "all together"]
    assert {row[1] for row in table.rows} == {0.9}
    assert {row[3] for row in table.rows} == {kept}
    assert table.rows[0][5] == "0.250, 0.750"
    assert bool(table.search) == (labels > 12)


def test_a_run_of_an_earlier_version_says_that_it_did_not_measure_coverage(tmp_path):
    (paragraph,) = certainty(RunView(judged_run(tmp_path, make_label_set(3, "multi"))))
    assert isinstance(paragraph, Paragraph)

import pytest

from mer_tasks.corpus.segments import track_targets
from mer_tasks.corpus.synthetic_plan import read_plan
from mer_tasks.evaluation.bootstrap import paired_differences
from mer_tasks.evaluation.crossval_scores import predictions_from_table
from mer_tasks.runs.artifacts import COMPARISON, MODEL
from mer_tasks.runs.sub_runs import CORPUS, sub_run
from mer_tasks.stages.balance import balance
from mer_tasks.stages.comparison import METRICS, WAYS, best_of, comparison
from mer_tasks.stages.thresholds import thresholds
from mer_tasks.stages.train import train
from tests.support.label_sets import EMOTIFY
from tests.support.learnable_runs import learnable


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A run with oversampling after `comparison`; the versions stored before it; its manifest; and ``comparison.json``."""
    run = learnable(
        tmp_path_factory.mktemp("comparison"), preset="statistics", balance="oversampling", epochs=1, compare_balance=True
    )
    for stage in (balance, train, thresholds):
        stage(run)
    before = {info.key: info.version for info in run.store.list("runs/")}
    manifest = comparison(run)
    return run, before, manifest, run.read_json("comparison", COMPARISON)


def sub_run_of(run, way):
    return sub_run(run, f"comparison/{way}", (*CORPUS, "labels", "split"), balance=way)


def test_every_way_of_balancing_has_every_metric(compared):
    *_, manifest, document = compared
    ways_and_metrics = {(line["balance"], line["metric"]) for line in document["metrics"]}
    assert ways_and_metrics == {(way, metric + end) for way in WAYS for metric in METRICS[1:] for end in ("", "_macro")}
    assert (document["own"], manifest["own"]) == ("oversampling", "oversampling")
    assert manifest["counters"]["ways"] == 4


def test_differences_to_the_runs_own_way_are_paired(compared):
    run, _, _, document = compared
    tables = [each.read_table("thresholds", "predictions.parquet") for each in (run, sub_run_of(run, "smote"))]
    tracks = tables[0]["track_id"].tolist()
    assert set(tables[0]["part"]) == {"train"}
    predictions = [predictions_from_table(table, run.label_set) for table in tables]
    labels = track_targets(tuple(tracks), run.read_table("labels", "labels.parquet"), EMOTIFY) > 0
    groups = run.read_table("split", "split.parquet").set_index("track_id").loc[tracks, "group_id"].to_numpy()
    expected = paired_differences(labels, *predictions, groups, run.label_set, seed=run.config.seed)
    lines = {(line["balance"], line["emotion"], line["metric"]): line for line in document["metrics"]}
    for figure, difference in expected.items():
        if figure[1].removesuffix("_macro") in METRICS:
            line = lines[("smote", *figure)]
            values = [line[name] for name in ("difference", "difference_low", "difference_high")]
            assert values == pytest.approx([difference.value, difference.low, difference.high], nan_ok=True)
            assert lines[("oversampling", *figure)]["difference"] is None


def test_comparison_overwrites_no_document_of_the_run(compared):
    run, before, *_ = compared
    after = {info.key: info.version for info in run.store.list("runs/")}
    assert {key: after[key] for key in before} == before
    assert {key.split("/")[2] for key in after.keys() - before.keys()} == {"comparison"}


def test_each_way_has_its_own_plan_and_leaves_no_model(compared):
    run, *_ = compared
    assert len(read_plan(sub_run_of(run, "none"))) == 0
    assert len(read_plan(sub_run_of(run, "smote"))) > 0
    assert not [info.key for info in run.store.list("runs/r1/comparison/") if info.key.endswith(MODEL)]


def test_the_best_way_has_the_highest_macro_roc_auc():
    def line(way, value, metric="roc_auc_macro"):
        return {"balance": way, "metric": metric, "value": value}

    assert best_of([line("none", 0.6), line("smote", 0.7), line("weights", None), line("none", 0.9, "f1_macro")]) == "smote"
    assert best_of([line("smote", 0.7), line("none", 0.7)]) == "smote"
    assert best_of([line("none", None)]) is None

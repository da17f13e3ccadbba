import pytest
from pydantic import SecretStr, ValidationError

from mer_tasks.config import Config
from mer_tasks.errors import IntegrityError
from mer_tasks.runs.sub_runs import CORPUS, sub_run


def test_what_is_shared_is_read_from_the_run_and_the_rest_lies_below_it(make_run):
    run = make_run()
    inner = sub_run(run, "canary/1")
    for stage in (*CORPUS, "discover/shards"):
        assert inner.key(stage, "manifest.json") == run.key(stage, "manifest.json")
    assert inner.key("labels", "labels.parquet") == "runs/r1/canary/1/labels/labels.parquet"
    assert inner.store.url == run.store.url


def test_a_run_within_a_run_within_a_run_shares_what_either_shares(make_run):
    outer = sub_run(make_run(), "fold")
    inner = sub_run(outer, "candidate", (*CORPUS, "split"))
    assert inner.key("discover", "x") == "runs/r1/discover/x"
    assert inner.key("split", "x") == "runs/r1/fold/split/x"
    assert inner.key("train", "x") == "runs/r1/fold/candidate/train/x"


def test_changes_are_all_that_differs_in_the_configuration(make_run, monkeypatch):
    run = make_run(genres="rock,pop", database_url="postgresql+psycopg2://me:secret@host/mer")
    monkeypatch.setenv("MER_EPOCHS", "77")
    monkeypatch.setenv("MER_MODEL_RUN", "another")
    inner = sub_run(run, "fold", seed=7)
    assert inner.config == run.config.model_copy(update={"seed": 7})
    assert inner.config.database_url == SecretStr("postgresql+psycopg2://me:secret@host/mer")
    assert type(inner.config) is Config


def test_changes_are_checked(make_run):
    with pytest.raises(ValidationError, match="epochs"):
        sub_run(make_run(), "fold", epochs=0)


def test_a_stage_of_the_run_is_not_closed_from_within(make_run):
    run = make_run()
    run.write_manifest("discover", {"of": "the run"})
    inner = sub_run(run, "fold")
    with pytest.raises(IntegrityError, match="run r1/fold: stage discover is that of the run around it"):
        inner.write_manifest("discover", {})
    assert inner.manifest("discover")["of"] == "the run"
    assert inner.write_manifest("split", {})["run_id"] == "r1/fold"

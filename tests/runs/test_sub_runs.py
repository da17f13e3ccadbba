import pytest
from pydantic import SecretStr, ValidationError

from mer_tasks.config import Config
from mer_tasks.errors import IntegrityError
from mer_tasks.runs.sub_runs import CORPUS, sub_run


def test_shared_stages_have_the_keys_of_the_run_and_others_are_below_it(make_run):
    run = make_run()
    inner = sub_run(run, "canary/1")
    for stage in (*CORPUS, "discover/shards"):
        assert inner.key(stage, "manifest.json") == run.key(stage, "manifest.json")
    assert inner.key("labels", "labels.parquet") == "runs/r1/canary/1/labels/labels.parquet"
    assert inner.store.url == run.store.url


def test_a_sub_run_of_a_sub_run_shares_the_stages_of_both(make_run):
    outer = sub_run(make_run(), "fold")
    inner = sub_run(outer, "candidate", (*CORPUS, "split"))
    assert inner.key("discover", "x") == "runs/r1/discover/x"
    assert inner.key("split", "x") == "runs/r1/fold/split/x"
    assert inner.key("train", "x") == "runs/r1/fold/candidate/train/x"


def test_only_the_changes_differ_in_the_configuration(make_run, monkeypatch):
    run = make_run(genres="rock,pop", database_url="postgresql+psycopg2://me:secret@host/mer")
    monkeypatch.setenv("MER_EPOCHS", "77")
    monkeypatch.setenv("MER_MODEL_RUN", "another")
    inner = sub_run(run, "fold", seed=7)
    assert inner.config == run.config.model_copy(update={"seed": 7})
    assert inner.config.database_url == SecretStr("postgresql+psycopg2://me:secret@host/mer")
    assert type(inner.config) is Config


def test_changes_are_validated(make_run):
    with pytest.raises(ValidationError, match="epochs"):
        sub_run(make_run(), "fold", epochs=0)


def test_a_sub_run_cannot_write_the_manifest_of_a_shared_stage(make_run):
    run = make_run()
    run.write_manifest("discover", {"of": "the run"})
    inner = sub_run(run, "fold")
    with pytest.raises(IntegrityError, match="run r1/fold: stage discover belongs to its parent run"):
        inner.write_manifest("discover", {})
    assert inner.manifest("discover")["of"] == "the run"
    assert inner.write_manifest("split", {})["run_id"] == "r1/fold"

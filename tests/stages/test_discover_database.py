from dataclasses import replace

import pytest

from mer_tasks.config import Config
from mer_tasks.database.queries import published_model
from mer_tasks.errors import ConfigError
from mer_tasks.runs.run import Run
from mer_tasks.stages.discover import discover
from mer_tasks.stages.publish import publish
from tests.support.published_runs import complete_run


@pytest.fixture
def make_eval_run(tmp_path, database_url):
    """Function that makes a run of mode eval; the training runs `r1` and `r2` are published before."""
    for run_id in ("r1", "r2"):
        publish(complete_run(tmp_path, database_url, run_id))

    def make(**params):
        config = Config.load({"store_url": tmp_path.as_uri(), "database_url": database_url, "mode": "eval", **params})
        run = Run(config, "e1")
        run.landing.put("rock/1.mp3", b"x")
        return run

    return make


def test_mode_eval_uses_the_newest_published_model_or_that_of_model_run(make_eval_run, database_url):
    newest = discover(make_eval_run())
    assert newest["model"] == published_model(database_url, "r2")
    assert newest["model"]["run_id"] == "r2"
    assert newest["mode"] == "eval"
    assert discover(make_eval_run(model_run="r1"))["model"]["run_id"] == "r1"


def test_a_model_that_was_never_published_is_refused_before_any_file_is_read(make_eval_run):
    run = make_eval_run(model_run="r9")
    with pytest.raises(ConfigError, match="model_run='r9': no such published run"):
        discover(run)
    assert not run.store.exists("runs/e1/discover/rejected.json")


def test_a_model_in_another_store_is_refused(make_eval_run, tmp_path):
    run = make_eval_run()
    other_store = replace(run, config=Config.load({**run.config.model_dump(), "store_url": (tmp_path / "other").as_uri()}))
    other_store.landing.put("rock/1.mp3", b"x")
    with pytest.raises(ConfigError, match=r"no such published run in file:///.*/other"):
        discover(other_store)


def test_another_label_set_than_that_of_the_database_is_refused_before_any_file_is_read(tmp_path, database_url):
    path = tmp_path / "moods.toml"
    path.write_text('name = "moods"\nkind = "multi"\nlabels = ["calm", "happy"]', encoding="utf-8")
    store = tmp_path / "store"
    config = Config.load({"store_url": store.as_uri(), "database_url": database_url, "labels": str(path)})
    run = Run(config, "r1")
    run.landing.put("rock/1.mp3", b"x")
    with pytest.raises(ConfigError, match=r"label set moods version 1 \(multi, 2 labels.* the database has emotify version 1 "):
        discover(run)
    assert not run.store.exists("runs/r1/discover/rejected.json")

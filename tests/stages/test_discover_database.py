from dataclasses import replace

import pytest

from mer_tasks.config import Config
from mer_tasks.database.queries import published_model
from mer_tasks.errors import ConfigError
from mer_tasks.runs.run import Run
from mer_tasks.stages.discover import discover
from mer_tasks.stages.publish import publish
from tests.support.published_runs import finished


@pytest.fixture
def evaluating(tmp_path, database_url):
    """Makes runs of mode eval over a landing zone, after the training runs `r1` and `r2` were published."""
    for run_id in ("r1", "r2"):
        publish(finished(tmp_path, database_url, run_id))

    def make(**params):
        config = Config.load({"store_url": tmp_path.as_uri(), "database_url": database_url, "mode": "eval", **params})
        run = Run(config, "e1")
        run.landing.put("rock/1.mp3", b"x")
        return run

    return make


def test_mode_eval_uses_the_newest_published_model_or_the_one_of_a_run(evaluating, database_url):
    newest = discover(evaluating())
    assert newest["model"] == published_model(database_url, "r2")
    assert newest["model"]["run_id"] == "r2"
    assert newest["mode"] == "eval"
    assert discover(evaluating(model_run="r1"))["model"]["run_id"] == "r1"


def test_a_model_that_was_never_published_is_refused_before_any_file_is_read(evaluating):
    run = evaluating(model_run="r9")
    with pytest.raises(ConfigError, match="model_run='r9': no such published run"):
        discover(run)
    assert not run.store.exists("runs/e1/discover/rejected.json")


def test_a_model_in_another_store_is_refused(evaluating, tmp_path):
    run = evaluating()
    elsewhere = replace(run, config=Config.load({**run.config.model_dump(), "store_url": (tmp_path / "other").as_uri()}))
    elsewhere.landing.put("rock/1.mp3", b"x")
    with pytest.raises(ConfigError, match=r"no such published run in file:///.*/other"):
        discover(elsewhere)

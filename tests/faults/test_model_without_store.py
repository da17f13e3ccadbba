"""The object store away, or features gone or damaged, while a model is fitted and used."""

from collections.abc import Callable

import pytest

from mer_tasks.corpus.segments import segment_index
from mer_tasks.errors import IntegrityError, ObjectMissing, StoreUnavailable
from mer_tasks.runs.run import Run
from mer_tasks.stages.balance import balance
from mer_tasks.stages.evaluate import evaluate
from mer_tasks.stages.labels import labels
from mer_tasks.stages.split import split
from mer_tasks.stages.thresholds import thresholds
from mer_tasks.stages.train import train
from tests.support.learnable_runs import learnable
from tests.support.run_documents import content, features_key

STAGES: list[Callable[[Run], object]] = [labels, split, balance, train, thresholds, evaluate]


def test_every_stage_says_that_the_store_is_away_and_is_repeated(bucket, tmp_path):
    run = learnable(tmp_path, store_url=f"{bucket.url}/mer", epochs=1)
    for stage in STAGES:
        bucket.line.cut()
        with pytest.raises(StoreUnavailable, match=rf"^s3://{bucket.name}/mer/"):
            stage(run)
        bucket.line.mend()
        stage(run)
        assert run.manifest(stage.__name__)["counters"]["seconds"] > 0


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A run that has been through `balance`."""
    run = learnable(tmp_path_factory.mktemp("planned"), epochs=1)
    balance(run)
    return run


def features_of(run, part):
    return features_key(content(segment_index(run, part).tracks[-1]))


def test_features_that_go_while_the_network_is_fitted_are_named(planned):
    key = features_of(planned, "validation")  # read at the end of an epoch
    data = planned.store.get(key)
    planned.store.delete(key)
    with pytest.raises(ObjectMissing, match=rf"^file:///.*/{key}: no such object$"):
        train(planned)
    planned.store.put(key, data[:-4])
    with pytest.raises(IntegrityError, match=rf"^file:///.*/{key}: cut short, expected a whole .npy file$"):
        train(planned)
    planned.store.put(key, data)
    train(planned)
    planned.store.put(key, data[:-4])
    with pytest.raises(IntegrityError, match="cut short"):
        thresholds(planned)
    planned.store.put(key, data)
    thresholds(planned)

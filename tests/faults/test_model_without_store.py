"""The object store is unavailable, or features are missing or damaged, while a model is trained and used."""

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


def test_every_stage_reports_an_unavailable_store_and_works_when_repeated(bucket, tmp_path):
    run = learnable(tmp_path, store_url=f"{bucket.url}/mer", epochs=1)
    for stage in STAGES:
        bucket.line.cut()
        with pytest.raises(StoreUnavailable, match=rf"^s3://{bucket.name}/mer/"):
            stage(run)
        bucket.line.mend()
        stage(run)
        assert run.manifest(stage.__name__)["counters"]["seconds"] > 0


@pytest.fixture(scope="module")
def balanced_run(tmp_path_factory):
    """A run that has finished stage `balance`."""
    run = learnable(tmp_path_factory.mktemp("balanced"), epochs=1)
    balance(run)
    return run


def features_key_of(run, part):
    """Return the key of the features of a part's last track."""
    return features_key(content(segment_index(run, part).tracks[-1]))


def test_an_error_names_features_that_are_missing_or_cut_during_training(balanced_run):
    key = features_key_of(balanced_run, "validation")  # read at the end of an epoch
    data = balanced_run.store.get(key)
    balanced_run.store.delete(key)
    with pytest.raises(ObjectMissing, match=rf"^file:///.*/{key}: no such object$"):
        train(balanced_run)
    balanced_run.store.put(key, data[:-4])
    with pytest.raises(IntegrityError, match=rf"^file:///.*/{key}: cut short, expected a whole .npy file$"):
        train(balanced_run)
    balanced_run.store.put(key, data)
    train(balanced_run)
    balanced_run.store.put(key, data[:-4])
    with pytest.raises(IntegrityError, match="cut short"):
        thresholds(balanced_run)
    balanced_run.store.put(key, data)
    thresholds(balanced_run)

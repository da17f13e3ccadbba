"""Runs for tests of served predictions: many probabilities are equal, and the champion can be rolled back."""

from mer_tasks.config import Config
from tests.support.label_sets import EMOTIFY
from tests.support.published_runs import predictions_of, write_model_documents


def with_ties(run, seed=0):
    """Write predictions of `run` in which many probabilities are equal, and return `run`."""
    predictions = predictions_of(run.read_table("split", "split.parquet"), seed)
    for emotion in EMOTIFY.ids:
        predictions[f"probability_{emotion}"] = predictions[f"probability_{emotion}"].mul(3).round().div(3)
        predictions[f"positive_{emotion}"] = predictions[f"probability_{emotion}"] >= 0.5
    write_model_documents(run, predictions)
    return run


def rollback_arguments(folder, url, run_id):
    """Store a model for `run_id`, and return the arguments of a rollback to it."""
    config = Config.load({"store_url": folder.as_uri(), "database_url": url})
    (folder / f"runs/{run_id}/train").mkdir(parents=True, exist_ok=True)
    (folder / f"runs/{run_id}/train/music_emotion_model.keras").write_bytes(b"model")
    return config, run_id, "a test"

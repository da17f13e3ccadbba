import dataclasses
import threading

import pytest

from mer_tasks.corpus.track_metadata import artists_digest
from mer_tasks.errors import PermanentError
from mer_tasks.runs.code_digest import sources_digest
from mer_tasks.runs.run import Run
from mer_tasks.stages.publish import publish
from mer_tasks.storage.blobs import shared_digest
from tests.support.label_sets import EMOTIFY
from tests.support.published_runs import (
    LISTENERS,
    MODEL_SHA256,
    TRACKS,
    canary_of,
    comparison_of,
    complete_predict_run,
    complete_run,
    listeners_of,
    make_champion,
    metrics_of,
    predictions_of,
    rows,
    write_model_documents,
)
from tests.support.publishing import published_rows
from tests.support.run_documents import RECIPE, content, features_key, put_metadata


def test_publish_writes_every_document_of_a_run(tmp_path, database_url):
    run = complete_run(tmp_path, database_url)
    manifest = publish(run)
    assert {name: manifest["counters"][name] for name in ("tracks", "rejected", "predictions")} == {
        "tracks": len(TRACKS),
        "rejected": 2,
        "predictions": 9 * len(TRACKS),
    }
    ((mode, tries, digest, config, model, sha256, device),) = rows(
        database_url, "SELECT mode, try_number, config_digest, config, model_key, model_sha256, device FROM mer.run"
    )
    assert (mode, tries, digest, config, device) == ("train", 1, run.config.digest(), run.config.values(), "CPU")
    assert (model, sha256) == ("runs/r1/train/music_emotion_model.keras", MODEL_SHA256)
    assert rows(
        database_url, "SELECT track_id, genre, key, sha256, duration_seconds, segments FROM mer.tracks WHERE track_id = 'r03'"
    ) == [("r03", "rock", "rock/r03.mp3", content("r03"), 60.0, 20)]
    assert rows(database_url, "SELECT key, stage, reason FROM mer.rejected_files ORDER BY key") == [
        ("rock/cover.mp3", "discover", "not_audio"),
        ("rock/rbad.mp3", "features", "too_short"),
    ]
    assert rows(database_url, "SELECT stage, counter, value FROM mer.stage_counters WHERE counter = 'synthetic'") == [
        ("balance", "synthetic", 7.0)
    ]
    assert rows(database_url, "SELECT value FROM mer.stage_counters WHERE stage = 'publish' AND counter = 'predictions'") == [
        (216.0,)
    ]
    assert rows(database_url, "SELECT epoch, measure, training, validation FROM mer.training_curves ORDER BY 1, 2") == [
        (1, "learning_rate", 0.001, None),
        (1, "loss", 0.9, 0.8),
        (2, "learning_rate", 0.0005, None),
        (2, "loss", 0.5, None),
    ]


def test_published_predictions_equal_those_of_the_documents_to_the_last_bit(tmp_path, database_url):
    run = complete_run(tmp_path, database_url)
    publish(run)
    parts = run.read_table("split", "split.parquet").set_index("track_id")["part"]
    documents = [run.read_table(stage, "predictions.parquet") for stage in ("thresholds", "evaluate")]
    expected = {
        (row[1]["track_id"], emotion): (
            row[1][f"probability_{emotion}"],
            row[1][f"positive_{emotion}"],
            parts[row[1]["track_id"]],
        )
        for document in documents
        for row in document.iterrows()
        for emotion in EMOTIFY.ids
    }
    predictions = rows(database_url, "SELECT track_id, emotion, probability, positive, part FROM mer.predictions")
    assert {(track, emotion): rest for track, emotion, *rest in predictions} == {
        key: list(value) for key, value in expected.items()
    }
    assert len(predictions) == len(expected)
    assert {part for *_, part in predictions} == {"train", "validation", "test", "unlabelled"}


def test_published_votes_and_labels_equal_those_of_the_listeners(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url))
    annotations = rows(
        database_url, "SELECT votes, annotators, share, label FROM mer.annotations WHERE track_id = 'r01' ORDER BY label_no"
    )
    votes = [(3 + 5 * emotion) % (LISTENERS + 1) for emotion in range(9)]
    assert annotations == [(vote, LISTENERS, vote / LISTENERS, vote >= 3) for vote in votes]
    assert rows(database_url, "SELECT count(DISTINCT track_id) FROM mer.annotations") == [(len(TRACKS) - 4,)]


def test_groups_are_published_with_a_reason_for_each_track_of_a_pair(tmp_path, database_url):
    artists = {"p00": ["Ann"], "p01": ["ANN", "Bob"], "r02": ["Bob"]}
    fan_out = {"artists": artists, "sounds": {"r03": "r01"}, "pcm": {"r05": "one", "r06": "one"}}
    run = complete_run(tmp_path, database_url, fan_out=fan_out)
    publish(run)
    links = rows(database_url, "SELECT track_id, reason, other_track_id, artist, share FROM mer.groups ORDER BY 1, 2, 3, 4")
    assert links == [
        ("p00", "artist", None, "Ann", None),
        ("p01", "artist", None, "Ann", None),
        ("p01", "artist", None, "Bob", None),
        ("r01", "same_recording", "r03", None, 1.0),
        ("r02", "artist", None, "Bob", None),
        ("r03", "same_recording", "r01", None, 1.0),
        ("r05", "equal_samples", "r06", None, None),
        ("r06", "equal_samples", "r05", None, None),
    ]
    table = run.read_table("split", "split.parquet").set_index("track_id")
    groups = dict(rows(database_url, "SELECT track_id, group_id FROM mer.groups"))
    assert groups == table["group_id"].reindex(list(groups)).to_dict()
    assert len(set(groups.values())) == 3
    parts = dict(rows(database_url, "SELECT track_id, part FROM mer.groups"))
    assert parts["p00"] == parts["r02"] == table["part"]["p01"]


def test_published_metrics_equal_those_of_the_document(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url))
    names = tuple(metrics_of()[0])
    metrics = rows(database_url, f"SELECT {', '.join(names)} FROM mer.metrics")  # noqa: S608
    assert sorted(metrics, key=repr) == sorted((tuple(item.values()) for item in metrics_of()), key=repr)
    assert len(names) == 15


def test_published_listener_agreement_equals_that_of_the_document(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url))
    names = tuple(listeners_of()[0])
    agreements = rows(database_url, f"SELECT {', '.join(names)} FROM mer.agreements")  # noqa: S608
    assert sorted(agreements, key=repr) == sorted((tuple(item.values()) for item in listeners_of()), key=repr)
    assert len(names) == 9


def test_metrics_of_permuted_labels_are_published(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url, canary=3))
    names = ("permutation", "level", "emotion", "metric", "value", "low", "high", "inside")
    canary_rows = rows(database_url, f"SELECT {', '.join(names)} FROM mer.canaries WHERE run_id = 'r1'")  # noqa: S608
    assert sorted(canary_rows, key=repr) == sorted((tuple(item[name] for name in names) for item in canary_of(3)), key=repr)
    assert rows(database_url, "SELECT value FROM mer.stage_counters WHERE stage = 'canary' AND counter = 'permutations'") == [
        (3.0,)
    ]


def test_metrics_of_each_balance_method_are_published(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url, compare_balance=True))
    comparison_rows = rows(
        database_url,
        "SELECT balance, emotion, metric, low, value, high, difference_low, difference, difference_high FROM mer.comparisons"
        " WHERE run_id = 'r1'",
    )
    assert sorted(comparison_rows, key=repr) == sorted((tuple(item.values()) for item in comparison_of()), key=repr)


def test_publishing_twice_changes_nothing(tmp_path, database_url):
    run = complete_run(tmp_path, database_url, canary=1)
    publish(run)
    first_rows = published_rows(database_url)
    publish(run)
    assert published_rows(database_url) == first_rows
    assert first_rows["prediction"]


def test_a_later_try_replaces_an_earlier_one_and_an_earlier_try_is_refused(tmp_path, database_url):
    run = complete_run(tmp_path, database_url)
    publish(run)
    second = dataclasses.replace(run, try_number=2)
    write_model_documents(second, predictions_of(run.read_table("split", "split.parquet"), seed=5))
    publish(second)
    rows_of_second = published_rows(database_url)
    assert len(rows_of_second["run"]) == 1
    write_model_documents(run, predictions_of(run.read_table("split", "split.parquet"), seed=9))
    with pytest.raises(PermanentError, match="run r1: try 1 comes late, try 2 has published already"):
        publish(run)
    assert published_rows(database_url) == rows_of_second


def test_runs_that_publish_at_the_same_time_are_all_published(tmp_path, database_url):
    runs = [complete_run(tmp_path, database_url, run_id) for run_id in ("r1", "r2", "r3")]
    failed = []

    def work(run: Run) -> None:
        try:
            publish(run)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=[run]) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert rows(database_url, "SELECT count(*), count(DISTINCT run_id) FROM mer.predictions") == [(3 * 9 * len(TRACKS), 3)]
    assert rows(database_url, "SELECT count(*) FROM mer.tracks") == [(len(TRACKS),)]


def test_a_run_is_published_with_the_digests_of_its_code_features_and_labels(tmp_path, database_url):
    run = complete_run(tmp_path, database_url)
    publish(run)
    digests = rows(database_url, "SELECT code_digest, features_digest, labels_digest, landing_url FROM mer.runs")
    assert digests == [(sources_digest(), RECIPE, run.manifest("labels")["labels_digest"], run.landing.url)]


def test_features_of_two_recipes_have_no_common_digest():
    keys = [features_key(content(track)) for track in ("r00", "r01")]
    assert shared_digest(keys) == RECIPE
    assert shared_digest([keys[0], keys[1].replace(RECIPE, "f" * 16)]) is None
    assert shared_digest([]) is None


def test_a_run_a_champion_and_a_prediction_have_the_digest_of_their_label_set(tmp_path, database_url):
    run = complete_run(tmp_path, database_url)
    publish(run)
    make_champion(database_url)
    publish(complete_predict_run(tmp_path, database_url, "n1", [*TRACKS, "r90"], ["r90"]))
    for view in ("runs", "champions", "explanations"):
        digests = rows(database_url, f"SELECT DISTINCT label_set_digest FROM mer.{view}")  # noqa: S608
        assert digests == [(run.label_set.digest,)], view
    assert rows(database_url, "SELECT DISTINCT label_set_digest FROM mer.explain('r90')") == [(run.label_set.digest,)]


def test_the_artists_of_metadata_files_are_published_as_a_digest(tmp_path, database_url):
    run = complete_run(tmp_path, database_url)
    put_metadata(run, {"names.csv": b"track id,artist\nr01,Ann"})
    publish(run)
    assert rows(database_url, "SELECT artists_digest FROM mer.run") == [(artists_digest(run),)]
    assert artists_digest(run) is not None

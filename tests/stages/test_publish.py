import dataclasses
import threading

import pytest

from mer_tasks.config import Config
from mer_tasks.corpus.track_metadata import artists_digest
from mer_tasks.database.connection import transaction
from mer_tasks.database.queries import previous_parts, published_model
from mer_tasks.errors import ConfigError, IntegrityError, ObjectMissing, PermanentError
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
from tests.support.run_documents import RECIPE, content, features_key, line, put_metadata, rejection

TABLES = (
    "track",
    "split",
    "content_part",
    "annotation",
    "prediction",
    "threshold",
    "metric",
    "agreement",
    "training_epoch",
    "canary",
    "comparison",
    "rejected_audio",
    "track_group",
)


def published_rows(url: str) -> dict[str, list[tuple]]:
    """Read all published rows, except times and the counters of stage publish."""
    tables = {table: rows(url, f"SELECT * FROM mer.{table} AS t ORDER BY t::text") for table in TABLES}  # noqa: S608
    tables["run"] = rows(url, "SELECT run_no, run_id, tracks, rejected, model_sha256, config_digest FROM mer.run ORDER BY 1")
    tables["stage_counter"] = rows(url, "SELECT * FROM mer.stage_counter WHERE stage <> 'publish' ORDER BY 1, 2, 3")
    return tables


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


def test_a_run_whose_canary_has_no_manifest_is_not_published(tmp_path, database_url):
    run = complete_run(tmp_path, database_url, canary=1)
    run.store.delete(run.key("canary", "manifest.json"))
    with pytest.raises(ObjectMissing, match=r"canary/manifest\.json"):
        publish(run)
    assert rows(database_url, "SELECT run_id FROM mer.run") == []


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


@pytest.mark.parametrize(
    "track",
    [
        "r a\tb",
        'r"quo\'ted"',
        "r\\N",
        "r\\.",
        "r,;",
        "r\nnewline",
        "r\r\n\\.\r\n",
        "rÉ日本🎵",
        "rNULL",
        "r ",
        "r{}%s%(x)s:name",
    ],
)
def test_names_with_any_character_are_published_unchanged(tmp_path, database_url, track):
    tracks = [*TRACKS, track, "r98", "r99"]
    run = complete_run(
        tmp_path,
        database_url,
        tracks=sorted(tracks, key=lambda name: name in ("r98", "r99")),
        rejected=[{**rejection("x"), "key": f"rock/{track}.mp3", "detail": f"met {track}"}],
    )
    publish(run)
    assert rows(database_url, "SELECT key FROM mer.tracks WHERE track_id = %s", track) == [(line(track, "rock")["key"],)]
    assert rows(database_url, "SELECT count(*) FROM mer.predictions WHERE track_id = %s", track) == [(9,)]
    assert rows(database_url, "SELECT detail FROM mer.rejected_files WHERE key = %s", f"rock/{track}.mp3") == [
        (f"met {track}",)
    ]


def test_a_track_name_with_a_zero_byte_is_refused_and_named(tmp_path, database_url):
    run = complete_run(tmp_path, database_url, tracks=[*TRACKS[:11], "r\0x", *TRACKS[11:]])
    with pytest.raises(IntegrityError, match=r"track_id 'r\\x00x': expected no zero byte"):
        publish(run)
    assert published_rows(database_url)["run"] == []


def test_a_rejected_file_whose_name_is_not_unicode_is_published_with_an_escape(tmp_path, database_url):
    # os.listdir gives such names with lone surrogates
    run = complete_run(
        tmp_path, database_url, rejected=[{**rejection("x"), "key": "rock/caf\udce9\0.mp3", "sha256": None, "genre": None}]
    )
    publish(run)
    assert ("rock/caf\\udce9\\x00.mp3", None, None) in rows(database_url, "SELECT key, sha256, genre FROM mer.rejected_files")


def test_a_run_of_mode_eval_is_published_beside_the_run_whose_model_it_loads(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url))
    parts = previous_parts(database_url)
    publish(complete_run(tmp_path, database_url, "e1", mode="eval"))
    assert rows(database_url, "SELECT run_id, mode, model_run_id FROM mer.runs ORDER BY is_latest") == [
        ("r1", "train", "r1"),
        ("e1", "eval", "r1"),
    ]
    assert rows(database_url, "SELECT DISTINCT run_id FROM mer.training_curves") == [("r1",)]
    assert previous_parts(database_url) == parts
    model = {"run_id": "r1", "key": "runs/r1/train/music_emotion_model.keras", "sha256": MODEL_SHA256}
    assert published_model(database_url) == published_model(database_url, "e1") == model
    with pytest.raises(
        ConfigError, match=r"model_run='r9': no such published run; the latest training runs are 'r1' in file:///"
    ):
        published_model(database_url, "r9")
    assert published_model(database_url, store_url=tmp_path.as_uri()) == model
    with pytest.raises(ConfigError, match=r"model_run=None: no such published run in s3://other; .* 'r1' in file:///"):
        published_model(database_url, store_url="s3://other")


def test_audio_keeps_its_part_in_a_later_run(tmp_path, database_url):
    first = complete_run(tmp_path, database_url)
    publish(first)
    table = first.read_table("split", "split.parquet")
    labelled = table[table["part"] != "unlabelled"]
    by_file = dict(zip(labelled["sha256"], labelled["part"], strict=True))
    assert previous_parts(database_url) == {**by_file, **{f"pcm of {sha256}": part for sha256, part in by_file.items()}}
    second = complete_run(tmp_path, database_url, "r2", seed=7, tracks=[*TRACKS, "r90", "r91", "r92", "r93", "p90", "p91"])
    again = second.read_table("split", "split.parquet").set_index("sha256")["part"]
    assert again.reindex(labelled["sha256"]).tolist() == labelled["part"].tolist()


def test_audio_keeps_its_part_in_a_file_with_other_tags(tmp_path, database_url):
    first = complete_run(tmp_path, database_url)
    publish(first)
    before = first.read_table("split", "split.parquet").set_index("track_id")["part"]
    # new tags: other bytes, the same samples
    pcm = {track: f"pcm of {content(track)}" for track in TRACKS}
    second = complete_run(tmp_path, database_url, "r2", seed=7, retagged=pcm)
    after = second.read_table("split", "split.parquet").set_index("track_id")
    assert not set(after["sha256"]) & set(first.read_table("split", "split.parquet")["sha256"])
    assert after["part"].to_dict() == before.to_dict()


def change_parts(run: Run, changes: dict[str, str]) -> Run:
    """Change the parts of some tracks, and write the predictions again; return the run."""
    table = run.read_table("split", "split.parquet")
    table["part"] = [changes.get(track, part) for track, part in zip(table["track_id"], table["part"], strict=True)]
    run.write_table("split", "split.parquet", table)
    write_model_documents(run)
    return run


def test_audio_that_was_trained_on_never_gets_into_a_test_part_again(tmp_path, database_url):
    first = change_parts(complete_run(tmp_path, database_url), {"r00": "train", "r01": "validation", "r02": "test"})
    publish(first)
    changed = {"r00": "test", "r01": "test", "r02": "train"}
    publish(change_parts(complete_run(tmp_path, database_url, "r2"), changed))
    parts = previous_parts(database_url)
    assert [parts[content(track)] for track in changed] == ["train", "validation", "train"]
    # the older run, published again, does not change the parts
    publish(first)
    assert previous_parts(database_url) == parts


def test_a_fresh_split_replaces_the_parts_of_earlier_runs(tmp_path, database_url):
    first = change_parts(complete_run(tmp_path, database_url), {"r00": "train", "r01": "validation"})
    publish(first)
    publish(change_parts(complete_run(tmp_path, database_url, "r2", fresh_split=True), {"r00": "test", "r01": "train"}))
    parts = previous_parts(database_url)
    assert (parts[content("r00")], parts[content("r01")]) == ("test", "train")


def test_an_older_run_that_is_published_again_keeps_the_track_rows_of_a_newer_run(tmp_path, database_url):
    first = complete_run(tmp_path, database_url)
    publish(first)
    second = complete_run(tmp_path, database_url, "r2", tracks=[*TRACKS[:5], *TRACKS[6:]])
    publish(second)
    publish(dataclasses.replace(first, try_number=2))
    track_counts = rows(database_url, "SELECT last_run_id, in_latest_run, count(*) FROM mer.tracks GROUP BY 1, 2 ORDER BY 1")
    assert track_counts == [("r1", False, 1), ("r2", True, len(TRACKS) - 1)]
    assert rows(database_url, "SELECT run_id FROM mer.latest_run") == [("r2",)]
    assert rows(database_url, "SELECT count(*) FROM mer.track_emotions") == [(len(TRACKS) - 1,)]


def change_value(run: Run, stage: str, column: str, value, track: str = "r00") -> None:
    """Change a value of a track in the table of `stage`, or in the tables of predictions if `stage` is ``predictions``."""
    for folder in ("thresholds", "evaluate") if stage == "predictions" else (stage,):
        name = f"{stage}.parquet"
        table = run.read_table(folder, name)
        table.loc[table["track_id"] == track, column] = value
        run.write_table(folder, name, table)


def test_a_part_that_differs_between_split_and_predictions_is_refused(tmp_path, database_url):
    run = change_parts(complete_run(tmp_path, database_url), {"r00": "train"})
    change_value(run, "predictions", "part", "test")
    with pytest.raises(
        IntegrityError, match="track 'r00' is in the corpus, its part is train in the split and test in the predictions"
    ):
        publish(run)
    assert published_rows(database_url)["run"] == []


def test_a_track_without_a_prediction_is_refused_and_named(tmp_path, database_url):
    run = complete_run(tmp_path, database_url)
    table = run.read_table("evaluate", "predictions.parquet")
    missing = table["track_id"].iloc[0]
    run.write_table("evaluate", "predictions.parquet", table.iloc[1:])
    with pytest.raises(IntegrityError, match=f"track '{missing}' is in the corpus, .* and None in the predictions"):
        publish(run)


def test_a_group_link_to_a_track_outside_the_corpus_is_refused(tmp_path, database_url):
    run = complete_run(tmp_path, database_url, fan_out={"sounds": {"r03": "r01"}})
    links = run.read_table("split", "groups.parquet")
    run.write_table("split", "groups.parquet", links.assign(other_track_id="nobody"))
    with pytest.raises(IntegrityError, match="track_group"):
        publish(run)
    assert published_rows(database_url)["run"] == []


@pytest.mark.parametrize("value", [float("nan"), -0.1, 1.5])
def test_a_value_that_is_not_a_probability_is_refused(tmp_path, database_url, value):
    run = complete_run(tmp_path, database_url)
    change_value(run, "predictions", "probability_power", value)
    with pytest.raises(IntegrityError, match="prediction"):
        publish(run)
    assert published_rows(database_url)["run"] == []


def test_a_track_with_two_predictions_is_refused(tmp_path, database_url):
    run = complete_run(tmp_path, database_url)
    table = run.read_table("evaluate", "predictions.parquet")
    run.write_table("evaluate", "predictions.parquet", table.iloc[[0, *range(len(table))]])
    with pytest.raises(IntegrityError, match=r"Key \(track_id\)=\(.*\) already exists|duplicated"):
        publish(run)


def test_a_document_without_a_column_is_refused_and_named(tmp_path, database_url):
    run = complete_run(tmp_path, database_url)
    run.write_table("labels", "labels.parquet", run.read_table("labels", "labels.parquet").drop(columns="votes_power"))
    with pytest.raises(IntegrityError, match=r"labels\.parquet: no column 'votes_power'"):
        publish(run)


def test_nothing_is_published_if_a_document_is_missing(tmp_path, database_url):
    run = complete_run(tmp_path, database_url)
    run.store.delete(run.key("evaluate", "Music_emotion_metrics.json"))
    with pytest.raises(ObjectMissing, match=r"Music_emotion_metrics\.json"):
        publish(run)
    assert published_rows(database_url)["run"] == []


def test_the_error_without_a_database_says_how_to_set_one(tmp_path):
    with pytest.raises(ConfigError, match=r"MER_DATABASE_URL=postgresql\+psycopg2://"):
        publish(Run(Config.load({"store_url": tmp_path.as_uri()}), "r1"))


def test_a_run_of_mode_predict_publishes_predictions_and_no_results_of_training(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url))
    make_champion(database_url)
    run = complete_predict_run(tmp_path, database_url, "n1", [*TRACKS, "r90", "p90"], ["r90", "p90"])
    manifest = publish(run)
    assert {name: manifest["counters"][name] for name in ("tracks", "predictions", "gone", "served")} == {
        "tracks": 2,
        "predictions": 18,
        "gone": 0,
        "served": 2,
    }
    first_rows = published_rows(database_url)
    publish(run)
    assert published_rows(database_url) == first_rows
    for view in ("thresholds", "metrics", "annotations", "training_curves", "groups", "agreements"):
        assert rows(database_url, f"SELECT count(*) FROM mer.{view} WHERE run_id = 'n1'") == [(0,)]  # noqa: S608
    assert rows(database_url, "SELECT track_id, part, group_id = sha256 FROM mer.splits WHERE run_id = 'n1' ORDER BY 1") == [
        ("p90", "unlabelled", True),
        ("r90", "unlabelled", True),
    ]
    assert rows(database_url, "SELECT run_id FROM mer.metrics_by_run") == [("r1",)]
    assert rows(database_url, "SELECT run_id, is_latest FROM mer.runs ORDER BY 1") == [("n1", False), ("r1", True)]
    assert rows(database_url, "SELECT count(*) FROM mer.tracks WHERE in_latest_run") == [(len(TRACKS),)]
    assert rows(database_url, "SELECT run_id, count(*) FROM mer.best_tracks GROUP BY 1 ORDER BY 1") == [
        ("n1", 18),
        ("r1", 9 * len(TRACKS)),
    ]


def test_tracks_and_predictions_that_differ_are_refused_in_mode_predict_too(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url))
    run = complete_predict_run(tmp_path, database_url, "n1", [*TRACKS, "r90", "r91"], ["r90", "r91"])
    table = run.read_table("predict", "rock-1-of-1.parquet")
    run.write_table("predict", "rock-1-of-1.parquet", table.iloc[1:])
    with pytest.raises(IntegrityError, match=r"run n1: track 'r90' is in the corpus, .* and None in the predictions"):
        publish(run)
    run.write_table("predict", "rock-1-of-1.parquet", table.assign(track_id=["r90", "nobody"]))
    with pytest.raises(IntegrityError, match="run n1: track 'nobody' is not in the corpus"):
        publish(run)


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


NAMES = "SELECT title, artist, album, year, track_number, isrc, metadata, decoder, mixdown FROM mer.tracks WHERE track_id = %s"
TAGS = {"r01": {"title": "Jóga", "album": "Homogenic", "year": 1997, "track_number": 2, "mixdown": "channel 1 of 2"}}


def test_names_of_tags_and_metadata_files_are_published(tmp_path, database_url):
    run = complete_run(tmp_path, database_url, fan_out={"names": TAGS, "artists": {"r01": ["Björk", "Ann"], "r03": []}})
    put_metadata(run, {"names.csv": b"track id,title,isrc,Mood\nr02,Beyond Late,I1,calm"})
    publish(run)
    assert rows(database_url, NAMES, "r01") == [
        ("Jóga", "Björk; Ann", "Homogenic", 1997, 2, None, None, "libsndfile", "channel 1 of 2")
    ]
    assert rows(database_url, NAMES, "r02") == [
        ("Beyond Late", "artist of r02", None, None, None, "I1", {"Mood": "calm"}, "libsndfile", "mean")
    ]
    assert rows(database_url, NAMES, "r03") == [(None,) * 7 + ("libsndfile", "mean")]


def test_names_of_the_next_run_replace_the_published_ones(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url, fan_out={"names": TAGS}))
    publish(complete_run(tmp_path, database_url, "r2", fan_out={"names": {"r01": {"title": "Bachelorette"}}}))
    assert rows(database_url, NAMES, "r01")[0][:4] == ("Bachelorette", "artist of r01", None, None)


def test_a_run_of_mode_predict_updates_names_of_tracks_that_it_did_not_score(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url, fan_out={"names": TAGS}))
    make_champion(database_url)
    run = complete_predict_run(tmp_path, database_url, "n1", [*TRACKS, "r90"], ["r90"])
    put_metadata(run, {"names.csv": "track id,title,artist\nr01,Jóga (live),\nr02,Title,Artist\nr90,New,\n".encode()})
    publish(run)
    assert rows(database_url, NAMES, "r01")[0][:4] == ("Jóga (live)", "artist of r01", "Homogenic", 1997)
    assert rows(database_url, NAMES, "r02")[0][:2] == ("Title", "Artist")
    assert rows(database_url, NAMES, "r90")[0][:2] == ("New", "artist of r90")
    assert rows(database_url, "SELECT name FROM mer.listed_tracks WHERE track_id = 'r01'") == [
        ("r01\njóga (live)\nartist of r01",)
    ]


def test_the_views_that_people_query_have_title_and_artist(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url, fan_out={"names": TAGS, "sounds": {"r03": "r01"}}))
    make_champion(database_url)
    for view in ("track_emotions", "best_tracks", "current_predictions", "listed_tracks", "judgements", "explanations"):
        statement = f"SELECT DISTINCT title, artist FROM mer.{view} WHERE track_id = 'r01'"  # noqa: S608
        assert rows(database_url, statement) == [("Jóga", "artist of r01")], view
    assert rows(database_url, "SELECT DISTINCT title, artist FROM mer.explain('r01')") == [("Jóga", "artist of r01")]
    twins = "SELECT track_id, title, other_title FROM mer.groups WHERE reason = 'same_recording' ORDER BY 1"
    assert rows(database_url, twins) == [("r01", "Jóga", None), ("r03", None, "Jóga")]
    publish(complete_predict_run(tmp_path, database_url, "n1", [*TRACKS], []))
    with transaction(database_url) as cursor:
        cursor.execute("UPDATE mer.track SET sha256 = 'other' WHERE track_id = 'r01'")
        cursor.execute("INSERT INTO mer.waiting SELECT track_no FROM mer.track WHERE track_id = 'r01'")
    assert rows(database_url, "SELECT title, artist FROM mer.waiting_tracks") == [("Jóga", "artist of r01")]


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

"""Models that are fitted, compared, promoted, explained and done again, over one store and one database."""

import hashlib
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from mer_tasks.cli.main import app
from mer_tasks.config import Config
from mer_tasks.corpus.feature_maker import recipe
from mer_tasks.corpus.segments import track_targets
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.database.connection import transaction
from mer_tasks.database.migrations import bootstrap
from mer_tasks.errors import ConfigError, IntegrityError, ObjectMissing, PermanentError
from mer_tasks.evaluation.bootstrap import paired
from mer_tasks.evaluation.crossval_scores import said_of
from mer_tasks.evaluation.reproduce import reproduce
from mer_tasks.runs.artifacts import CHALLENGE
from mer_tasks.stages.balance import balance
from mer_tasks.stages.challenge import challenge
from mer_tasks.stages.evaluate import evaluate
from mer_tasks.stages.promote import promote
from mer_tasks.stages.publish import publish
from mer_tasks.stages.thresholds import thresholds
from mer_tasks.stages.train import train
from mer_tasks.storage.blobs import Blobs
from tests.support.learnable_runs import learnable
from tests.support.run_documents import content, features_key

QUICK = {"preset": "statistics", "balance": "none", "epochs": 2}


def trained(folder, url, run_id, **params):
    """A published training run."""
    run = learnable(folder, run_id, database_url=url, **{**QUICK, **params})
    for stage in (balance, train, thresholds, evaluate):
        stage(run)
    run.write_json("drift", "drift.json", {"metrics": []})
    run.write_manifest("drift", {"drifted": False, "summary": "nothing has moved", "counters": {}})
    publish(run)
    return run


@pytest.fixture(scope="module")
def urls(postgres):
    return bootstrap(postgres.url(), "mer_promotion", dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "for tests"))


@pytest.fixture(scope="module")
def first(urls, tmp_path_factory):
    """A champion that has learnt next to nothing."""
    run = trained(tmp_path_factory.mktemp("promotion"), urls["mer_writer"], "r1", epochs=1, learning_rate=1e-6)
    # it would be chance on which side of the baseline it is
    metrics = run.read_json("evaluate", "Music_emotion_metrics.json")
    for line in metrics["metrics"]:
        if (line["level"], line["metric"]) == ("track", "roc_auc_macro"):
            line["value"] = 0.6
    run.write_json("evaluate", "Music_emotion_metrics.json", metrics)
    challenge(run)
    promote(run)
    return run


@pytest.fixture(scope="module")
def second(first, urls):
    """A challenger that has learnt."""
    run = trained(first.config.scratch_dir.parent, urls["mer_writer"], "r2", learning_rate=0.01)
    challenge(run)
    return run


@pytest.fixture
def undecided(urls):
    """Takes back what a test decides."""
    yield
    with transaction(urls["mer_owner"]) as cursor:
        cursor.execute("UPDATE mer.champion SET promotion_no = 1, run_no = (SELECT run_no FROM mer.run WHERE run_id = 'r1')")
        cursor.execute("UPDATE mer.champion SET model_sha256 = (SELECT model_sha256 FROM mer.run WHERE run_id = 'r1')")
        cursor.execute("DELETE FROM mer.promotion WHERE promotion_no > 1")
        cursor.execute("UPDATE mer.serving SET run_no = (SELECT run_no FROM mer.run WHERE run_id = 'r1')")


def rows(url, statement, *values):
    with transaction(url) as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def explained(url, track):
    with transaction(url) as cursor:
        cursor.execute("SELECT * FROM mer.explain(%s)", [track])
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def of_part(run, part):
    split = run.read_table("split", "split.parquet")
    return split.loc[split["part"] == part, "track_id"].tolist()


def test_the_first_model_needs_only_to_beat_the_baseline(first):
    document = first.read_json("challenge", CHALLENGE)
    assert (document["verdict"], document["champion_model"], document["difference"]) == ("promote", None, None)
    assert (
        document["reason"]
        == "macro ROC-AUC 0.600 is above the 0.500 of the prevalence baseline, which a first model has to beat"
    )


def test_both_models_are_judged_on_the_same_tracks_that_neither_knows(first, second):
    document, tracks = second.read_json("challenge", CHALLENGE), of_part(second, "test")
    assert set(tracks) == set(of_part(first, "test"))
    assert (document["tracks"], document["test_tracks"], document["left_out"]) == (len(tracks), len(tracks), 0)
    one, two = (run.read_table("evaluate", "predictions.parquet").set_index("track_id").loc[tracks] for run in (first, second))
    labels = track_targets(tuple(tracks), second.read_table("labels", "labels.parquet")) > 0
    groups = second.read_table("split", "split.parquet").set_index("track_id").loc[tracks, "group_id"].to_numpy()
    expected = paired(labels, said_of(one), said_of(two), groups, seed=second.config.seed, few=True)
    whole = expected[None, "roc_auc_macro"]
    assert [document[name] for name in ("difference", "low", "high")] == pytest.approx([whole.value, whole.low, whole.high])
    assert document["challenger"] - document["champion"] == pytest.approx(whole.value)
    assert whole.value > 0.2
    for line in document["emotions"]:
        assert line["difference"] == pytest.approx(expected[line["emotion"], "roc_auc"].value)
    manifest = second.manifest("challenge")
    assert (manifest["value"], manifest["verdict"]) == (document["difference"], document["verdict"])


def test_a_better_model_is_promoted_and_served(second, urls, undecided):
    challenge(second)
    assert promote(second)["outcome"] == "promoted"
    found = rows(urls["mer_reader"], "SELECT run_id, outcome, difference > 0.2, tracks FROM mer.promotions ORDER BY 1")
    assert found[1] == ("r2", "promoted", True, len(of_part(second, "test")))
    served = rows(urls["mer_writer"], "SELECT DISTINCT run_id FROM mer.serving JOIN mer.run USING (run_no)")
    assert served == [("r2",)]
    document = challenge(second)
    assert (document["verdict"], document["reason"]) == ("keep", "the model of run r2 is the champion already")


def test_after_a_fresh_split_tracks_that_the_champion_knows_are_left_out(first, urls):
    run = trained(first.config.scratch_dir.parent, urls["mer_writer"], "r3", fresh_split=True, seed=7)
    challenge(run)
    document = run.read_json("challenge", CHALLENGE)
    test, known = of_part(run, "test"), {*of_part(first, "train"), *of_part(first, "validation")}
    assert document["left_out"] == len(known & set(test)) > 0
    assert document["tracks"] == len(test) - document["left_out"]
    assert "left out as known to the champion r1" in document["reason"]


def test_too_few_tracks_to_compare_on_are_said(second, monkeypatch):
    known = {content(track) for track in of_part(second, "test")[1:]}
    monkeypatch.setattr("mer_tasks.publishing.champion_comparison.known_content", lambda run: known)
    found, count = challenge(second), len(of_part(second, "test"))
    assert found["verdict"] == "keep"
    assert found["reason"].startswith(f"1 of {count} test tracks in 1 groups, {count - 1} left out")
    assert found["reason"].endswith(
        "too few, expected at least 3 groups to compare on; rollback --to r2 makes its model the champion by hand"
    )


def test_a_champion_hears_features_as_its_own_run_made_them(first, second):
    other = replace(second, config=second.config.model_copy(update={"max_duration_seconds": 900.0}))
    blobs, tracks = Blobs(first.store, "features", ".npy", recipe(first.config)), of_part(second, "test")
    facts = None
    for track in tracks[1:]:
        array = np.load(io.BytesIO(first.store.get(features_key(content(track)))))
        buffer = io.BytesIO()
        np.save(buffer, np.zeros_like(array))
        facts = {"segments": len(array), "frames": array.shape[1], "fingerprint": "", "summary": "", "bytes": 0}
        blobs.save(content(track), buffer.getvalue(), facts)
    before = {info.key: info.version for info in first.store.list("runs/")}
    challenge(other)
    document = second.read_json("challenge", CHALLENGE)
    assert (document["champion"], document["left_out"]) == (0.5, 1)
    after = {info.key: info.version for info in first.store.list("runs/")}
    assert {key for key in after if before.get(key) != after[key]} <= {
        second.key("challenge", name) for name in (CHALLENGE, "manifest.json")
    }


@pytest.mark.parametrize(("damage", "error"), [("delete", ObjectMissing), ("put", IntegrityError)])
def test_a_champion_whose_file_is_not_there_or_not_it_is_refused_and_stays_served(first, second, urls, damage, error):
    key = first.manifest("train")["model"]["key"]
    kept, before = first.store.get(key), rows(urls["mer_writer"], "SELECT * FROM mer.serving")
    try:
        first.store.delete(key) if damage == "delete" else first.store.put(key, b"something else")
        with pytest.raises(error, match=r"champion r1: .*what it said stays served: .* rollback --to RUN"):
            challenge(second)
    finally:
        first.store.put(key, kept)
    assert rows(urls["mer_writer"], "SELECT * FROM mer.serving") == before


def test_a_champion_in_another_store_is_named(first, second, tmp_path):
    elsewhere = Config.load({**second.config.model_dump(), "store_url": tmp_path.as_uri(), "database_url": None})
    run = replace(second, config=elsewhere.model_copy(update={"database_url": second.config.database_url}))
    run.write_manifest("train", {"model": {"run_id": "r2", "key": "x", "sha256": "x"}})
    with pytest.raises(ConfigError, match=r"champion r1: its outputs are in .*, expected .*MER_STORE_URL"):
        challenge(run)


def test_a_track_is_explained_by_all_that_made_its_prediction(first, second, urls):
    track = of_part(first, "train")[0]
    found = explained(urls["mer_reader"], track)
    assert [row["is_served"] for row in found[:10]] == [True] * 9 + [False]
    assert {row["scored_by"] for row in found} >= {"r1", "r2"}
    row, model = found[0], first.manifest("train")["model"]
    rule = first.read_json("thresholds", "thresholds.json")
    labels = first.read_table("labels", "labels.parquet").set_index("track_id").loc[track]
    said = first.read_table("evaluate", "predictions.parquet").set_index("track_id").loc[track]
    assert (row["emotion"], row["scored_by"], row["model_run_id"], row["mode"]) == ("amazement", "r1", "r1", "train")
    assert (row["probability"], row["positive"]) == (said["probability_amazement"], said["positive_amazement"])
    found_rule = [row[name] for name in ("threshold", "temperature", "logit_offset")]
    assert found_rule == [rule[name]["amazement"] for name in ("thresholds", "temperatures", "offsets")]
    assert (row["model_uri"], row["model_sha256"]) == (first.store.uri(model["key"]), model["sha256"])
    assert (row["votes"], row["annotators"]) == (labels["votes_amazement"], labels["annotators"])
    assert (row["part"], row["group_id"], row["content_sha256"]) == ("train", content(track), content(track))
    assert first.store.get(row["features_uri"].removeprefix(first.store.url + "/"))
    assert (row["champion_then"], row["champion_now"]) == (False, True)
    assert row["champion_since"] > row["scored_at"]
    assert (row["config"], row["config_digest"]) == (first.config.values(), first.config.digest())
    assert row["model_config"] == row["config"]
    assert row["code_digest"] == row["model_code_digest"]
    assert row["gone_at"] is None


def test_an_unknown_track_has_no_explanation(first, urls):
    assert explained(urls["mer_reader"], "nobody's") == []
    assert explained(urls["mer_reader"], "'; DROP TABLE mer.run; --") == []


def test_a_track_is_explained_without_reading_other_tracks(first, urls):
    with transaction(urls["mer_owner"]) as cursor:
        for table in ("prediction", "split", "annotation", "track", "serving"):
            cursor.execute(f"ANALYZE mer.{table}")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT * FROM mer.explain('r00')")
        plan = "\n".join(line for (line,) in cursor)
    for table in ("prediction", "split", "annotation", "track", "serving"):
        scans = [line for line in plan.splitlines() if f" on {table} " in line or f" on {table}\n" in line]
        assert not [line for line in scans if "Seq Scan" in line], plan
    assert "Index Cond: (track_id = 'r00'::text)" in plan


def test_a_reader_may_explain_and_nobody_else(urls):
    found = rows(
        urls["mer_owner"],
        "SELECT has_function_privilege('mer_reader', oid, 'EXECUTE'), starts_with(proacl::text, '{=X'), prosecdef"
        " FROM pg_proc WHERE proname = 'explain' AND pronamespace = 'mer'::regnamespace",
    )
    assert found == [(True, False, False)]


def told(run) -> Config:
    return Config.load({"store_url": run.store.url, "database_url": run.config.database_url.get_secret_value()})


def test_a_run_is_reproduced_to_the_last_bit(second):
    found = reproduce(told(second), "r2")
    assert (found.tracks, found.difference, found.decisions, found.remade) == (len(of_part(second, "test")), 0.0, 0, 0)
    assert found.same


@pytest.fixture
def moved(second, urls):
    """One published probability of a test track is another."""
    track = of_part(second, "test")[0]
    change = (
        "UPDATE mer.prediction SET probability = probability {} 0.0001 WHERE emotion = 'power'"
        " AND run_no = (SELECT run_no FROM mer.run WHERE run_id = 'r2')"
        " AND track_no = (SELECT track_no FROM mer.track WHERE track_id = %s)"
    )
    sign = ("+", "-") if _probability(second, track) < 0.5 else ("-", "+")
    with transaction(urls["mer_owner"]) as cursor:
        cursor.execute(change.format(sign[0]), [track])
    yield
    with transaction(urls["mer_owner"]) as cursor:
        cursor.execute(
            "UPDATE mer.prediction SET probability = %s WHERE emotion = 'power' AND run_no ="
            " (SELECT run_no FROM mer.run WHERE run_id = 'r2') AND track_no ="
            " (SELECT track_no FROM mer.track WHERE track_id = %s)",
            [_probability(second, track), track],
        )


def _probability(run, track):
    return float(run.read_table("evaluate", "predictions.parquet").set_index("track_id").loc[track, "probability_power"])


def command(run, *arguments):
    places = {"MER_DATABASE_URL": run.config.database_url.get_secret_value(), "MER_STORE_URL": run.store.url}
    return CliRunner().invoke(app, list(arguments), env=places)


def test_a_published_row_that_was_changed_is_found(second, moved):
    assert reproduce(told(second), "r2").difference == pytest.approx(0.0001)
    done = command(second, "reproduce", "r2")
    assert "run r2: largest difference 0.0001 on" in done.stdout
    assert isinstance(done.exception, PermanentError)
    assert "expected at most 1e-06 and none" in str(done.exception)


def test_a_rule_that_was_changed_is_found(second):
    rule = second.read_json("thresholds", "thresholds.json")
    try:
        second.write_json("thresholds", "thresholds.json", {**rule, "thresholds": dict.fromkeys(rule["thresholds"], 2.0)})
        found = reproduce(told(second), "r2")
    finally:
        second.write_json("thresholds", "thresholds.json", rule)
    assert (found.difference, found.same) == (0.0, False)
    assert found.decisions > 0


def test_what_a_run_cannot_be_reproduced_from_is_named(second):
    track = min(of_part(second, "test"))
    key = features_key(content(track))
    kept = second.store.get(key)
    try:
        second.store.delete(key)
        with pytest.raises(IntegrityError, match=rf"run r2: the features of 1 tracks are gone .* first '{track}': unreadable"):
            reproduce(told(second), "r2")
    finally:
        second.store.put(key, kept)
    model = second.manifest("train")["model"]["key"]
    kept = second.store.get(model)
    try:
        second.store.put(model, b"something else")
        with pytest.raises(IntegrityError, match=r"sha256 \w+, expected \w+: this is not the model that was published"):
            reproduce(told(second), "r2")
    finally:
        second.store.put(model, kept)
    with pytest.raises(ConfigError, match=r"run 'r9': not published, expected one of mer\.runs"):
        reproduce(told(second), "r9")


def test_a_run_whose_documents_are_of_other_audio_is_not_reproduced(second, urls):
    track = of_part(second, "test")[0]
    change = (
        "UPDATE mer.split SET sha256 = %s WHERE run_no = (SELECT run_no FROM mer.run WHERE run_id = 'r2')"
        " AND track_no = (SELECT track_no FROM mer.track WHERE track_id = %s)"
    )
    with transaction(urls["mer_owner"]) as cursor:
        cursor.execute(change, [hashlib.sha256(b"other").hexdigest(), track])
    try:
        with pytest.raises(IntegrityError, match=rf"run r2: 1 published tracks are not in its documents .* first '{track}'"):
            reproduce(told(second), "r2")
    finally:
        with transaction(urls["mer_owner"]) as cursor:
            cursor.execute(change, [content(track), track])


def test_commands_say_what_they_did(first, second, undecided):
    challenge(second)
    promote(second)
    done = command(second, "rollback", "--by", "ann")
    assert done.exit_code == 0, done.exception
    assert done.stdout.splitlines() == [
        "champion is the model of run r1, before it was that of run r2",
        f"{len(load_corpus(first).tracks)} tracks have its predictions from now on; mer_predict scores those that it has not"
        " scored yet",
    ]
    done = command(second, "reproduce", "r1")
    assert done.exit_code == 0, done.exception
    assert done.stdout.startswith("run r1: largest difference 0 on ")
    done = command(second, "explain", "r00", "--json")
    assert [(row["scored_by"], row["is_served"]) for row in json.loads(done.stdout)] == [("r1", True)] * 9
    assert command(second, "explain", "r00").stdout.endswith("9 rows\n")
    assert "track 'x': no run has scored it" in str(command(second, "explain", "x").exception)

"""Train, compare, promote, explain and reproduce models, with one store and one database."""

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
from mer_tasks.evaluation.bootstrap import paired_differences
from mer_tasks.evaluation.crossval_scores import predictions_from_table
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
from tests.support.label_sets import EMOTIFY
from tests.support.learnable_runs import learnable
from tests.support.run_documents import content, features_key

QUICK = {"preset": "statistics", "balance": "none", "epochs": 2}


def trained(folder, url, run_id, **params):
    """Run the stages of a training run, and publish it."""
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
    """Run r1, whose model has learnt almost nothing and is the champion."""
    run = trained(tmp_path_factory.mktemp("promotion"), urls["mer_writer"], "r1", epochs=1, learning_rate=1e-6)
    # whether such a model is above the baseline would be chance, so its value is set
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
    """Run r2, the challenger, whose model has learnt."""
    run = trained(first.config.scratch_dir.parent, urls["mer_writer"], "r2", learning_rate=0.01)
    challenge(run)
    return run


@pytest.fixture
def undecided(urls):
    """Undo the decisions of a test when it ends: run r1 is the champion again, and its predictions are served."""
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


def test_the_first_model_only_has_to_beat_the_baseline(first):
    document = first.read_json("challenge", CHALLENGE)
    assert (document["verdict"], document["champion_model"], document["difference"]) == ("promote", None, None)
    assert document["reason"].startswith(
        "macro ROC-AUC 0.600 is above the 0.500 of the prevalence baseline, which a first model has to beat;"
        " provisional: not shown to be better than guessing (95 % interval 0."
    )


def test_both_models_are_compared_on_the_same_tracks_that_neither_was_trained_on(first, second):
    document = second.read_json("challenge", CHALLENGE)
    tracks = of_part(second, "test")
    assert set(tracks) == set(of_part(first, "test"))
    assert (document["tracks"], document["test_tracks"], document["left_out"]) == (len(tracks), len(tracks), 0)
    of_champion = first.read_table("evaluate", "predictions.parquet").set_index("track_id").loc[tracks]
    of_challenger = second.read_table("evaluate", "predictions.parquet").set_index("track_id").loc[tracks]
    labels = track_targets(tuple(tracks), second.read_table("labels", "labels.parquet"), EMOTIFY) > 0
    groups = second.read_table("split", "split.parquet").set_index("track_id").loc[tracks, "group_id"].to_numpy()
    expected = paired_differences(
        labels,
        predictions_from_table(of_champion, EMOTIFY),
        predictions_from_table(of_challenger, EMOTIFY),
        groups,
        EMOTIFY,
        seed=second.config.seed,
        few=True,
    )
    macro = expected[None, "roc_auc_macro"]
    assert [document[name] for name in ("difference", "low", "high")] == pytest.approx([macro.value, macro.low, macro.high])
    assert document["challenger"] - document["champion"] == pytest.approx(macro.value)
    assert macro.value > 0.2
    for line in document["emotions"]:
        assert line["difference"] == pytest.approx(expected[line["emotion"], "roc_auc"].value)
    manifest = second.manifest("challenge")
    assert (manifest["value"], manifest["verdict"]) == (document["difference"], document["verdict"])


def test_a_better_model_is_promoted_and_served(second, urls, undecided):
    challenge(second)
    assert promote(second)["outcome"] == "promoted"
    promotions = rows(urls["mer_reader"], "SELECT run_id, outcome, difference > 0.2, tracks FROM mer.promotions ORDER BY 1")
    assert promotions[1] == ("r2", "promoted", True, len(of_part(second, "test")))
    served = rows(urls["mer_writer"], "SELECT DISTINCT run_id FROM mer.serving JOIN mer.run USING (run_no)")
    assert served == [("r2",)]
    document = challenge(second)
    assert (document["verdict"], document["reason"]) == ("keep", "the model of run r2 is the champion already")


def test_tracks_that_the_champion_was_trained_on_are_left_out_after_a_fresh_split(first, urls):
    run = trained(first.config.scratch_dir.parent, urls["mer_writer"], "r3", fresh_split=True, seed=7)
    challenge(run)
    document = run.read_json("challenge", CHALLENGE)
    test = of_part(run, "test")
    seen_by_champion = {*of_part(first, "train"), *of_part(first, "validation")}
    assert document["left_out"] == len(seen_by_champion & set(test)) > 0
    assert document["tracks"] == len(test) - document["left_out"]
    assert "left out that the champion r1 has seen or cannot score" in document["reason"]


def test_the_reason_says_that_too_few_tracks_are_left_to_compare(second, monkeypatch):
    all_but_one = {content(track) for track in of_part(second, "test")[1:]}
    monkeypatch.setattr("mer_tasks.publishing.champion_comparison.seen_content", lambda run: all_but_one)
    count = len(of_part(second, "test"))
    document = challenge(second)
    assert document["verdict"] == "keep"
    assert document["reason"].startswith(f"1 of {count} test tracks in 1 groups, {count - 1} left out")
    assert document["reason"].endswith(
        "too few, expected at least 3 groups to compare on; rollback --to r2 makes its model the champion by hand"
    )


def test_a_champion_scores_features_made_with_the_configuration_of_its_own_run(first, second):
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
def test_a_champion_with_a_missing_or_damaged_model_file_is_an_error_and_stays_served(first, second, urls, damage, error):
    key = first.manifest("train")["model"]["key"]
    model_file = first.store.get(key)
    before = rows(urls["mer_writer"], "SELECT * FROM mer.serving")
    try:
        first.store.delete(key) if damage == "delete" else first.store.put(key, b"something else")
        with pytest.raises(error, match=r"champion r1: .*its predictions stay served: .* rollback --to RUN"):
            challenge(second)
    finally:
        first.store.put(key, model_file)
    assert rows(urls["mer_writer"], "SELECT * FROM mer.serving") == before


def test_the_error_for_a_champion_in_another_store_names_that_store(first, second, tmp_path):
    elsewhere = Config.load({**second.config.model_dump(), "store_url": tmp_path.as_uri(), "database_url": None})
    run = replace(second, config=elsewhere.model_copy(update={"database_url": second.config.database_url}))
    run.write_manifest("train", {"model": {"run_id": "r2", "key": "x", "sha256": "x"}})
    with pytest.raises(ConfigError, match=r"champion r1: its outputs are in .*, expected .*MER_STORE_URL"):
        challenge(run)


def test_the_explanation_of_a_track_names_run_model_rule_votes_and_files(first, second, urls):
    track = of_part(first, "train")[0]
    explanation = explained(urls["mer_reader"], track)
    assert [row["is_served"] for row in explanation[:10]] == [True] * 9 + [False]
    assert {row["scored_by"] for row in explanation} >= {"r1", "r2"}
    row = explanation[0]
    model = first.manifest("train")["model"]
    rule = first.read_json("thresholds", "thresholds.json")
    labels = first.read_table("labels", "labels.parquet").set_index("track_id").loc[track]
    predicted = first.read_table("evaluate", "predictions.parquet").set_index("track_id").loc[track]
    assert (row["emotion"], row["scored_by"], row["model_run_id"], row["mode"]) == ("amazement", "r1", "r1", "train")
    assert (row["probability"], row["positive"]) == (predicted["probability_amazement"], predicted["positive_amazement"])
    explained_rule = [row[name] for name in ("threshold", "temperature", "logit_offset")]
    assert explained_rule == [rule[name]["amazement"] for name in ("thresholds", "temperatures", "offsets")]
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


def test_only_readers_may_call_explain(urls):
    privileges = rows(
        urls["mer_owner"],
        "SELECT has_function_privilege('mer_reader', oid, 'EXECUTE'), starts_with(proacl::text, '{=X'), prosecdef"
        " FROM pg_proc WHERE proname = 'explain' AND pronamespace = 'mer'::regnamespace",
    )
    assert privileges == [(True, False, False)]


def store_and_database(run) -> Config:
    return Config.load({"store_url": run.store.url, "database_url": run.config.database_url.get_secret_value()})


def test_the_predictions_of_a_run_are_reproduced_exactly(second):
    result = reproduce(store_and_database(second), "r2")
    assert (result.tracks, result.difference, result.decisions, result.remade) == (len(of_part(second, "test")), 0.0, 0, 0)
    assert result.same


@pytest.fixture
def changed_probability(second, urls):
    """Change one published probability of a test track by 0.0001."""
    track = of_part(second, "test")[0]
    change = (
        "UPDATE mer.prediction SET probability = probability {} 0.0001 WHERE label_no = 6"
        " AND run_no = (SELECT run_no FROM mer.run WHERE run_id = 'r2')"
        " AND track_no = (SELECT track_no FROM mer.track WHERE track_id = %s)"
    )
    sign = ("+", "-") if _probability(second, track) < 0.5 else ("-", "+")
    with transaction(urls["mer_owner"]) as cursor:
        cursor.execute(change.format(sign[0]), [track])
    yield
    with transaction(urls["mer_owner"]) as cursor:
        cursor.execute(
            "UPDATE mer.prediction SET probability = %s WHERE label_no = 6 AND run_no ="
            " (SELECT run_no FROM mer.run WHERE run_id = 'r2') AND track_no ="
            " (SELECT track_no FROM mer.track WHERE track_id = %s)",
            [_probability(second, track), track],
        )


def _probability(run, track):
    return float(run.read_table("evaluate", "predictions.parquet").set_index("track_id").loc[track, "probability_power"])


def command(run, *arguments):
    places = {"MER_DATABASE_URL": run.config.database_url.get_secret_value(), "MER_STORE_URL": run.store.url}
    return CliRunner().invoke(app, list(arguments), env=places)


def test_reproduce_detects_a_changed_row_in_the_database(second, changed_probability):
    assert reproduce(store_and_database(second), "r2").difference == pytest.approx(0.0001)
    done = command(second, "reproduce", "r2")
    assert "run r2: largest difference 0.0001 on" in done.stdout
    assert isinstance(done.exception, PermanentError)
    assert "expected a difference of at most 1e-06 and no other decision" in str(done.exception)


def test_reproduce_detects_a_changed_threshold(second):
    rule = second.read_json("thresholds", "thresholds.json")
    try:
        second.write_json("thresholds", "thresholds.json", {**rule, "thresholds": dict.fromkeys(rule["thresholds"], 2.0)})
        result = reproduce(store_and_database(second), "r2")
    finally:
        second.write_json("thresholds", "thresholds.json", rule)
    assert (result.difference, result.same) == (0.0, False)
    assert result.decisions > 0


def test_the_error_names_the_missing_or_damaged_file_that_prevents_a_reproduction(second):
    track = min(of_part(second, "test"))
    key = features_key(content(track))
    features = second.store.get(key)
    try:
        second.store.delete(key)
        with pytest.raises(IntegrityError, match=rf"run r2: the features of 1 tracks are gone .* first '{track}': unreadable"):
            reproduce(store_and_database(second), "r2")
    finally:
        second.store.put(key, features)
    model_key = second.manifest("train")["model"]["key"]
    model_file = second.store.get(model_key)
    try:
        second.store.put(model_key, b"something else")
        with pytest.raises(IntegrityError, match=r"sha256 \w+, expected \w+: this is not the model that was published"):
            reproduce(store_and_database(second), "r2")
    finally:
        second.store.put(model_key, model_file)
    with pytest.raises(ConfigError, match=r"run 'r9': not published, expected one of mer\.runs"):
        reproduce(store_and_database(second), "r9")


def test_a_run_is_not_reproduced_if_its_documents_describe_other_audio(second, urls):
    track = of_part(second, "test")[0]
    change = (
        "UPDATE mer.split SET sha256 = %s WHERE run_no = (SELECT run_no FROM mer.run WHERE run_id = 'r2')"
        " AND track_no = (SELECT track_no FROM mer.track WHERE track_id = %s)"
    )
    with transaction(urls["mer_owner"]) as cursor:
        cursor.execute(change, [hashlib.sha256(b"other").hexdigest(), track])
    try:
        with pytest.raises(IntegrityError, match=rf"run r2: 1 published tracks are not in its documents .* first '{track}'"):
            reproduce(store_and_database(second), "r2")
    finally:
        with transaction(urls["mer_owner"]) as cursor:
            cursor.execute(change, [content(track), track])


def test_commands_print_the_result_of_rollback_reproduce_and_explain(first, second, undecided):
    challenge(second)
    promote(second)
    done = command(second, "rollback", "--by", "ann")
    assert done.exit_code == 0, done.exception
    assert done.stdout.splitlines() == [
        "champion is now the model of run r1; the champion before was the model of run r2",
        f"{len(load_corpus(first).tracks)} tracks are now served with predictions of another run; mer_predict scores the tracks"
        " that the champion has not scored yet",
    ]
    done = command(second, "reproduce", "r1")
    assert done.exit_code == 0, done.exception
    assert done.stdout.startswith("run r1: largest difference 0 on ")
    done = command(second, "explain", "r00", "--json")
    assert [(row["scored_by"], row["is_served"]) for row in json.loads(done.stdout)] == [("r1", True)] * 9
    assert command(second, "explain", "r00").stdout.endswith("9 rows\n")
    assert "track 'x': no run has scored it" in str(command(second, "explain", "x").exception)

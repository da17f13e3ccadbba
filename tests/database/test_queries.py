import re

import numpy as np
import pytest

from mer_tasks.database.connection import SQL
from mer_tasks.database.migrations import bootstrap
from mer_tasks.database.queries import query
from mer_tasks.errors import ConfigError
from mer_tasks.evaluation.metrics import CEILINGS
from mer_tasks.stages.publish import publish
from tests.support.crossval_runs import published as compared
from tests.support.label_sets import EMOTIFY
from tests.support.published_runs import (
    TRACKS,
    canary_of,
    comparison_of,
    complete_predict_run,
    complete_run,
    genre_of,
    listeners_of,
    make_champion,
    metrics_of,
    predictions_of,
)
from tests.support.run_documents import rejection

FILES = sorted((SQL / "queries").glob("*.sql"))


@pytest.fixture(scope="module")
def published(postgres, tmp_path_factory):
    """Publish two training runs and a run of mode predict; return the second training run and a reader's URL.

    The second run's model is the champion. Run `n1` scored `p90` with it. `p03` is no longer in the landing zone. `r60`, which
    is in the first run only, is in the landing zone again, but not scored.
    """
    urls = bootstrap(postgres.url(), "mer_queries", dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "for tests: %/@"))
    folder = tmp_path_factory.mktemp("queries")
    first = complete_run(folder, urls["mer_writer"], "r1", tracks=[*TRACKS[:6], "r60", *TRACKS[6:]])
    publish(first)
    fan_out = {
        "sounds": {"r03": "r01", "p51": "r02"},
        "artists": {"r04": ["Ann"], "r05": ["Ann"]},
        "names": {"r01": {"title": "Jóga"}},
    }
    latest = complete_run(
        folder, urls["mer_writer"], "r2", tracks=[*TRACKS, "p50", "p51"], fan_out=fan_out, canary=2, compare_balance=True
    )
    latest.write_json("drift", "drift.json", {"metrics": drift_lines()})
    publish(latest)
    make_champion(urls["mer_writer"], "r2")
    landed = [*(track for track in [*TRACKS, "p50", "p51"] if track != "p03"), "r60", "p90"]
    bad = [rejection("noise", stage="discover", reason="not_audio")]
    publish(complete_predict_run(folder, urls["mer_writer"], "n1", landed, ["p90"], "r2", bad))
    compared(folder, urls["mer_writer"])
    return latest, urls["mer_reader"]


def drift_lines():
    """Make drift lines of a run whose genre pop has drifted from the training data of the first run."""
    facts = {"champion_run_no": 1, "threshold": 0.25, "tracks": 12, "reference_tracks": 40, "same_genre": True}
    features = {**facts, "measure": "features", "emotion": None, "statistic": "mfcc_2_mean", "mean_psi": 0.2, "chance": 0.6}
    predictions = {**features, "measure": "predictions", "emotion": "power", "statistic": None, "mean_psi": None}
    return [
        {**features, "genre": None, "psi": 0.5, "drifted": False},
        {**features, "genre": "pop", "psi": 0.9, "drifted": True},
        {**predictions, "genre": "pop", "psi": 0.7, "drifted": True},
    ]


def wide(run):
    """Read the predictions of `thresholds` and `evaluate` as one table."""
    import pandas as pd

    return pd.concat([run.read_table(stage, "predictions.parquet") for stage in ("thresholds", "evaluate")]).set_index(
        "track_id"
    )


def served(run):
    """Return the served predictions of all tracks that are in the landing zone, as one table."""
    import pandas as pd

    scored = predictions_of(pd.DataFrame({"track_id": ["p90"], "part": ["unlabelled"]}), seed=2).set_index("track_id")
    return pd.concat([wide(run), scored]).drop(index="p03")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_reader_can_run_every_query_with_its_defaults(published, path):
    _, url = published
    assert query(url, path.stem)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_query_begins_with_its_question_and_declares_its_parameters(path):
    text = path.read_text()
    question, *head = [line for line in text.splitlines() if line.startswith("--")]
    body = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    assert question.endswith("?")
    assert set(re.findall(r":(\w+)", body.replace("::", ""))) == {
        line[4:].split(" =")[0] for line in head if line.startswith("-- :")
    }
    assert body.startswith("SELECT")
    assert ";" not in body


def test_the_cookbook_has_at_least_ten_queries():
    assert len(FILES) >= 10


def test_drift_is_sorted_by_size(published):
    _, url = published
    rows = query(url, "drift")
    assert [(row["genre"], row["measure"], row["most_moved"], row["drifted"]) for row in rows] == [
        ("pop", "features", "mfcc_2_mean", True),
        ("pop", "predictions", "power", True),
        ("all genres", "features", "mfcc_2_mean", False),
    ]


def test_tracks_for_emotion_are_sorted_by_probability(published):
    run, url = published
    power = served(run)["probability_power"].sort_values(ascending=False)
    rows = query(url, "tracks_for_emotion", {"emotion": "power", "rows": 100})
    assert [(row["rank"], row["track_id"], row["probability"]) for row in rows] == [
        (1 + sum(other > value for other in power), track, value) for track, value in power.items()
    ]
    pop = query(url, "tracks_for_emotion", {"emotion": "power", "genre": "pop", "rows": 3})
    assert [row["track_id"] for row in pop] == [track for track in power.index if track.startswith("p")][:3]


def test_tracks_between_emotions_have_one_emotion_and_not_the_other(published):
    run, url = published
    table = served(run)
    chosen = table[table["positive_calmness"] & ~table["positive_sadness"]]
    rows = query(url, "tracks_between_emotions", {"wanted": "calmness", "unwanted": "sadness", "rows": 100})
    order = (chosen["probability_sadness"] - chosen["probability_calmness"]).sort_values()
    assert [row["track_id"] for row in rows] == order.index.tolist()


def test_track_and_listeners_has_predictions_with_shares_and_labels(published):
    run, url = published
    labels = run.read_table("labels", "labels.parquet").set_index("track_id").loc["r01"]
    predictions = wide(run).loc["r01"]
    rows = query(url, "track_and_listeners", {"track_id": "r01"})
    assert [(row["emotion"], row["probability"], row["share"], row["label"]) for row in rows] == [
        (name, predictions[f"probability_{name}"], labels[f"share_{name}"], labels[f"label_{name}"]) for name in EMOTIFY.ids
    ]
    unlabelled_rows = query(url, "track_and_listeners", {"track_id": "p51"})
    assert [(row["part"], row["votes"], row["label"]) for row in unlabelled_rows] == [("unlabelled", None, None)] * 9


def test_track_over_runs_has_a_row_for_each_run_that_scored_the_track(published):
    _, url = published
    assert {row["run_id"] for row in query(url, "track_over_runs", {"track_id": "p90"})} == {"n1"}
    rows = query(url, "track_over_runs", {"track_id": "r01", "emotion": "tension"})
    assert [(row["run_id"], row["emotion"]) for row in rows] == [("r1", "tension"), ("r2", "tension")]
    assert len(query(url, "track_over_runs", {"track_id": "p50"})) == 9


def test_model_and_baseline_has_values_of_the_metrics_document(published):
    _, url = published
    document = [line for line in metrics_of() if line["level"] == "segment" and line["metric"] == "pr_auc"]
    rows = query(url, "model_and_baseline", {"level": "segment", "metric": "pr_auc"})
    assert [(row["emotion"], row["value"], row["baseline"], row["gain"]) for row in rows] == [
        (line["emotion"], line["value"], line["baseline"], pytest.approx(line["value"] - line["baseline"])) for line in document
    ]
    assert query(url, "model_and_baseline")[-1]["value"] is None


def test_model_and_baseline_has_intervals_and_listeners_scores(published):
    _, url = published
    document = [line for line in metrics_of() if line["level"] == "track" and line["metric"] == "f1"]
    names = ("emotion", "low", "high", "split_half", "panel")
    assert [[row[name] for name in names] for row in query(url, "model_and_baseline", {"metric": "f1"})] == [
        [line[name] for name in names] for line in document
    ]


def test_calibration_compares_calibrated_and_uncalibrated_probabilities(published):
    _, url = published
    values = {(line["level"], line["emotion"]): line["value"] for line in metrics_of() if line["metric"].startswith("brier")}
    rows = query(url, "calibration")
    assert [row["emotion"] for row in rows] == [*EMOTIFY.ids, None]
    for row in rows:
        emotion = row["emotion"]
        assert (row["uncalibrated"], row["calibrated"]) == (values["uncalibrated", emotion], values["track", emotion])
        assert (row["temperature"], row["logit_offset"]) == ((2.0, 0.25) if emotion else (None, None))


def test_balance_compared_has_values_of_the_comparison_document(published):
    _, url = published
    lines = {line["balance"]: line for line in comparison_of() if line["metric"] == "roc_auc_macro"}
    rows = query(url, "balance_compared")
    assert [row["balance"] for row in rows] == ["none", "smote"]
    assert all(row[name] == lines[row["balance"]][name] for row in rows for name in ("value", "low", "difference"))
    assert query(url, "balance_compared", {"run_id": "r1"}) == []


def test_canary_summarises_the_trainings_on_permuted_labels(published):
    _, url = published
    lines = [line for line in canary_of(2) if line["metric"] == "f1_macro"]
    rows = query(url, "canary")
    assert [(row["metric"], row["permutations"], row["within_chance"]) for row in rows] == [
        ("f1_macro", 2, True),
        ("roc_auc_macro", 2, True),
    ]
    assert (rows[0]["lowest"], rows[0]["highest"]) == (min(x["value"] for x in lines), max(x["value"] for x in lines))
    assert (rows[0]["chance_from"], rows[0]["chance_to"]) == (min(x["low"] for x in lines), max(x["high"] for x in lines))
    assert query(url, "canary", {"run_id": "r1"}) == []


def test_runs_compared_has_the_metrics_of_each_run(published):
    _, url = published
    (f1,) = [line for line in metrics_of() if line["metric"] == "f1_macro" and line["level"] == "track"]
    rows = query(url, "runs_compared")
    names = ("f1_macro", "f1_macro_low", "f1_macro_high", "f1_macro_baseline")
    assert [(row["run_id"], *(row[name] for name in names)) for row in rows] == [
        (name, f1["value"], f1["low"], f1["high"], f1["baseline"]) for name in ("r2", "r1")
    ]


def test_runs_has_the_champion_and_the_decision_on_each_model(published):
    _, url = published
    (f1,) = [line for line in metrics_of() if line["metric"] == "f1_macro" and line["level"] == "track"]
    rows = query(url, "runs")
    assert [(row["run_id"], row["champion"], row["outcome"]) for row in rows] == [
        ("n1", False, None),
        ("r2", True, "promoted"),
        ("r1", False, None),
    ]
    names = ("f1_macro", "f1_macro_low", "f1_macro_high", "f1_macro_baseline")
    assert [[row[name] for name in names] for row in rows] == [
        [None] * 4,
        *[[f1[name] for name in ("value", "low", "high", "baseline")]] * 2,
    ]


def test_about_run_finds_a_run_by_name_and_the_newest_by_default(published):
    _, url = published
    (newest,) = query(url, "about_run")
    assert (newest["run_id"], newest["mode"], newest["by_champion"]) == ("r2", "train", True)
    (scored,) = query(url, "about_run", {"run_id": "n1"})
    assert (scored["run_id"], scored["model_run_id"], scored["by_champion"]) == ("n1", "r2", True)
    (first,) = query(url, "about_run", {"run_id": "r1"})
    assert (first["mode"], first["by_champion"], first["config"]["compare_balance"]) == ("train", False, False)
    assert query(url, "about_run", {"run_id": "nobody's"}) == []


def test_genres_counts_the_tracks_that_are_in_the_landing_zone(published):
    _, url = published
    assert [tuple(row.values()) for row in query(url, "genres")] == [("pop", 14), ("rock", 13)]


def test_rejected_files_are_selected_by_run_and_reason(published):
    _, url = published
    assert [row["key"] for row in query(url, "rejected_files")] == ["rock/noise.mp3"]
    assert [(row["key"], row["reason"]) for row in query(url, "rejected_files", {"run_id": "r2"})] == [
        ("rock/cover.mp3", "not_audio"),
        ("rock/rbad.mp3", "too_short"),
    ]
    assert [row["stage"] for row in query(url, "rejected_files", {"reason": "too_short", "run_id": "r1"})] == ["features"]


def test_work_by_run_counts_computed_and_reused_tracks(published):
    _, url = published
    rows = query(url, "work_by_run")
    assert [(row["run_id"], row["mode"], row["decoded_before"], row["computed"], row["computed_before"]) for row in rows] == [
        ("n1", "predict", 1, 0, 1),
        ("r2", "train", 27, 0, 26),
        ("r1", "train", 26, 0, 25),
    ]


def test_where_the_time_went_has_the_seconds_of_each_stage(published):
    _, url = published
    times = {row["stage"]: (row["seconds"], row["cpu_seconds"]) for row in query(url, "where_the_time_went")}
    assert times["train"] == (30.0, 58.0)
    assert times["reformat"] == (1.0, None)
    assert {"discover", "features", "labels", "split", "balance", "thresholds", "evaluate", "publish"} < times.keys()


def test_unlabelled_tracks_have_predictions(published):
    run, url = published
    rows = query(url, "unlabelled_tracks")
    assert [row["track_id"] for row in rows] == ["p50", "p51", "p90", "r10", "r11"]
    expected = wide(run).loc["p50"]
    probabilities = {name: expected[f"probability_{name}"] for name in EMOTIFY.ids}
    assert rows[0]["most_probable"] == max(probabilities, key=probabilities.get)
    assert rows[0]["probability"] == max(probabilities.values())
    assert rows[0]["positives"] == [name for name in EMOTIFY.ids if expected[f"positive_{name}"]]
    assert {row["genre"] for row in query(url, "unlabelled_tracks", {"genre": "rock"})} == {"rock"}


def test_listeners_agreement_has_agreement_and_kappa(published):
    run, url = published
    table = run.read_table("labels", "labels.parquet")
    (row,) = [row for row in query(url, "listeners_agreement") if row["emotion"] == "nostalgia"]
    pairs = [
        (answers[:, None] == answers[None, :])[~np.eye(10, dtype=bool)].mean()
        for answers in (np.arange(10) < votes for votes in table["votes_nostalgia"])
    ]
    share = table["share_nostalgia"].mean()
    chance = share**2 + (1 - share) ** 2
    assert row["agreement"] == pytest.approx(np.mean(pairs))
    assert row["kappa"] == pytest.approx((np.mean(pairs) - chance) / (1 - chance))
    assert (row["tracks"], row["tracks_with_label"]) == (len(table), table["label_nostalgia"].sum())


def test_listeners_agreement_has_the_scores_that_listeners_reach(published):
    _, url = published
    names = ("emotion", *CEILINGS)
    for metric in ("roc_auc", "f1"):
        rows = query(url, "listeners_agreement", {"metric": metric})
        lines = [line for line in listeners_of() if line["metric"] in (metric, f"{metric}_macro")]
        lines.sort(key=lambda line: line["emotion"] is None)
        assert [[row[name] for name in names] for row in rows] == [[line[name] for name in names] for line in lines]
    (*_, overall) = query(url, "listeners_agreement")
    assert (overall["emotion"], overall["tracks"], overall["agreement"]) == (None, 20, None)


def test_emotions_together_has_lift_and_correlation_of_each_pair(published):
    run, url = published
    table = served(run)
    by_pair = {(row["one"], row["other"]): row for row in query(url, "emotions_together")}
    assert len(by_pair) == 36
    both = (table["positive_power"] & table["positive_tension"]).sum()
    row = by_pair["power", "tension"]
    assert row["tracks_with_both"] == both
    assert row["lift"] == pytest.approx(both * len(table) / (table["positive_power"].sum() * table["positive_tension"].sum()))
    assert row["correlation"] == pytest.approx(table["probability_power"].corr(table["probability_tension"]))


def test_genre_profile_has_mean_probabilities(published):
    run, url = published
    table = served(run)
    expected = [
        (genre, name, len(tracks), pytest.approx(tracks[f"probability_{name}"].mean()))
        for genre, tracks in table.groupby(table.index.map(genre_of))
        for name in EMOTIFY.ids
    ]
    assert [tuple(row.values()) for row in query(url, "genre_profile")] == expected


def test_training_curves_has_a_row_for_each_epoch(published):
    _, url = published
    assert [(row["epoch"], row["training"], row["validation"]) for row in query(url, "training_curves", {"run_id": "r1"})] == [
        (1, 0.9, 0.8),
        (2, 0.5, None),
    ]


def test_split_balance_has_the_rate_of_labels_in_each_part(published):
    run, url = published
    table = run.read_table("labels", "labels.parquet").merge(run.read_table("split", "split.parquet"), on="track_id")
    rates = table.groupby("part")["label_power"].mean()
    (row,) = [row for row in query(url, "split_balance") if row["emotion"] == "power"]
    assert {part: float(row[part]) for part in rates.index} == pytest.approx(rates.to_dict())
    assert (row["tracks_with_label"], row["tracks"]) == (table["label_power"].sum(), len(table))


def test_twins_has_the_difference_between_the_listeners_of_both_files(published):
    run, url = published
    shares = run.read_table("labels", "labels.parquet").set_index("track_id").filter(like="share_")
    parts = run.read_table("split", "split.parquet").set_index("track_id")["part"]
    rows = [tuple(row.values()) for row in query(url, "twins")]
    difference = (shares.loc["r01"] - shares.loc["r03"]).abs().mean()
    assert difference > 0.05
    assert rows == [
        ("r01", "Jóga", "r03", None, parts["r01"], "same_recording", 1.0, pytest.approx(difference)),
        # p51 has no annotations, so the difference is undefined
        ("p51", None, "r02", None, "unlabelled", "same_recording", 1.0, None),
    ]


def test_surprises_has_test_tracks_only(published):
    run, url = published
    parts = run.read_table("split", "split.parquet").set_index("track_id")["part"]
    rows = query(url, "surprises", {"rows": 1000})
    assert {row["track_id"] for row in rows} == set(parts.index[parts == "test"])
    differences = [abs(row["difference"]) for row in rows]
    assert differences == sorted(differences, reverse=True)


def test_gone_tracks_has_their_last_predictions(published):
    run, url = published
    (row,) = query(url, "gone_tracks")
    assert (row["track_id"], row["genre"], row["key"], row["model_run_id"]) == ("p03", "pop", "pop/p03.mp3", "r2")
    assert row["positives"] == [name for name in EMOTIFY.ids if wide(run).loc["p03", f"positive_{name}"]]
    assert row["gone_at"] > row["scored_at"]


def test_not_yet_scored_has_present_tracks_that_the_champion_has_not_scored(published):
    _, url = published
    assert [(row["track_id"], row["model_run_id"]) for row in query(url, "not_yet_scored")] == [("r60", None)]


def test_an_error_on_an_unknown_query_names_all_queries(reader_url):
    with pytest.raises(ConfigError, match=r"query 'best': expected one of .*emotions_together, .*tracks_for_emotion"):
        query(reader_url, "best")


@pytest.mark.parametrize("name", ["../roles", "../migrations/0001_tables", "/etc/passwd"])
def test_the_name_of_a_query_cannot_be_a_path(reader_url, name):
    with pytest.raises(ConfigError, match="expected one of"):
        query(reader_url, name)


def test_an_error_on_an_unknown_parameter_names_all_parameters(reader_url):
    with pytest.raises(ConfigError, match="parameter 'emotoin', expected one of certainty, emotion, genre, rows"):
        query(reader_url, "tracks_for_emotion", {"emotoin": "calmness"})
    with pytest.raises(ConfigError, match="parameter 'x', expected one of none"):
        query(reader_url, "genre_profile", {"x": 1})


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        *(("tracks_for_emotion", "emotion"), ("tracks_between_emotions", "unwanted"), ("crossval", "emotion")),
        *(("track_over_runs", "emotion"), ("why_this_prediction", "emotion")),
    ],
)
def test_the_error_for_an_unknown_label_names_the_labels_of_the_database(published, name, parameter):
    _, url = published
    with pytest.raises(ConfigError, match=f"^{parameter} 'joy': expected one of {', '.join(EMOTIFY.ids)}$"):
        query(url, name, {parameter: "joy"})


def test_a_query_without_a_label_takes_the_first_ones_of_the_database(published):
    _, url = published
    first, second, *_ = EMOTIFY.ids
    assert query(url, "tracks_for_emotion") == query(url, "tracks_for_emotion", {"emotion": first})
    both = query(url, "tracks_between_emotions", {"wanted": first, "unwanted": second})
    assert query(url, "tracks_between_emotions") == both


def test_a_value_cannot_change_the_statement(published):
    _, url = published
    for value in ("x' OR '1' = '1", "x\nSELECT 1 / 0 --", "x\\' OR 1 = 1 --", ":run_id", "%(run_id)s"):
        assert query(url, "rejected_files", {"reason": value}) == []


def test_champions_has_the_decision_that_made_each_model_champion(published):
    _, url = published
    (row,) = query(url, "champions")
    assert (row["model_run_id"], row["is_current"], row["outcome"], row["decided_by"]) == ("r2", True, "promoted", "a test")
    assert row["until"] is None


def test_why_this_prediction_has_the_model_and_the_evidence(published):
    run, url = published
    rows = query(url, "why_this_prediction", {"track_id": "p90"})
    assert [row["emotion"] for row in rows] == list(EMOTIFY.ids)
    assert {(row["scored_by"], row["model_run_id"], row["champion_now"], row["is_served"]) for row in rows} == {
        ("n1", "r2", True, True)
    }
    assert {(row["part"], row["votes"], row["threshold"]) for row in rows} == {("unlabelled", None, 0.5)}
    (power,) = query(url, "why_this_prediction", {"track_id": "r01", "emotion": "power"})
    predictions = wide(run).loc["r01"]
    assert (power["scored_by"], power["probability"]) == ("r2", predictions["probability_power"])
    assert power["votes"] == run.read_table("labels", "labels.parquet").set_index("track_id").loc["r01", "votes_power"]
    both = query(url, "why_this_prediction", {"track_id": "r01", "runs": 2})
    assert [(row["scored_by"], row["emotion"]) for row in both] == [(run, name) for run in ("r2", "r1") for name in EMOTIFY.ids]
    assert query(url, "why_this_prediction", {"track_id": "nobody's"}) == []


def test_tracks_are_found_by_title_artist_or_id(published):
    _, url = published

    def found(**params):
        return [(row["track_id"], row["title"], row["artist"]) for row in query(url, "find_tracks", params)]

    assert found(text="JÓG") == found(text="r01") == [("r01", "Jóga", "artist of r01")]
    assert found(text="ann") == [("r04", None, "Ann"), ("r05", None, "Ann")]
    assert found(text="óg") == [("r01", "Jóga", "artist of r01")]
    assert found(text="nothing") == found(text="%") == []
    assert len(found(rows=3)) == 3
    rows = query(url, "tracks_for_emotion", {"emotion": "power", "text": "ANN"})
    assert {row["track_id"] for row in rows} == {"r04", "r05"}


@pytest.mark.parametrize("name", ["tracks_for_emotion", "surprises", "tracks_between_emotions", "unlabelled_tracks"])
def test_queries_that_list_tracks_name_them(published, name):
    _, url = published
    rows = query(url, name, {"rows": 1000})
    assert {(row["title"], row["artist"]) for row in rows if row["track_id"] == "r01"} <= {("Jóga", "artist of r01")}
    assert all(row["artist"] for row in rows)


@pytest.mark.parametrize("name", ["track_and_listeners", "why_this_prediction"])
def test_queries_on_one_track_name_it(published, name):
    _, url = published
    rows = query(url, name, {"track_id": "r01"})
    assert {(row["title"], row["artist"]) for row in rows} == {("Jóga", "artist of r01")}

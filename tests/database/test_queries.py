import re

import numpy as np
import pytest

from mer_tasks.database.connection import SQL
from mer_tasks.database.migrations import bootstrap
from mer_tasks.database.queries import query
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import ConfigError
from mer_tasks.evaluation.metrics import CEILINGS
from mer_tasks.stages.publish import publish
from tests.support.crossval_runs import published as compared
from tests.support.published_runs import (
    TRACKS,
    canary_of,
    comparison_of,
    crowned,
    finished,
    listeners_of,
    metrics_of,
    predicted,
    predictions_of,
)
from tests.support.run_documents import rejection

FILES = sorted((SQL / "queries").glob("*.sql"))


@pytest.fixture(scope="module")
def published(postgres, tmp_path_factory):
    """The documents of the latest of two training runs, and where they were published: as reader.

    Its model is the champion, which has scored `p90` since. `p03` is gone; `r60`, of the first run, is back and not scored.
    """
    urls = bootstrap(postgres.url(), "mer_queries", dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "for tests: %/@"))
    folder = tmp_path_factory.mktemp("queries")
    first = finished(folder, urls["mer_writer"], "r1", tracks=[*TRACKS[:6], "r60", *TRACKS[6:]])
    publish(first)
    heard = {"sounds": {"r03": "r01", "p51": "r02"}, "artists": {"r04": ["Ann"], "r05": ["Ann"]}}
    latest = finished(
        folder, urls["mer_writer"], "r2", tracks=[*TRACKS, "p50", "p51"], heard=heard, canary=2, compare_balance=True
    )
    latest.write_json("drift", "drift.json", {"metrics": moved()})
    publish(latest)
    crowned(urls["mer_writer"], "r2")
    there = [*(track for track in [*TRACKS, "p50", "p51"] if track != "p03"), "r60", "p90"]
    bad = [rejection("noise", stage="discover", reason="not_audio")]
    publish(predicted(folder, urls["mer_writer"], "n1", there, ["p90"], "r2", bad))
    compared(folder, urls["mer_writer"])
    return latest, urls["mer_reader"]


def moved():
    """Lines of a run whose pop has drifted from what the first run was trained on."""
    facts = {"champion_run_no": 1, "threshold": 0.25, "tracks": 12, "reference_tracks": 40, "same_genre": True}
    one = {**facts, "measure": "features", "emotion": None, "statistic": "mfcc_2_mean", "mean_psi": 0.2, "chance": 0.6}
    said = {**one, "measure": "predictions", "emotion": "power", "statistic": None, "mean_psi": None}
    return [
        {**one, "genre": None, "psi": 0.5, "drifted": False},
        {**one, "genre": "pop", "psi": 0.9, "drifted": True},
        {**said, "genre": "pop", "psi": 0.7, "drifted": True},
    ]


def wide(run):
    """Both predictions documents as one table."""
    import pandas as pd

    return pd.concat([run.read_table(stage, "predictions.parquet") for stage in ("thresholds", "evaluate")]).set_index(
        "track_id"
    )


def served(run):
    """What is served of tracks that are there, as one table."""
    import pandas as pd

    scored = predictions_of(pd.DataFrame({"track_id": ["p90"], "part": ["unlabelled"]}), seed=2).set_index("track_id")
    return pd.concat([wide(run), scored]).drop(index="p03")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_query_answers_a_reader_by_its_defaults(published, path):
    _, url = published
    assert query(url, path.stem)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_query_says_its_question_and_its_parameters(path):
    text = path.read_text()
    question, *head = [line for line in text.splitlines() if line.startswith("--")]
    body = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    assert question.endswith("?")
    assert set(re.findall(r":(\w+)", body.replace("::", ""))) == {
        line[4:].split(" =")[0] for line in head if line.startswith("-- :")
    }
    assert body.startswith("SELECT")
    assert ";" not in body


def test_the_cookbook_has_at_least_ten_questions():
    assert len(FILES) >= 10


def test_what_has_drifted_most_comes_first(published):
    _, url = published
    found = query(url, "drift")
    assert [(row["genre"], row["measure"], row["most_moved"], row["drifted"]) for row in found] == [
        ("pop", "features", "mfcc_2_mean", True),
        ("pop", "predictions", "power", True),
        ("all genres", "features", "mfcc_2_mean", False),
    ]


def test_tracks_for_an_emotion_are_the_most_probable_ones(published):
    run, url = published
    power = served(run)["probability_power"].sort_values(ascending=False)
    found = query(url, "tracks_for_emotion", {"emotion": "power", "rows": 100})
    assert [(row["rank"], row["track_id"], row["probability"]) for row in found] == [
        (1 + sum(other > value for other in power), track, value) for track, value in power.items()
    ]
    pop = query(url, "tracks_for_emotion", {"emotion": "power", "genre": "pop", "rows": 3})
    assert [row["track_id"] for row in pop] == [track for track in power.index if track.startswith("p")][:3]


def test_tracks_between_emotions_are_positive_for_one_only(published):
    run, url = published
    table = served(run)
    chosen = table[table["positive_calmness"] & ~table["positive_sadness"]]
    found = query(url, "tracks_between_emotions", {"wanted": "calmness", "unwanted": "sadness", "rows": 100})
    order = (chosen["probability_sadness"] - chosen["probability_calmness"]).sort_values()
    assert [row["track_id"] for row in found] == order.index.tolist()


def test_a_track_beside_its_listeners(published):
    run, url = published
    labels = run.read_table("labels", "labels.parquet").set_index("track_id").loc["r01"]
    predictions = wide(run).loc["r01"]
    found = query(url, "track_and_listeners", {"track_id": "r01"})
    assert [(row["emotion"], row["probability"], row["share"], row["label"]) for row in found] == [
        (name, predictions[f"probability_{name}"], labels[f"share_{name}"], labels[f"label_{name}"]) for name in EMOTIONS
    ]
    of_nobody = query(url, "track_and_listeners", {"track_id": "p51"})
    assert [(row["part"], row["votes"], row["label"]) for row in of_nobody] == [("unlabelled", None, None)] * 9


def test_a_track_over_runs(published):
    _, url = published
    assert {row["run_id"] for row in query(url, "track_over_runs", {"track_id": "p90"})} == {"n1"}
    found = query(url, "track_over_runs", {"track_id": "r01", "emotion": "tension"})
    assert [(row["run_id"], row["emotion"]) for row in found] == [("r1", "tension"), ("r2", "tension")]
    assert len(query(url, "track_over_runs", {"track_id": "p50"})) == 9


def test_model_and_baseline(published):
    _, url = published
    document = [line for line in metrics_of() if line["level"] == "segment" and line["metric"] == "pr_auc"]
    found = query(url, "model_and_baseline", {"level": "segment", "metric": "pr_auc"})
    assert [(row["emotion"], row["value"], row["baseline"], row["gain"]) for row in found] == [
        (line["emotion"], line["value"], line["baseline"], pytest.approx(line["value"] - line["baseline"])) for line in document
    ]
    assert query(url, "model_and_baseline")[-1]["value"] is None


def test_model_interval_and_listeners(published):
    _, url = published
    document = [line for line in metrics_of() if line["level"] == "track" and line["metric"] == "f1"]
    names = ("emotion", "low", "high", "split_half", "panel")
    assert [[row[name] for name in names] for row in query(url, "model_and_baseline", {"metric": "f1"})] == [
        [line[name] for name in names] for line in document
    ]


def test_calibration(published):
    _, url = published
    values = {(line["level"], line["emotion"]): line["value"] for line in metrics_of() if line["metric"].startswith("brier")}
    found = query(url, "calibration")
    assert [row["emotion"] for row in found] == [*EMOTIONS, None]
    for row in found:
        place = row["emotion"]
        assert (row["uncalibrated"], row["calibrated"]) == (values["uncalibrated", place], values["track", place])
        assert (row["temperature"], row["logit_offset"]) == ((2.0, 0.25) if place else (None, None))


def test_balance_compared(published):
    _, url = published
    lines = {line["balance"]: line for line in comparison_of() if line["metric"] == "roc_auc_macro"}
    found = query(url, "balance_compared")
    assert [row["balance"] for row in found] == ["none", "smote"]
    assert all(row[name] == lines[row["balance"]][name] for row in found for name in ("value", "low", "difference"))
    assert query(url, "balance_compared", {"run_id": "r1"}) == []


def test_canary(published):
    _, url = published
    lines = [line for line in canary_of(2) if line["metric"] == "f1_macro"]
    found = query(url, "canary")
    assert [(row["metric"], row["permutations"], row["within_chance"]) for row in found] == [
        ("f1_macro", 2, True),
        ("roc_auc_macro", 2, True),
    ]
    assert (found[0]["lowest"], found[0]["highest"]) == (min(x["value"] for x in lines), max(x["value"] for x in lines))
    assert (found[0]["chance_from"], found[0]["chance_to"]) == (min(x["low"] for x in lines), max(x["high"] for x in lines))
    assert query(url, "canary", {"run_id": "r1"}) == []


def test_runs_compared(published):
    _, url = published
    (f1,) = [line for line in metrics_of() if line["metric"] == "f1_macro" and line["level"] == "track"]
    found = query(url, "runs_compared")
    names = ("f1_macro", "f1_macro_low", "f1_macro_high", "f1_macro_baseline")
    assert [(row["run_id"], *(row[name] for name in names)) for row in found] == [
        (name, f1["value"], f1["low"], f1["high"], f1["baseline"]) for name in ("r2", "r1")
    ]


def test_runs_say_whose_model_is_the_champion_and_what_was_decided(published):
    _, url = published
    (f1,) = [line for line in metrics_of() if line["metric"] == "f1_macro" and line["level"] == "track"]
    found = query(url, "runs")
    assert [(row["run_id"], row["champion"], row["outcome"]) for row in found] == [
        ("n1", False, None),
        ("r2", True, "promoted"),
        ("r1", False, None),
    ]
    names = ("f1_macro", "f1_macro_low", "f1_macro_high", "f1_macro_baseline")
    assert [[row[name] for name in names] for row in found] == [
        [None] * 4,
        *[[f1[name] for name in ("value", "low", "high", "baseline")]] * 2,
    ]


def test_a_run_is_known_by_name_or_as_the_newest(published):
    _, url = published
    (newest,) = query(url, "about_run")
    assert (newest["run_id"], newest["mode"], newest["by_champion"]) == ("r2", "train", True)
    (scored,) = query(url, "about_run", {"run_id": "n1"})
    assert (scored["run_id"], scored["model_run_id"], scored["by_champion"]) == ("n1", "r2", True)
    (first,) = query(url, "about_run", {"run_id": "r1"})
    assert (first["mode"], first["by_champion"], first["config"]["compare_balance"]) == ("train", False, False)
    assert query(url, "about_run", {"run_id": "nobody's"}) == []


def test_genres_are_counted_over_the_tracks_that_are_there(published):
    _, url = published
    assert [tuple(row.values()) for row in query(url, "genres")] == [("pop", 14), ("rock", 13)]


def test_rejected_files(published):
    _, url = published
    assert [row["key"] for row in query(url, "rejected_files")] == ["rock/noise.mp3"]
    assert [(row["key"], row["reason"]) for row in query(url, "rejected_files", {"run_id": "r2"})] == [
        ("rock/cover.mp3", "not_audio"),
        ("rock/rbad.mp3", "too_short"),
    ]
    assert [row["stage"] for row in query(url, "rejected_files", {"reason": "too_short", "run_id": "r1"})] == ["features"]


def test_work_by_run(published):
    _, url = published
    found = query(url, "work_by_run")
    assert [(row["run_id"], row["mode"], row["decoded_before"], row["computed"], row["computed_before"]) for row in found] == [
        ("n1", "predict", 1, 0, 1),
        ("r2", "train", 27, 0, 26),
        ("r1", "train", 26, 0, 25),
    ]


def test_where_the_time_went(published):
    _, url = published
    found = {row["stage"]: (row["seconds"], row["cpu_seconds"]) for row in query(url, "where_the_time_went")}
    assert found["train"] == (30.0, 58.0)
    assert found["reformat"] == (1.0, None)
    assert {"discover", "features", "labels", "split", "balance", "thresholds", "evaluate", "publish"} < found.keys()


def test_unlabelled_tracks(published):
    run, url = published
    found = query(url, "unlabelled_tracks")
    assert [row["track_id"] for row in found] == ["p50", "p51", "p90", "r10", "r11"]
    expected = wide(run).loc["p50"]
    assert [found[0][name] for name in EMOTIONS] == [expected[f"probability_{name}"] for name in EMOTIONS]
    assert found[0]["positives"] == [name for name in EMOTIONS if expected[f"positive_{name}"]]
    assert {row["genre"] for row in query(url, "unlabelled_tracks", {"genre": "rock"})} == {"rock"}


def test_listeners_agreement(published):
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


def test_what_listeners_reach_stands_beside_their_agreement(published):
    _, url = published
    names = ("emotion", *CEILINGS)
    for metric in ("roc_auc", "f1"):
        found = query(url, "listeners_agreement", {"metric": metric})
        lines = [line for line in listeners_of() if line["metric"] in (metric, f"{metric}_macro")]
        lines.sort(key=lambda line: line["emotion"] is None)
        assert [[row[name] for name in names] for row in found] == [[line[name] for name in names] for line in lines]
    (*_, overall) = query(url, "listeners_agreement")
    assert (overall["emotion"], overall["tracks"], overall["agreement"]) == (None, 20, None)


def test_emotions_together(published):
    run, url = published
    table = served(run)
    found = {(row["one"], row["other"]): row for row in query(url, "emotions_together")}
    assert len(found) == 36
    both = (table["positive_power"] & table["positive_tension"]).sum()
    row = found["power", "tension"]
    assert row["tracks_with_both"] == both
    assert row["lift"] == pytest.approx(both * len(table) / (table["positive_power"].sum() * table["positive_tension"].sum()))
    assert row["correlation"] == pytest.approx(table["probability_power"].corr(table["probability_tension"]))


def test_genre_profile(published):
    run, url = published
    table = served(run)
    means = table["probability_sadness"].groupby(table.index.str[0]).mean()
    assert [(row["genre"], row["sadness"]) for row in query(url, "genre_profile")] == [
        ("pop", pytest.approx(means["p"])),
        ("rock", pytest.approx(means["r"])),
    ]


def test_training_curves(published):
    _, url = published
    assert [(row["epoch"], row["training"], row["validation"]) for row in query(url, "training_curves", {"run_id": "r1"})] == [
        (1, 0.9, 0.8),
        (2, 0.5, None),
    ]


def test_split_balance(published):
    run, url = published
    table = run.read_table("labels", "labels.parquet").merge(run.read_table("split", "split.parquet"), on="track_id")
    rates = table.groupby("part")["label_power"].mean()
    (row,) = [row for row in query(url, "split_balance") if row["emotion"] == "power"]
    assert {part: float(row[part]) for part in rates.index} == pytest.approx(rates.to_dict())
    assert (row["tracks_with_label"], row["tracks"]) == (table["label_power"].sum(), len(table))


def test_twins_come_with_the_difference_of_their_listeners(published):
    run, url = published
    shares = run.read_table("labels", "labels.parquet").set_index("track_id").filter(like="share_")
    parts = run.read_table("split", "split.parquet").set_index("track_id")["part"]
    found = [tuple(row.values()) for row in query(url, "twins")]
    difference = (shares.loc["r01"] - shares.loc["r03"]).abs().mean()
    assert difference > 0.05
    assert found == [
        ("r01", "r03", parts["r01"], "same_recording", 1.0, pytest.approx(difference)),
        # without annotations of both there is nothing to compare
        ("p51", "r02", "unlabelled", "same_recording", 1.0, None),
    ]


def test_surprises_are_of_test_tracks_only(published):
    run, url = published
    parts = run.read_table("split", "split.parquet").set_index("track_id")["part"]
    found = query(url, "surprises", {"rows": 1000})
    assert {row["track_id"] for row in found} == set(parts.index[parts == "test"])
    differences = [abs(row["difference"]) for row in found]
    assert differences == sorted(differences, reverse=True)


def test_gone_tracks_come_with_what_is_still_said_of_them(published):
    run, url = published
    (row,) = query(url, "gone_tracks")
    assert (row["track_id"], row["genre"], row["key"], row["model_run_id"]) == ("p03", "pop", "pop/p03.mp3", "r2")
    assert row["positives"] == [name for name in EMOTIONS if wide(run).loc["p03", f"positive_{name}"]]
    assert row["gone_at"] > row["scored_at"]


def test_not_yet_scored_are_tracks_that_are_there_and_have_nothing_of_the_champion(published):
    _, url = published
    assert [(row["track_id"], row["model_run_id"]) for row in query(url, "not_yet_scored")] == [("r60", None)]


def test_an_unknown_query_is_answered_with_those_there_are(reader_url):
    with pytest.raises(ConfigError, match=r"query 'best': expected one of .*emotions_together, .*tracks_for_emotion"):
        query(reader_url, "best")


@pytest.mark.parametrize("name", ["../roles", "../migrations/0001_tables", "/etc/passwd"])
def test_a_query_is_a_name_and_not_a_path(reader_url, name):
    with pytest.raises(ConfigError, match="expected one of"):
        query(reader_url, name)


def test_an_unknown_parameter_is_answered_with_those_there_are(reader_url):
    with pytest.raises(ConfigError, match="parameter 'emotoin', expected one of emotion, genre, rows"):
        query(reader_url, "tracks_for_emotion", {"emotoin": "calmness"})
    with pytest.raises(ConfigError, match="parameter 'x', expected one of none"):
        query(reader_url, "genre_profile", {"x": 1})


def test_a_value_is_never_a_part_of_the_statement(published):
    _, url = published
    for value in ("x' OR '1' = '1", "x\nSELECT 1 / 0 --", "x\\' OR 1 = 1 --", ":run_id", "%(run_id)s"):
        assert query(url, "rejected_files", {"reason": value}) == []


def test_champions_and_who_made_them_so(published):
    _, url = published
    (row,) = query(url, "champions")
    assert (row["model_run_id"], row["is_current"], row["outcome"], row["decided_by"]) == ("r2", True, "promoted", "a test")
    assert row["until"] is None


def test_why_a_track_has_its_prediction(published):
    run, url = published
    found = query(url, "why_this_prediction", {"track_id": "p90"})
    assert [row["emotion"] for row in found] == list(EMOTIONS)
    assert {(row["scored_by"], row["model_run_id"], row["champion_now"], row["is_served"]) for row in found} == {
        ("n1", "r2", True, True)
    }
    assert {(row["part"], row["votes"], row["threshold"]) for row in found} == {("unlabelled", None, 0.5)}
    (power,) = query(url, "why_this_prediction", {"track_id": "r01", "emotion": "power", "rows": 1})
    said = wide(run).loc["r01"]
    assert (power["scored_by"], power["probability"]) == ("r2", said["probability_power"])
    assert power["votes"] == run.read_table("labels", "labels.parquet").set_index("track_id").loc["r01", "votes_power"]
    assert len(query(url, "why_this_prediction", {"track_id": "r01", "rows": 100})) == 18
    assert query(url, "why_this_prediction", {"track_id": "nobody's"}) == []

"""Queries of the cookbook on tracks, genres and emotions."""

import pytest

from mer_tasks.database.queries import query
from tests.support.label_sets import EMOTIFY
from tests.support.published_runs import genre_of, predictions_of

pytest_plugins = ["tests.support.cookbook_runs"]


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


def test_genres_counts_the_tracks_that_are_in_the_landing_zone(published):
    _, url = published
    assert [tuple(row.values()) for row in query(url, "genres")] == [("pop", 14), ("rock", 13)]


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

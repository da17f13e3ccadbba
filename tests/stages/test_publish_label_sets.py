"""Runs of label sets other than the default one, in the database."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mer_tasks.database.connection import transaction
from mer_tasks.database.label_rows import adopt_label_set
from mer_tasks.errors import ConfigError
from mer_tasks.label_set import LabelSet
from mer_tasks.publishing import served_predictions
from mer_tasks.runs.run import Run
from mer_tasks.stages.publish import publish
from tests.support.label_sets import make_label_set
from tests.support.published_runs import TRACKS, make_champion, rows, simulated_run

SETS = (
    *(pytest.param(make_label_set(count), id=f"{count} labels") for count in (2, 32, 56, 200)),
    pytest.param(make_label_set(4, "single"), id="single"),
)


def predictions(run: Run) -> pd.DataFrame:
    """Read the predictions of all tracks, by track id."""
    parts = [run.read_table(stage, "predictions.parquet") for stage in ("thresholds", "evaluate")]
    return pd.concat(parts).set_index("track_id").sort_index()


def positives(run: Run) -> dict[str, list[str]]:
    """Read the ids of each track's positive labels."""
    table = predictions(run)
    return {track: [label for label in run.label_set.ids if row[f"positive_{label}"]] for track, row in table.iterrows()}


@pytest.fixture(params=SETS)
def labels(request, unlabelled_database) -> LabelSet:
    """Adopt a label set, and return it."""
    adopt_label_set(unlabelled_database["mer_owner"], request.param)
    return request.param


def test_every_prediction_is_published_and_listed(tmp_path, labels, database_url, reader_url):
    run = simulated_run(tmp_path, database_url, labels)
    publish(run)
    expected = predictions(run)
    for label in (labels.ids[0], labels.ids[-1]):
        by_track = expected[f"probability_{label}"]
        assert dict(rows(reader_url, f'SELECT track_id, "{label}" FROM mer.track_emotions')) == dict(by_track)  # noqa: S608
        best = rows(reader_url, "SELECT track_id, probability FROM mer.best_tracks WHERE emotion = %s ORDER BY rank", label)
        assert best == list(by_track.sort_values(ascending=False).items())
    published = rows(reader_url, "SELECT track_id, emotion, probability, positive FROM mer.predictions")
    assert len(published) == len(TRACKS) * len(labels)
    for track, label, probability, positive in published:
        assert (probability, positive) == tuple(expected.loc[track, [f"probability_{label}", f"positive_{label}"]])
    for view in ("listed_tracks", "track_emotions"):
        assert dict(rows(reader_url, f"SELECT track_id, positives FROM mer.{view}")) == positives(run)  # noqa: S608
    assert rows(reader_url, "SELECT label_set_digest FROM mer.runs") == [(labels.digest,)]


def test_thresholds_are_null_where_the_most_probable_label_is_positive(tmp_path, labels, database_url, reader_url):
    publish(simulated_run(tmp_path, database_url, labels))
    thresholds = rows(reader_url, "SELECT emotion, threshold, temperature FROM mer.thresholds ORDER BY label_no")
    assert thresholds == [(label, None if labels.single else 0.5, 2.0) for label in labels.ids]
    shown = rows(reader_url, "SELECT DISTINCT threshold FROM mer.listed_emotions")
    assert shown == rows(reader_url, "SELECT DISTINCT threshold FROM mer.explain('r00')") == [(thresholds[0][1],)]
    counts = rows(reader_url, "SELECT DISTINCT cardinality(positives) FROM mer.listed_tracks")
    assert (counts == [(1,)]) == labels.single


def test_pairs_are_counted_for_labels_that_can_be_together(tmp_path, labels, database_url, reader_url):
    run = simulated_run(tmp_path, database_url, labels)
    publish(run)
    pairs = rows(
        reader_url,
        "SELECT one, other, tracks_with_both, tracks, correlation, lift FROM mer.emotion_pairs ORDER BY one_no, other_no",
    )
    if labels.single:
        assert pairs == []
        return
    assert [pair[:2] for pair in pairs] == list(combinations(labels.ids, 2))
    table = predictions(run)
    for one, other, both, tracks, correlation, lift in (pairs[0], pairs[len(pairs) // 2], pairs[-1]):
        flags = table[f"positive_{one}"], table[f"positive_{other}"]
        together = int((flags[0] & flags[1]).sum())
        assert (both, tracks) == (together, len(TRACKS))
        assert lift == pytest.approx(together * len(TRACKS) / (flags[0].sum() * flags[1].sum()))
        expected = np.corrcoef(table[f"probability_{one}"], table[f"probability_{other}"])[0, 1]
        assert correlation == (pytest.approx(expected) if len(labels) <= 32 else None)


def test_a_page_sorted_by_any_label_reads_its_index(tmp_path, labels, database_url, owner_url):
    publish(simulated_run(tmp_path, database_url, labels))
    with transaction(owner_url) as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("SET enable_sort = off")
        for number in (1, len(labels)):
            key = f"probabilities[{number}]"
            page = f"SELECT track_id FROM mer.listed_tracks WHERE {key} IS NOT NULL ORDER BY {key} DESC, track_no DESC"  # noqa: S608
            cursor.execute(f"EXPLAIN {page} LIMIT 9")
            plan = "\n".join(line for (line,) in cursor)
            assert f"Index Cond: (probabilities[{number}] IS NOT NULL)" in plan
            assert "Sort" not in plan


@pytest.fixture
def versions(unlabelled_database) -> tuple[LabelSet, LabelSet]:
    """Adopt a label set and then a version that adds a label in the middle and retires another; return both."""
    older = make_label_set(["calm", "happy", "sad"])
    newer = make_label_set(["calm", "angry", "happy", "sad"], version=2, retired=["happy"])
    adopt_label_set(unlabelled_database["mer_owner"], older)
    adopt_label_set(unlabelled_database["mer_owner"], newer)
    return older, newer


def published_in_turn(folder: Path, url: str, versions: tuple[LabelSet, LabelSet]) -> tuple[Run, Run]:
    """Publish a champion of the older version, and then one of the newer version that scores only eight of the tracks."""
    older, newer = versions
    first = simulated_run(folder, url, older, "r1")
    publish(first)
    make_champion(url, "r1")
    second = simulated_run(folder, url, newer, "r2", TRACKS[:8])
    second.write_table("discover", "landed.parquet", first.read_table("discover", "landed.parquet"))
    publish(second)
    make_champion(url, "r2")
    return first, second


@pytest.mark.parametrize("rebuilt", [False, True], ids=["row by row", "made anew"])
def test_runs_of_two_versions_are_served_side_by_side(tmp_path, versions, database_url, reader_url, monkeypatch, rebuilt):
    monkeypatch.setattr(served_predictions, "REBUILD_MIN_TRACKS", 0 if rebuilt else 1_000)
    first, second = published_in_turn(tmp_path, database_url, versions)
    old, new = predictions(first), predictions(second)
    wide = rows(reader_url, "SELECT track_id, calm, angry, sad, probabilities, positives, reached FROM mer.track_emotions")
    assert len(wide) == len(TRACKS)
    for track, calm, angry, sad, probabilities, names, reached in wide:
        if track in new.index:
            values = [new.loc[track, f"probability_{label}"] for label in ("calm", "angry", "sad")]
            known = positives(second)[track]
            array = [values[0], None, values[2], values[1]]
        else:
            values = [old.loc[track, "probability_calm"], None, old.loc[track, "probability_sad"]]
            known = positives(first)[track]
            array = [values[0], old.loc[track, "probability_happy"], values[2]]
        assert [calm, angry, sad] == values
        assert list(probabilities[: len(array)]) == array
        assert not any(probabilities[len(array) :])
        numbers = {"calm": 1, "happy": 2, "sad": 3, "angry": 4}
        assert sorted(numbers[label] for label in known) == reached
        assert names == sorted((label for label in known if label != "happy"), key=numbers.__getitem__)


def test_pairs_count_only_tracks_whose_model_knows_both_labels(tmp_path, versions, database_url, reader_url):
    published_in_turn(tmp_path, database_url, versions)
    pairs = rows(reader_url, "SELECT one, other, tracks FROM mer.emotion_pairs ORDER BY one_no, other_no")
    assert pairs == [("calm", "sad", len(TRACKS)), ("calm", "angry", 8), ("sad", "angry", 8)]


def test_an_earlier_run_keeps_its_labels(tmp_path, versions, database_url, reader_url):
    older, _ = versions
    run = simulated_run(tmp_path, database_url, older)
    publish(run)
    labels = rows(reader_url, "SELECT DISTINCT emotion, label_no FROM mer.predictions WHERE run_id = 'r1' ORDER BY label_no")
    assert labels == [("calm", 1), ("happy", 2), ("sad", 3)]
    assert [label for (label,) in rows(reader_url, "SELECT emotion FROM mer.thresholds ORDER BY label_no")] == [*older.ids]
    assert rows(reader_url, "SELECT count(*) FROM mer.metrics WHERE emotion = 'happy'") > [(0,)]


def test_a_run_of_another_set_is_refused_and_writes_nothing(tmp_path, versions, database_url):
    other = make_label_set(["calm", "happy"], name="words")
    with pytest.raises(
        ConfigError, match=r"the run has label set words version 1 .* the database has moods version 2 "
    ) as caught:
        publish(simulated_run(tmp_path, database_url, other))
    assert "\n" not in str(caught.value)
    assert rows(database_url, "SELECT (SELECT count(*) FROM mer.run) + (SELECT count(*) FROM mer.track)") == [(0,)]

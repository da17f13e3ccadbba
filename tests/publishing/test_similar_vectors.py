"""Vectors of tracks: which are written, which stay, and what a space is made of."""

import numpy as np
import pandas as pd
import pytest

from mer_tasks.database.connection import transaction
from mer_tasks.publishing import similar_vectors
from mer_tasks.publishing.similar_vectors import MIN_TRACKS, VectorSource, moments, statistics_of, write_vectors
from mer_tasks.runs.run import Run
from mer_tasks.stages.publish import publish
from tests.support.published_runs import TRACKS, complete_predict_run, complete_run, genre_of, make_champion, rows
from tests.support.run_documents import content
from tests.support.vectors import vectors_of

STORED = "SELECT track_id, vector::real[] FROM mer.vector_1 JOIN mer.track USING (track_no) ORDER BY track_id"
VERSIONS = "SELECT track_id, vectors.xmin::text FROM mer.vector_1 AS vectors JOIN mer.track USING (track_no)"


def source_of(numbers: np.ndarray, tracks: list[str], shards: int = 3) -> VectorSource:
    table = pd.DataFrame({"track_id": tracks, "sha256": [content(track) for track in tracks]})
    table["shard"] = [str(number % shards) for number in range(len(tracks))]
    return VectorSource("encoder", "random", "digest", numbers.shape[1], table, lambda chosen: numbers[chosen])


def stored(run: Run, owner_url: str) -> pd.DataFrame:
    return pd.DataFrame(dict(rows(owner_url, STORED))).T


def test_vectors_are_standardised_statistics_of_length_1(tmp_path, database):
    run = complete_run(tmp_path, database["mer_writer"])
    manifest = publish(run)
    found = stored(run, database["mer_owner"])
    assert found.index.tolist() == sorted(TRACKS)
    np.testing.assert_allclose(found, vectors_of(run).loc[found.index], atol=1e-3)
    assert manifest["counters"]["vectors"] == len(TRACKS)
    assert manifest["counters"]["without_vector"] == 0
    counter = "SELECT value FROM mer.stage_counters WHERE stage = 'publish' AND counter = 'vectors'"
    assert rows(database["mer_reader"], counter) == [(len(TRACKS),)]


def test_a_later_run_writes_vectors_of_new_and_changed_tracks_only(tmp_path, database):
    publish(complete_run(tmp_path, database["mer_writer"]))
    before = dict(rows(database["mer_owner"], VERSIONS))
    run = complete_run(tmp_path, database["mer_writer"], "r2", tracks=[*TRACKS, "p50"], retagged={"r03": "other samples"})
    assert publish(run)["counters"]["vectors"] == 2
    after = dict(rows(database["mer_owner"], VERSIONS))
    assert {track for track in after if after[track] != before.get(track)} == {"p50", "r03"}
    contents = "SELECT track_id FROM mer.vector_1 JOIN mer.track USING (track_no) WHERE content <> decode(sha256, 'hex')"
    assert rows(database["mer_owner"], contents) == []
    # the moments are those of the first run, so all vectors can be compared
    assert rows(database["mer_reader"], "SELECT count(*) FROM mer.spaces") == [(1,)]


def test_an_older_run_that_is_published_again_keeps_the_vectors_of_a_newer_run(tmp_path, database):
    older = complete_run(tmp_path, database["mer_writer"])
    publish(older)
    publish(complete_run(tmp_path, database["mer_writer"], "r2", retagged={"r03": "other samples"}))
    before = rows(database["mer_owner"], VERSIONS)
    assert publish(older)["counters"]["vectors"] == 0
    assert rows(database["mer_owner"], VERSIONS) == before


def test_a_run_of_mode_predict_adds_vectors_of_the_tracks_that_it_scored(tmp_path, database):
    publish(complete_run(tmp_path, database["mer_writer"]))
    make_champion(database["mer_writer"])
    publish(complete_predict_run(tmp_path, database["mer_writer"], "n1", [*TRACKS, "p90"], ["p90"]))
    found = rows(database["mer_reader"], "SELECT track_id FROM mer.similar('p90', 3)")
    assert len(found) == 3


def test_a_first_run_with_few_tracks_makes_no_space(tmp_path, database, caplog):
    caplog.set_level("INFO")
    few = [track for genre in ("rock", "pop") for track in [each for each in TRACKS if genre_of(each) == genre][:9]]
    run = complete_run(tmp_path, database["mer_writer"], tracks=few)
    assert publish(run)["counters"]["vectors"] == 0
    assert f"no vectors for similar tracks: 18 tracks, expected at least {MIN_TRACKS} in the first run" in caplog.messages
    assert rows(database["mer_reader"], "SELECT count(*) FROM mer.spaces") == [(0,)]


def test_reports_of_earlier_versions_without_statistics_are_published(tmp_path, database):
    run = complete_run(tmp_path, database["mer_writer"])
    for shard in run.manifest("discover")["shards"]:
        name = shard["key"].rpartition("/")[2]
        report = run.read_json("features", name)
        for line in report["tracks"]:
            del line["summaries_key"], line["summary_row"]
        run.write_json("features", name, report)
    assert publish(run)["counters"]["vectors"] == 0


@pytest.fixture
def written(tmp_path, database):
    """Publish a run, and return a function that writes vectors of a source for it, as an encoder would."""
    publish(complete_run(tmp_path, database["mer_writer"]))

    def write(source):
        with transaction(database["mer_writer"]) as cursor:
            cursor.execute("CREATE TEMPORARY TABLE staged_track ON COMMIT DROP AS SELECT track_id, sha256 FROM mer.track")
            return write_vectors(cursor, 1, source)

    return write


def test_an_encoder_has_a_space_of_its_own_in_which_tracks_are_searched_from_then_on(written, database):
    numbers = np.random.default_rng(0).standard_normal((len(TRACKS), 5)).astype(np.float32)
    assert written(source_of(numbers, TRACKS)) == (2, {"vectors": len(TRACKS), "without_vector": 0})
    spaces = rows(database["mer_reader"], "SELECT space_no, kind, size, is_current FROM mer.spaces ORDER BY 1")
    assert spaces == [(1, "statistics", 54, False), (2, "encoder", 5, True)]
    standardised = (numbers - numbers.mean(0)) / numbers.std(0)
    standardised /= np.linalg.norm(standardised, axis=1, keepdims=True)
    order = np.argsort(1 - standardised @ standardised[0])
    found = [track for (track,) in rows(database["mer_reader"], "SELECT track_id FROM mer.similar(%s, 5)", TRACKS[0])]
    assert found == [TRACKS[number] for number in order if number][:5]


def test_numbers_that_are_not_finite_give_no_vector_and_are_counted_once(written, database, caplog):
    numbers = np.random.default_rng(0).standard_normal((len(TRACKS), 5)).astype(np.float32)
    numbers[2, 1] = np.nan
    numbers[:, 4] = 7.0
    assert written(source_of(numbers, TRACKS)) == (2, {"vectors": len(TRACKS) - 1, "without_vector": 1})
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "1 tracks cannot have vectors for similar tracks: their random are not finite, or those of the mean track"
    ]
    ((deviation,),) = rows(database["mer_owner"], "SELECT deviations[5] FROM mer.space WHERE space_no = 2")
    assert deviation == 1.0
    assert len(rows(database["mer_reader"], "SELECT * FROM mer.similar(%s, 100)", TRACKS[0])) == len(TRACKS) - 2


def test_many_new_vectors_rebuild_the_index_and_few_are_added_to_it(written, database, owner_url, monkeypatch):
    numbers = np.random.default_rng(0).standard_normal((len(TRACKS), 5)).astype(np.float32)
    written(source_of(numbers[:20], TRACKS[:20]))
    index = "SELECT oid::text FROM pg_class WHERE relname = 'vector_2_nearest'"
    with transaction(owner_url) as cursor:
        cursor.execute("CREATE INDEX vector_2_nearest ON mer.vector_2 USING hnsw (vector public.halfvec_cosine_ops)")
    ((before,),) = rows(owner_url, index)
    written(source_of(numbers[:22], TRACKS[:22]))
    assert rows(owner_url, index) == [(before,)]
    monkeypatch.setattr(similar_vectors, "REBUILD_MIN_TRACKS", 2)
    monkeypatch.setattr(similar_vectors, "REBUILD_MIN_SHARE", 0.05)
    written(source_of(numbers, TRACKS))
    assert rows(owner_url, index) == []


def test_the_index_is_built_once_there_are_enough_vectors(written, database, owner_url):
    numbers = np.random.default_rng(0).standard_normal((len(TRACKS), 5)).astype(np.float32)
    written(source_of(numbers, TRACKS))
    assert not similar_vectors.index_vectors(database["mer_writer"], 2)
    with transaction(owner_url) as cursor:
        cursor.execute(
            "INSERT INTO mer.vector_2 (track_no, content, vector) SELECT 1000 + n, '', vector FROM mer.vector_2"
            " CROSS JOIN generate_series(1, 10000) AS n WHERE track_no = 1"
        )
    assert similar_vectors.index_vectors(database["mer_writer"], 2)
    assert not similar_vectors.index_vectors(database["mer_writer"], 2)
    ((definition,),) = rows(owner_url, "SELECT indexdef FROM pg_indexes WHERE indexname = 'vector_2_nearest'")
    assert "USING hnsw (vector halfvec_cosine_ops)" in definition.replace("public.", "")


def test_moments_do_not_depend_on_the_shards():
    numbers = (1000 + np.random.default_rng(0).standard_normal((50, 4))).astype(np.float32)
    tracks = [f"t{number:02}" for number in range(50)]
    for shards in (1, 7):
        means, deviations = moments(source_of(numbers, tracks, shards))
        np.testing.assert_allclose(means, numbers.astype(float).mean(axis=0), rtol=1e-9)
        np.testing.assert_allclose(deviations, numbers.astype(float).std(axis=0), rtol=1e-6)


def test_only_one_shard_is_read_at_a_time(tmp_path, database):
    run = complete_run(tmp_path, database["mer_writer"])
    publish(run)
    from mer_tasks.corpus.usable_tracks import load_corpus

    source = statistics_of(run, load_corpus(run).tracks)
    batches = [source.tracks["shard"].iloc[batch].unique().tolist() for batch in source.batches(np.arange(len(TRACKS)))]
    assert [len(shards) for shards in batches] == [1, 1]

import pandas as pd
import pytest

from mer_tasks.database.migrations import bootstrap
from mer_tasks.errors import AccessDenied, ConfigError, DatabaseUnavailable
from mer_tasks.report.blocks import Note
from mer_tasks.report.headline import verdict
from mer_tasks.report.published_documents import IN_STORE_ONLY, Published, opened
from mer_tasks.report.run_documents import Documents
from mer_tasks.report.sections import CONTENTS
from mer_tasks.runs.run import Run, safe_name
from mer_tasks.stages.challenge import challenge
from mer_tasks.stages.housekeeping import HousekeepingConfig, housekeeping
from mer_tasks.stages.promote import promote
from mer_tasks.stages.publish import publish
from tests.support.crossval_runs import as_crossval
from tests.support.published_runs import MODEL, finished, rows
from tests.support.run_documents import discovered, line, rejection, run_in

TABLES = ("labels", "split", "predictions")
STRANGERS = "by artists that the model was not trained on"


@pytest.fixture(scope="module")
def urls(postgres):
    """URLs of a database in which runs of several tests are, by role."""
    return bootstrap(
        postgres.url(), "mer_published", dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "for tests: %/@")
    )


@pytest.fixture(scope="module")
def reader(urls):
    return urls["mer_reader"]


@pytest.fixture(scope="module")
def run(urls, tmp_path_factory):
    """The run r1."""
    found = finished(tmp_path_factory.mktemp("published"), urls["mer_writer"], heard={"sounds": {"r01": "r00", "r03": "r02"}})
    publish(found)
    return found


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """The configuration of someone who has an empty store."""
    return run_in(tmp_path_factory.mktemp("elsewhere") / "store").config


@pytest.fixture
def views(run, reader, elsewhere):
    """The run, for someone who may read the database and has an empty store."""
    return opened(elsewhere, "r1", reader)


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values("track_id").reset_index(drop=True)


def test_the_views_give_the_documents_that_the_store_has(run, views):
    assert isinstance(views, Published)
    stored = Documents(run)
    for name in TABLES:
        found = getattr(views, name)
        expected = getattr(stored, name)[list(found.columns)]
        if name == "predictions":
            assert set(expected["part"]) == {"train", "test", "unlabelled"}
            expected = expected[expected["part"] == "test"]
        assert len(found) == len(expected) > 2
        pd.testing.assert_frame_equal(ordered(found), ordered(expected), check_dtype=False)
    assert set(stored.predictions.columns) - set(views.predictions.columns) == {"segments"}
    assert views.test.tracks
    assert views.validation.tracks == tuple(sorted(stored.validation.tracks))
    assert views.thresholds == stored.thresholds
    assert views.metrics.keys() == stored.metrics.keys()
    assert all(line.items() <= views.metrics[place].items() for place, line in stored.metrics.items())
    assert views.json("train", "Music_emotion_history.json") == stored.json("train", "Music_emotion_history.json")
    assert views.counters == stored.counters


def test_sections_and_verdict_are_the_same_from_the_views(run, views):
    stored = Documents(run)
    for name in CONTENTS.keys() - IN_STORE_ONLY - {"hardest"}:
        found, expected = (CONTENTS[name][2](documents) for documents in (views, stored))
        # views do not know why nothing was measured
        assert found == [block for block in expected if "Drift" not in getattr(block, "text", "")], name
        assert not all(isinstance(block, Note) for block in found)
    assert verdict(views) == verdict(stored)
    examples = CONTENTS["hardest"][2](views)[1:]
    assert examples
    assert all(example.clip is None and example.table.rows for example in examples)
    why = "this is in the object store only, and MER_STORE_URL has not this run."
    assert {(example.picture.text, example.silence) for example in examples} == {(f"No picture: {why}", f"No clip: {why}")}


def test_the_decision_on_a_model_is_part_of_the_verdict(database_url, reader_url, elsewhere, tmp_path):
    run = finished(tmp_path, database_url)
    for stage in (publish, challenge, promote):
        stage(run)
    views = opened(elsewhere, None, reader_url)
    assert verdict(views).details == verdict(Documents(run)).details
    assert "prevalence baseline" in str(verdict(views).details)


def test_a_champion_that_stays_is_part_of_the_verdict(run, urls, reader, elsewhere):
    later = finished(run.store.root, urls["mer_writer"], "kept")
    publish(later)
    decision = {"outcome": "kept", "decided_by": "rule", "reason": "0 is in", "difference": 0.01, "low": -0.02, "high": 0.04}
    insert = """
    INSERT INTO mer.promotion (run_no, model_sha256, champion_run_no, rule, outcome, decided_by, reason, difference, low, high)
    SELECT later.run_no, later.model_sha256, before.run_no, 'better', %s, %s, %s, %s, %s, %s
    FROM mer.run AS later, mer.run AS before WHERE later.run_id = 'kept' AND before.run_id = 'r1' RETURNING 1
    """
    assert rows(urls["mer_writer"], insert, *decision.values())
    later.write_json("challenge", "challenge.json", {**decision, "verdict": "keep", "champion_model": MODEL})
    later.write_manifest("promote", decision)
    assert verdict(opened(elsewhere, "kept", reader)).details == verdict(Documents(later)).details


def test_what_has_drifted_is_told_as_the_stage_tells_it(run, urls, reader, elsewhere, tmp_path):
    ((champion,),) = rows(urls["mer_writer"], "SELECT run_no FROM mer.run WHERE run_id = 'r1'")
    moved = {"genre": None, "measure": "predictions", "emotion": "power", "statistic": None, "psi": 0.75, "mean_psi": None}
    counts = {"chance": 0.1, "threshold": 0.25, "tracks": 9, "reference_tracks": 9, "same_genre": True, "drifted": True}
    later = finished(tmp_path, urls["mer_writer"], "moved")
    later.write_json("drift", "drift.json", {"metrics": [{"champion_run_no": champion, **moved, **counts}]})
    publish(later)
    views = opened(elsewhere, "moved", reader)
    told = {"drifted": True, "summary": "1 of 1 measures have drifted (all genres: power 0.75)"}
    assert told.items() <= views.manifests["drift"].items()
    later.write_manifest("drift", told)
    assert CONTENTS["data"][2](views) == CONTENTS["data"][2](Documents(later))


def test_a_run_that_evaluated_names_the_run_whose_model_it_loaded_and_claims_nothing_of_its_artists(
    run, urls, reader, elsewhere
):
    publish(finished(run.store.root, urls["mer_writer"], "judge", mode="eval"))
    views = opened(elsewhere, "judge", reader)
    assert "This run loaded the model of run r1" in str(CONTENTS["training"][2](views))
    assert STRANGERS not in str(verdict(views).details)


def test_of_a_run_from_before_there_were_groups_by_artist_the_views_claim_none(urls, reader, elsewhere, tmp_path):
    publish(finished(tmp_path, urls["mer_writer"], "known"))
    assert STRANGERS in str(verdict(opened(elsewhere, "known", reader)).details)
    forget = "UPDATE mer.run SET config = config - 'group_by' WHERE run_id = 'known' RETURNING config ? 'group_by'"
    assert rows(urls["mer_writer"], forget) == [(False,)]
    assert STRANGERS not in str(verdict(opened(elsewhere, "known", reader)).details)


def test_the_store_comes_first_and_the_published_configuration_is_the_runs_own(urls, reader, tmp_path):
    publish(finished(tmp_path, urls["mer_writer"], "slow", segment_seconds=1.5))
    found = opened(run_in(tmp_path).config, None, reader)
    assert type(found) is Documents
    assert found.run.config.segment_seconds == 1.5
    assert found.run.store.url == tmp_path.as_uri()


def test_without_a_name_the_run_that_was_published_last_is_opened(run, urls, reader, tmp_path):
    publish(finished(tmp_path, urls["mer_writer"], "last"))
    config = run_in(tmp_path).config
    discovered(run_in(tmp_path, "not-published"), [line("1")])
    assert opened(config, None, reader).run.run_id == opened(config, "", reader).run.run_id == "last"
    assert opened(config, "r1", reader).run.run_id == "r1"
    assert opened(config, "not-published", reader).run.run_id == "not-published"


def test_a_run_may_be_named_as_in_airflow(urls, reader, elsewhere, tmp_path):
    name = "manual__2026-11-26T01:37:00+00:00"
    run = finished(tmp_path, urls["mer_writer"], safe_name(name))
    assert opened(run.config, name).run == opened(run.config, run.run_id).run
    publish(run)
    assert opened(elsewhere, name, reader).run.run_id == run.run_id


def test_without_a_database_the_newest_run_in_the_store_is_opened(tmp_path):
    finished(tmp_path, None, "r1")
    run = finished(tmp_path, None, "a", mode="eval")
    found = opened(run_in(tmp_path).config)
    assert found.run.run_id == "a"
    assert found.labels.equals(Documents(run).labels)


def test_what_judges_no_model_of_its_own_is_not_the_newest_run(urls, tmp_path):
    run = finished(tmp_path, urls["mer_writer"], "fits")
    publish(run)
    discovered(run_in(tmp_path, "scores", mode="predict"), [line("1")])
    compared = as_crossval(run_in(tmp_path, "compares"))
    discovered(compared, [line("1")])
    compared.write_manifest("folds", {})
    places = {"store_url": run.store.url, "database_url": urls["mer_writer"]}
    housekeeping(Run(HousekeepingConfig.load({**places, "dry_run": True}), "tidies"))
    run.store.put("runs/stray", b"")
    assert {info.key.split("/")[1] for info in run.store.list("runs/")} > {"fits", "scores", "compares", "tidies"}
    assert opened(run_in(tmp_path).config).run.run_id == "fits"


def test_a_run_that_is_nowhere_is_an_error_that_says_where_it_was_looked_for(run, reader, elsewhere):
    with pytest.raises(ConfigError, match=r"^file://\S+/store: no run, expected one under runs/, or MER_READER_URL"):
        opened(elsewhere)
    with pytest.raises(ConfigError, match=r"^run 'typo': neither in file://\S+/store nor in the database, expected"):
        opened(elsewhere, "typo", reader)
    with pytest.raises(ConfigError, match=r"^run 'typo': not in file://\S+/store, expected its folder under runs/"):
        opened(elsewhere, "typo")


def test_a_reader_without_rights_and_a_database_that_is_away_are_named(elsewhere, reader):
    with pytest.raises(AccessDenied, match="nobody"):
        opened(elsewhere, None, reader.replace("mer_reader:", "nobody:"))
    with pytest.raises(DatabaseUnavailable):
        opened(elsewhere, None, "postgresql+psycopg2://mer_reader:secret@127.0.0.1:1/mer")


def test_rejected_files_keep_their_reasons(urls, reader, elsewhere, tmp_path):
    lost = [rejection("cover", stage="discover", reason="not_audio"), rejection("hum", stage="reformat", reason="silent")]
    publish(finished(tmp_path, urls["mer_writer"], "lossy", rejected=lost))
    views = opened(elsewhere, "lossy", reader)
    assert "Rejected files: 3 (not_audio 1, silent 1, too_short 1)" in str(CONTENTS["data"][2](views))

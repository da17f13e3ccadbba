import pandas as pd
import pytest

from mer_tasks.database.migrations import bootstrap
from mer_tasks.errors import AccessDenied, ConfigError, DatabaseUnavailable
from mer_tasks.report.blocks import Paragraph
from mer_tasks.report.headline import headline
from mer_tasks.report.published_documents import IN_STORE_ONLY, PublishedRunView, open_run
from mer_tasks.report.run_documents import RunView
from mer_tasks.report.sections import SECTIONS
from mer_tasks.runs.housekeeping_config import HousekeepingConfig
from mer_tasks.runs.run import Run, safe_name
from mer_tasks.stages.challenge import challenge
from mer_tasks.stages.housekeeping import housekeeping
from mer_tasks.stages.promote import promote
from mer_tasks.stages.publish import publish
from tests.support.crossval_runs import as_crossval
from tests.support.published_runs import MODEL, complete_run, rows
from tests.support.run_documents import discovered, line, rejection, run_in

TABLES = ("labels", "split", "predictions")
STRANGERS = "by artists that the model was not trained on"


@pytest.fixture(scope="module")
def urls(postgres):
    """URLs by role of a database that the tests of this module share."""
    return bootstrap(
        postgres.url(), "mer_published", dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "for tests: %/@")
    )


@pytest.fixture(scope="module")
def reader(urls):
    return urls["mer_reader"]


@pytest.fixture(scope="module")
def run(urls, tmp_path_factory):
    """The published run r1."""
    finished_run = complete_run(
        tmp_path_factory.mktemp("published"), urls["mer_writer"], fan_out={"sounds": {"r01": "r00", "r03": "r02"}}
    )
    publish(finished_run)
    return finished_run


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A configuration with an empty store."""
    return run_in(tmp_path_factory.mktemp("elsewhere") / "store").config


@pytest.fixture
def views(run, reader, elsewhere):
    """The run r1 as the database shows it to a reader whose store is empty."""
    return open_run(elsewhere, "r1", reader)


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values("track_id").reset_index(drop=True)


def test_the_views_give_the_documents_that_the_store_has(run, views):
    assert isinstance(views, PublishedRunView)
    stored = RunView(run)
    for name in TABLES:
        table = getattr(views, name)
        expected = getattr(stored, name)[list(table.columns)]
        if name == "predictions":
            assert set(expected["part"]) == {"train", "test", "unlabelled"}
            expected = expected[expected["part"] == "test"]
        assert len(table) == len(expected) > 2
        pd.testing.assert_frame_equal(ordered(table), ordered(expected), check_dtype=False)
    assert set(stored.predictions.columns) - set(views.predictions.columns) == {"segments"}
    assert views.test.tracks
    assert views.deciding.tracks == tuple(sorted(stored.deciding.tracks))
    assert views.thresholds == stored.thresholds
    assert views.metrics.keys() == stored.metrics.keys()
    assert all(line.items() <= views.metrics[key].items() for key, line in stored.metrics.items())
    assert views.json("train", "Music_emotion_history.json") == stored.json("train", "Music_emotion_history.json")
    assert views.counters == stored.counters


def test_sections_and_headline_are_the_same_from_the_views(run, views):
    stored = RunView(run)
    for name in SECTIONS.keys() - IN_STORE_ONLY - {"hardest"}:
        make = SECTIONS[name].make
        blocks = make(views)
        # the views do not record why drift was not measured
        assert blocks == [block for block in make(stored) if "Drift" not in getattr(block, "text", "")], name
        assert not all(isinstance(block, Paragraph) for block in blocks)
    assert headline(views) == headline(stored)
    examples = SECTIONS["hardest"].make(views)[1:]
    assert examples
    assert all(example.clip is None and example.table.rows for example in examples)
    why = "this is only in the object store, and the store at MER_STORE_URL does not have this run."
    assert {(example.picture.text, example.clip_note) for example in examples} == {(f"No picture: {why}", f"No clip: {why}")}


def test_the_headline_includes_the_decision_on_the_model(database_url, reader_url, elsewhere, tmp_path):
    run = complete_run(tmp_path, database_url)
    for stage in (publish, challenge, promote):
        stage(run)
    views = open_run(elsewhere, None, reader_url)
    assert headline(views).details == headline(RunView(run)).details
    assert "prevalence baseline" in str(headline(views).details)


def test_the_headline_says_that_the_champion_stays(run, urls, reader, elsewhere):
    later = complete_run(run.store.root, urls["mer_writer"], "kept")
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
    assert headline(open_run(elsewhere, "kept", reader)).details == headline(RunView(later)).details


def test_the_views_summarize_drift_as_the_stage_does(run, urls, reader, elsewhere, tmp_path):
    ((champion,),) = rows(urls["mer_writer"], "SELECT run_no FROM mer.run WHERE run_id = 'r1'")
    moved = {"genre": None, "measure": "predictions", "emotion": "power", "statistic": None, "psi": 0.75, "mean_psi": None}
    counts = {"chance": 0.1, "threshold": 0.25, "tracks": 9, "reference_tracks": 9, "same_genre": True, "drifted": True}
    later = complete_run(tmp_path, urls["mer_writer"], "moved")
    later.write_json("drift", "drift.json", {"metrics": [{"champion_run_no": champion, **moved, **counts}]})
    publish(later)
    views = open_run(elsewhere, "moved", reader)
    manifest = {"drifted": True, "summary": "1 of 1 measures have drifted (all genres: power 0.75)"}
    assert manifest.items() <= views.manifests["drift"].items()
    later.write_manifest("drift", manifest)
    assert SECTIONS["data"].make(views) == SECTIONS["data"].make(RunView(later))


def test_an_eval_run_names_the_run_whose_model_it_loaded_and_claims_nothing_about_artists(run, urls, reader, elsewhere):
    publish(complete_run(run.store.root, urls["mer_writer"], "judge", mode="eval"))
    views = open_run(elsewhere, "judge", reader)
    assert "This run loaded the model of run r1" in str(SECTIONS["training"].make(views))
    assert STRANGERS not in str(headline(views).details)


def test_the_views_claim_nothing_about_artists_if_a_run_did_not_record_its_groups(urls, reader, elsewhere, tmp_path):
    publish(complete_run(tmp_path, urls["mer_writer"], "known"))
    assert STRANGERS in str(headline(open_run(elsewhere, "known", reader)).details)
    forget = "UPDATE mer.run SET config = config - 'group_by' WHERE run_id = 'known' RETURNING config ? 'group_by'"
    assert rows(urls["mer_writer"], forget) == [(False,)]
    assert STRANGERS not in str(headline(open_run(elsewhere, "known", reader)).details)


def test_a_run_is_opened_from_the_store_first_with_its_published_configuration(urls, reader, tmp_path):
    publish(complete_run(tmp_path, urls["mer_writer"], "slow", segment_seconds=1.5))
    view = open_run(run_in(tmp_path).config, None, reader)
    assert type(view) is RunView
    assert view.run.config.segment_seconds == 1.5
    assert view.run.store.url == tmp_path.as_uri()


def test_the_run_that_was_published_last_is_opened_without_a_name(run, urls, reader, tmp_path):
    publish(complete_run(tmp_path, urls["mer_writer"], "last"))
    config = run_in(tmp_path).config
    discovered(run_in(tmp_path, "not-published"), [line("1")])
    assert open_run(config, None, reader).run.run_id == open_run(config, "", reader).run.run_id == "last"
    assert open_run(config, "r1", reader).run.run_id == "r1"
    assert open_run(config, "not-published", reader).run.run_id == "not-published"


def test_a_run_can_be_opened_by_its_name_in_airflow(urls, reader, elsewhere, tmp_path):
    name = "manual__2026-11-26T01:37:00+00:00"
    run = complete_run(tmp_path, urls["mer_writer"], safe_name(name))
    assert open_run(run.config, name).run == open_run(run.config, run.run_id).run
    publish(run)
    assert open_run(elsewhere, name, reader).run.run_id == run.run_id


def test_the_newest_run_in_the_store_is_opened_without_a_database(tmp_path):
    complete_run(tmp_path, None, "r1")
    run = complete_run(tmp_path, None, "a", mode="eval")
    view = open_run(run_in(tmp_path).config)
    assert view.run.run_id == "a"
    assert view.labels.equals(RunView(run).labels)


def test_the_newest_run_is_one_that_evaluates_a_model(urls, tmp_path):
    run = complete_run(tmp_path, urls["mer_writer"], "fits")
    publish(run)
    discovered(run_in(tmp_path, "scores", mode="predict"), [line("1")])
    compared = as_crossval(run_in(tmp_path, "compares"))
    discovered(compared, [line("1")])
    compared.write_manifest("folds", {})
    places = {"store_url": run.store.url, "database_url": urls["mer_writer"]}
    housekeeping(Run(HousekeepingConfig.load({**places, "dry_run": True}), "tidies"))
    run.store.put("runs/stray", b"")
    assert {info.key.split("/")[1] for info in run.store.list("runs/")} > {"fits", "scores", "compares", "tidies"}
    assert open_run(run_in(tmp_path).config).run.run_id == "fits"


def test_the_error_for_a_missing_run_names_the_places_that_were_searched(run, reader, elsewhere):
    with pytest.raises(ConfigError, match=r"^file://\S+/store: no run, expected one under runs/, or MER_READER_URL"):
        open_run(elsewhere)
    with pytest.raises(ConfigError, match=r"^run 'typo': neither in file://\S+/store nor in the database, expected"):
        open_run(elsewhere, "typo", reader)
    with pytest.raises(ConfigError, match=r"^run 'typo': not in file://\S+/store, expected its folder under runs/"):
        open_run(elsewhere, "typo")


def test_a_reader_without_rights_and_an_unreachable_database_raise_their_own_errors(elsewhere, reader):
    with pytest.raises(AccessDenied, match="nobody"):
        open_run(elsewhere, None, reader.replace("mer_reader:", "nobody:"))
    with pytest.raises(DatabaseUnavailable):
        open_run(elsewhere, None, "postgresql+psycopg2://mer_reader:secret@127.0.0.1:1/mer")


def test_rejected_files_keep_their_reasons(urls, reader, elsewhere, tmp_path):
    lost = [rejection("cover", stage="discover", reason="not_audio"), rejection("hum", stage="reformat", reason="silent")]
    publish(complete_run(tmp_path, urls["mer_writer"], "lossy", rejected=lost))
    views = open_run(elsewhere, "lossy", reader)
    assert "Rejected files: 3 (not_audio 1, silent 1, too_short 1)" in str(SECTIONS["data"].make(views))

import pandas as pd
import pytest

from mer_tasks.blocks import Note
from mer_tasks.challenge import challenge
from mer_tasks.documents import Documents
from mer_tasks.errors import AccessDenied, ConfigError, DatabaseUnavailable
from mer_tasks.promote import promote
from mer_tasks.publish import publish
from mer_tasks.published import IN_STORE_ONLY, Published, opened
from mer_tasks.sections import CONTENTS
from mer_tasks.verdict import verdict
from tests.published_runs import crowned, finished
from tests.run_documents import discovered, line, rejection, run_in

TABLES = ("labels", "split", "predictions")


@pytest.fixture
def run(database_url, tmp_path):
    found = finished(tmp_path, database_url, heard={"sounds": {"r01": "r00", "r03": "r02"}})
    publish(found)
    return found


@pytest.fixture
def views(run, reader_url, tmp_path):
    """The run, for someone who may read the database and has an empty store."""
    return opened(run_in(tmp_path / "elsewhere").config, None, reader_url)


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values("track_id").reset_index(drop=True)


def test_the_views_give_the_documents_that_the_store_has(run, views):
    assert isinstance(views, Published)
    stored = Documents(run)
    for name in TABLES:
        found = getattr(views, name)
        expected = getattr(stored, name)[list(found.columns)]
        assert len(found) > 15
        pd.testing.assert_frame_equal(ordered(found), ordered(expected), check_dtype=False)
    assert set(stored.predictions.columns) - set(views.predictions.columns) == {"segments"}
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


def test_the_decision_on_a_model_is_part_of_the_verdict(run, reader_url, tmp_path):
    for stage in (challenge, promote):
        stage(run)
    views = opened(run_in(tmp_path / "elsewhere").config, None, reader_url)
    assert verdict(views).details == verdict(Documents(run)).details
    assert "prevalence baseline" in str(verdict(views).details)


def test_what_has_drifted_is_told_as_the_stage_tells_it(run, reader_url, database_url, tmp_path):
    crowned(database_url)
    moved = {"genre": None, "measure": "predictions", "emotion": "power", "statistic": None, "psi": 0.75, "mean_psi": None}
    counts = {"chance": 0.1, "threshold": 0.25, "tracks": 9, "reference_tracks": 9, "same_genre": True, "drifted": True}
    later = finished(tmp_path, database_url, "r2")
    later.write_json("drift", "drift.json", {"metrics": [{"champion_run_no": 1, **moved, **counts}]})
    publish(later)
    views = opened(run_in(tmp_path / "elsewhere").config, "r2", reader_url)
    told = {"drifted": True, "summary": "1 of 1 measures have drifted (all genres: power 0.75)"}
    assert told.items() <= views.manifests["drift"].items()
    later.write_manifest("drift", told)
    assert CONTENTS["data"][2](views) == CONTENTS["data"][2](Documents(later))


def test_a_run_that_evaluated_names_the_run_whose_model_it_loaded(run, reader_url, database_url, tmp_path):
    publish(finished(tmp_path, database_url, "r2", mode="eval"))
    views = opened(run_in(tmp_path / "elsewhere").config, "r2", reader_url)
    assert "This run loaded the model of run r1" in str(CONTENTS["training"][2](views))


def test_the_store_comes_first_and_the_published_configuration_is_the_runs_own(database_url, reader_url, tmp_path):
    publish(finished(tmp_path, database_url, segment_seconds=1.5))
    found = opened(run_in(tmp_path).config, None, reader_url)
    assert type(found) is Documents
    assert found.run.config.segment_seconds == 1.5
    assert found.run.store.url == tmp_path.as_uri()


def test_without_a_name_the_run_that_was_published_last_is_opened(run, database_url, reader_url, tmp_path):
    publish(finished(tmp_path, database_url, "r2"))
    discovered(run_in(tmp_path, "not-published"), [line("1")])
    assert opened(run.config, None, reader_url).run.run_id == "r2"
    assert opened(run.config, "r1", reader_url).run.run_id == "r1"
    assert opened(run.config, "not-published", reader_url).run.run_id == "not-published"


def test_without_a_database_the_newest_run_in_the_store_is_opened(tmp_path):
    finished(tmp_path, None, "r1")
    run = finished(tmp_path, None, "a", mode="eval")
    found = opened(run_in(tmp_path).config)
    assert found.run.run_id == "a"
    assert found.labels.equals(Documents(run).labels)


def test_a_run_that_is_nowhere_is_an_error_that_says_where_it_was_looked_for(run, reader_url, tmp_path):
    empty = run_in(tmp_path / "elsewhere").config
    with pytest.raises(ConfigError, match=r"^file://\S+/elsewhere: no run, expected one under runs/, or MER_READER_URL"):
        opened(empty)
    with pytest.raises(ConfigError, match=r"^run 'typo': neither in file://\S+/elsewhere nor in the database, expected"):
        opened(empty, "typo", reader_url)
    with pytest.raises(ConfigError, match=r"^run 'typo': not in file://\S+/elsewhere, expected its folder under runs/"):
        opened(empty, "typo")


def test_a_reader_without_rights_and_a_database_that_is_away_are_named(run, owner_url, reader_url):
    wrong = reader_url.replace("mer_reader:", "nobody:")
    with pytest.raises(AccessDenied, match="nobody"):
        opened(run.config, None, wrong)
    with pytest.raises(DatabaseUnavailable):
        opened(run.config, None, "postgresql+psycopg2://mer_reader:secret@127.0.0.1:1/mer")


def test_rejected_files_keep_their_reasons(database_url, reader_url, tmp_path):
    lost = [rejection("cover", stage="discover", reason="not_audio"), rejection("hum", stage="reformat", reason="silent")]
    run = finished(tmp_path, database_url, rejected=lost)
    publish(run)
    views = opened(run_in(tmp_path / "elsewhere").config, None, reader_url)
    assert "Rejected files: 3 (not_audio 1, silent 1, too_short 1)" in str(CONTENTS["data"][2](views))

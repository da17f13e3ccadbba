"""Code of this version on stores and databases of released versions, to which it applies its migrations first."""

import json
from dataclasses import replace

import psycopg2
import pytest
from typer.testing import CliRunner

from mer_tasks.cli.main import app
from mer_tasks.database.connection import SQL
from mer_tasks.database.label_rows import check_label_set
from mer_tasks.database.migrations import pending_migrations, read_migrations
from mer_tasks.database.stored_labels import stored_labels_at
from mer_tasks.evaluation.reproduce import TOLERANCE, reproduce
from mer_tasks.label_set import Label
from mer_tasks.runs.pipeline import run_chain
from mer_tasks.runs.run import Run
from mer_tasks.storage.label_files import label_file, read_label_set
from tests.support.audio_files import encoded, music
from tests.support.postgres import rows
from tests.support.releases import FIRST, NEW_TRACK, PREDICTED, SECOND, VERSIONS, applied_migrations, restore

MIGRATIONS = SQL / "migrations"


@pytest.fixture(params=VERSIONS)
def release(request, postgres, template, tmp_path):
    """The restored store and database of a version; `template` has made the roles."""
    try:
        yield restore(request.param, tmp_path, postgres, "mer_release")
    finally:
        connection = psycopg2.connect(postgres.url().replace("+psycopg2", ""))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("DROP DATABASE IF EXISTS mer_release WITH (FORCE)")
        connection.close()


def mer(release, *arguments):
    """Run a command with the addresses of the release, and return what it prints."""
    variables = {
        "MER_STORE_URL": release.store_url,
        "MER_DATABASE_URL": release.urls["mer_writer"],
        "MER_READER_URL": release.urls["mer_reader"],
        "MER_DATABASE_OWNER_URL": release.urls["mer_owner"],
    }
    done = CliRunner().invoke(app, arguments, env=variables, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def stored_probabilities(release, run_id, stage="evaluate", name="predictions.parquet"):
    """Probabilities by track and label, as the run wrote them to the store."""
    run = Run(release.config(), run_id)
    table = run.read_table(stage, name).set_index("track_id")
    return table[[f"probability_{label}" for label in run.label_set.ids]].set_axis(run.label_set.ids, axis=1)


def explained(release, track):
    """Run by which a track is scored, and its probabilities by label, as the command ``explain`` prints them."""
    lines = json.loads(mer(release, "explain", track, "--json"))
    assert len({(line["scored_by"], line["model_run_id"], line["champion_now"]) for line in lines}) == 1
    return lines[0]["scored_by"], {line["emotion"]: line["probability"] for line in lines}


def serving(release):
    """Number of served tracks by the run that scored them."""
    return dict(
        rows(
            release.urls["mer_reader"],
            "SELECT run_id, count(DISTINCT track_id) FROM mer.current_predictions GROUP BY run_id",
        )
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_no_migration_of_a_released_version_has_changed(version):
    applied = applied_migrations(version)
    assert len(applied) >= 9
    pending_migrations(read_migrations(MIGRATIONS), applied)


def test_the_database_is_migrated_and_keeps_its_label_set(release):
    url = release.urls["mer_owner"]
    applied = rows(url, "SELECT number, name, sha256 FROM mer.migration ORDER BY number")
    assert applied == [(each.number, each.name, each.sha256) for each in read_migrations(MIGRATIONS)]
    assert {number: (name, sha256) for number, name, sha256 in applied}.items() >= applied_migrations(release.version).items()
    check_label_set(release.urls["mer_reader"], read_label_set(None))


def test_explain_gives_the_probabilities_that_were_stored(release):
    stored = stored_probabilities(release, SECOND)
    assert len(stored) > 0
    for track in stored.index:
        scored_by, probabilities = explained(release, track)
        assert scored_by == SECOND
        assert probabilities == pytest.approx(stored.loc[track].to_dict(), abs=1e-6)
    assert explained(release, NEW_TRACK)[0] == PREDICTED


def test_the_champion_scores_a_track_that_is_landed_now(release):
    run = Run(release.config(mode="predict"), "later")
    run.landing.put("pop/later.wav", encoded(music(4.0)))
    manifests = run_chain(run)
    assert (manifests["discover"]["counters"]["pending"], manifests["discover"]["model"]["run_id"]) == (1, SECOND)
    (shard,) = manifests["discover"]["shards"]
    stored = stored_probabilities(release, "later", "predict", shard["key"].rpartition("/")[2].replace(".json", ".parquet"))
    scored_by, probabilities = explained(release, "later")
    assert scored_by == "later"
    assert probabilities == pytest.approx(stored.loc["later"].to_dict(), abs=1e-6)


@pytest.mark.parametrize("run_id", [FIRST, SECOND, PREDICTED])
def test_a_run_is_reproduced(release, run_id):
    result = reproduce(release.config(), run_id)
    assert result.difference <= TOLERANCE
    assert (result.decisions, result.remade) == (0, 0)
    assert result.tracks > 0


def test_a_rollback_serves_the_predictions_of_the_first_champion(release):
    before = serving(release)
    assert FIRST not in before
    assert f"champion is now the model of run {FIRST}; the champion before was the model of run {SECOND}" in mer(
        release, "rollback", "--by", "a test"
    )
    assert serving(release) == {FIRST: before[SECOND], PREDICTED: before[PREDICTED]}
    stored = stored_probabilities(release, FIRST)
    track = stored.index[0]
    assert explained(release, track) == (FIRST, pytest.approx(stored.loc[track].to_dict(), abs=1e-6))


def test_a_label_is_added_and_predictions_keep_theirs(release, tmp_path):
    url = release.urls["mer_owner"]
    current = stored_labels_at(url).current
    newer = replace(current, version=current.version + 1, labels=(*current.labels, Label("awe", "awe")))
    path = tmp_path / "labels.toml"
    path.write_text(label_file(newer))
    before = explained(release, NEW_TRACK)
    assert "added: awe" in mer(release, "labels", "add", "--labels", str(path))
    assert stored_labels_at(url).current == newer
    assert explained(release, NEW_TRACK) == before
    assert rows(release.urls["mer_reader"], "SELECT awe FROM mer.track_emotions WHERE track_id = %s", NEW_TRACK) == [(None,)]

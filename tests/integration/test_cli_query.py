import json

import pytest
from typer.testing import CliRunner

from mer_tasks.cli import app
from mer_tasks.database import SQL, query
from mer_tasks.publish import publish
from tests.published_runs import finished

QUERIES = sorted(path.stem for path in (SQL / "queries").glob("*.sql"))


@pytest.fixture
def ask(tmp_path, database_url, reader_url):
    """Asks as a reader of a database with one published run."""
    publish(finished(tmp_path, database_url))
    return lambda *arguments: CliRunner().invoke(app, ["query", *arguments], env={"MER_DATABASE_URL": reader_url})


def test_parameters_are_texts_that_postgres_turns_into_what_it_needs(ask, reader_url):
    done = ask("tracks_for_emotion", "--param", "emotion=power", "-p", "rows=3", "-p", "genre=pop", "--json")
    assert json.loads(done.stdout) == query(reader_url, "tracks_for_emotion", {"emotion": "power", "rows": 3, "genre": "pop"})
    assert len(json.loads(done.stdout)) == 3
    everywhere = ask("tracks_for_emotion", "--param", "emotion=power", "-p", "rows=3", "-p", "genre=NULL", "--json")
    assert json.loads(everywhere.stdout) == query(reader_url, "tracks_for_emotion", {"emotion": "power", "rows": 3})


def test_every_query_takes_its_own_defaults_as_text(ask, reader_url):
    from mer_tasks.database import DEFAULT

    for name in QUERIES:
        defaults = DEFAULT.findall((SQL / "queries" / f"{name}.sql").read_text())
        given = [text for key, value in defaults for text in ("-p", f"{key}={value.strip(chr(39))}")]
        done = ask(name, *given, "--json")
        assert done.exit_code == 0, (name, done.exception)
        assert json.loads(done.stdout) == json.loads(ask(name, "--json").stdout)


def test_a_table_ends_with_its_number_of_rows(ask):
    lines = ask("tracks_for_emotion", "-p", "rows=2").stdout.splitlines()
    assert lines[0].split() == ["rank", "track_id", "genre", "probability", "part"]
    assert len(lines) == 4
    assert lines[-1] == "2 rows"


def test_a_postgres_of_ones_own_gets_roles_database_and_schema(postgres):
    done = CliRunner().invoke(app, ["bootstrap", postgres.url(), "--database", "mer_own"])
    assert done.exit_code == 0, done.exception
    urls = dict(line.split(": ") for line in done.stdout.splitlines())
    assert list(urls) == ["mer_owner", "mer_writer", "mer_reader"]
    assert query(urls["mer_reader"], "runs_compared") == []
    again = CliRunner().invoke(app, ["migrate", urls["mer_owner"]])
    assert (again.exit_code, again.stdout) == (0, "up to date\n")

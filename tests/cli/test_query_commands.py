import json
import re
from dataclasses import dataclass
from itertools import pairwise

import pytest
from typer.testing import CliRunner, Result

from mer_tasks.cli.main import app
from mer_tasks.database.connection import SQL, transaction
from mer_tasks.database.migrations import bootstrap
from mer_tasks.database.queries import DEFAULT, query
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import AccessDenied, ConfigError
from mer_tasks.runs.run import Run, safe_name
from mer_tasks.stages.publish import publish
from mer_tasks.terminal.run_tables import metrics
from tests.support.published_runs import TRACKS, crowned, finished, predicted

QUERIES = sorted(path.stem for path in (SQL / "queries").glob("*.sql"))
AIRFLOWS = "manual__2026-11-26T00:21:26+00:00"
HOSTILE = ("p[bold]x[/bold]", "p<img src=x onerror=alert(1)>", "p\x1b]0;owned\x07\x1b[31m", "p\nline")


@dataclass(frozen=True)
class Published:
    """What was published, and where."""

    run: Run
    urls: dict[str, str]

    def __call__(self, *arguments: str, **variables: str) -> Result:
        """What ``python -m mer_tasks`` answers to a reader."""
        env = {"MER_READER_URL": self.urls["mer_reader"], "MER_DATABASE_URL": "", "COLUMNS": "120", **variables}
        return CliRunner().invoke(app, arguments, env=env)

    def json(self, *arguments: str) -> object:
        done = self(*arguments, "--json")
        assert done.exit_code == 0, done.exception
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def ask(postgres, tmp_path_factory):
    """Asks as a reader of two runs: one whose model is the champion, and one of mode predict, in a store that is no store."""
    urls = bootstrap(postgres.url(), "mer_cli", dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "for tests: %/@"))
    folder = tmp_path_factory.mktemp("cli")
    tracks = [*TRACKS, *HOSTILE]
    run = finished(folder, urls["mer_writer"], safe_name(AIRFLOWS), tracks=tracks)
    publish(run)
    crowned(urls["mer_writer"], run.run_id)
    publish(predicted(folder, urls["mer_writer"], "n1", [*tracks, "p90"], ["p90"], run.run_id))
    with transaction(urls["mer_writer"]) as cursor:
        cursor.execute("UPDATE mer.run SET store_url = 'ftp://elsewhere' WHERE run_id = 'n1'")
    return Published(run, urls)


def test_parameters_are_texts_that_postgres_turns_into_what_it_needs(ask):
    url = ask.urls["mer_reader"]
    found = ask.json("query", "tracks_for_emotion", "--param", "emotion=power", "-p", "rows=3", "-p", "genre=pop")
    assert found == query(url, "tracks_for_emotion", {"emotion": "power", "rows": 3, "genre": "pop"})
    assert len(found) == 3
    everywhere = ask.json("query", "tracks_for_emotion", "--param", "emotion=power", "-p", "rows=3", "-p", "genre=NULL")
    assert everywhere == query(url, "tracks_for_emotion", {"emotion": "power", "rows": 3})


def test_every_query_takes_its_own_defaults_as_text(ask):
    for name in QUERIES:
        defaults = DEFAULT.findall((SQL / "queries" / f"{name}.sql").read_text())
        given = [text for key, value in defaults for text in ("-p", f"{key}={value.strip(chr(39))}")]
        assert ask.json("query", name, *given) == ask.json("query", name)


def test_a_table_ends_with_its_number_of_rows(ask):
    lines = ask("query", "tracks_for_emotion", "-p", "rows=2").stdout.splitlines()
    assert lines[0].split() == ["rank", "track_id", "genre", "probability", "part"]
    assert len(lines) == 4
    assert lines[-1] == "2 rows"


def test_runs_come_with_what_they_are_worth_and_what_became_of_their_models(ask):
    assert [row["run_id"] for row in ask.json("runs")] == ["n1", ask.run.run_id]
    f1 = metrics(ask.urls["mer_reader"], ask.run.run_id)["f1_macro", None]
    head, scored, trained, _ = ask("runs").stdout.splitlines()
    assert head.split() == ["run", "mode", "published", "tracks", "ROC-AUC", "F1", "base", "decision"]
    assert f"{f1.value:.3f} ({f1.low:.3f}–{f1.high:.3f})  {f1.baseline:.3f}  ★ champion" in trained
    assert "champion" not in scored
    assert len(ask.json("runs", "--rows", "1")) == 1


def test_a_run_is_shown_by_its_name_in_airflow(ask):
    said = ask("show", AIRFLOWS).stdout
    for text in (
        f"run        {ask.run.run_id}",
        f"Run {ask.run.run_id} became the first champion. Decided by a test",
        "its own, the champion",
        "decision",
    ):
        assert text in said
    assert "2 (not_audio 1, too_short 1; " in said
    assert "joyful_activation" in said
    assert re.search(r"^train +30\.0 +58\.0 +━━━", said, re.MULTILINE)
    assert f"Music_emotion_metrics.json  {ask.run.store.uri(ask.run.key('evaluate', 'Music_emotion_metrics.json'))}" in said


def test_a_run_as_json_is_one_object(ask):
    found = ask.json("show", AIRFLOWS)
    assert found == ask.json("show", ask.run.run_id)
    assert (found["run"]["run_id"], found["run"]["by_champion"]) == (ask.run.run_id, True)
    assert found["run"]["config"]["epochs"] == 40
    f1 = metrics(ask.urls["mer_reader"], ask.run.run_id)["f1_macro", None]
    assert [line["value"] for line in found["metrics"] if line["metric"] == "f1_macro"] == [f1.value]
    assert {row["key"] for row in found["rejected"]} == {"rock/cover.mp3", "rock/rbad.mp3"}
    assert found["artifacts"]["Music_emotion_metrics.json"].startswith("file:///")
    assert "train" in {row["stage"] for row in found["stages"]}


def test_a_run_that_only_scored_has_no_metrics_and_a_store_that_cannot_be_read_is_said(ask):
    assert ask("show").stdout == ask("show", ask.run.run_id).stdout  # the newest that judged a model
    done = ask("show", "n1")
    assert done.exit_code == 0, done.exception
    assert "run        n1" in done.stdout
    assert f"of run {ask.run.run_id}, the champion" in done.stdout
    assert "verdict" not in done.stdout
    assert "decision" not in done.stdout
    assert "artifacts  not known: object store 'ftp://elsewhere': expected file:///" in done.stdout
    found = ask.json("show", "n1")
    assert (found["metrics"], found["verdict"], found["artifacts"]) == ([], None, {})


def test_an_unknown_run_is_answered_with_the_newest(ask):
    with pytest.raises(ConfigError, match=rf"^run 'x': not published, the newest published runs are n1, {ask.run.run_id}$"):
        raise ask("show", "x").exception


@pytest.mark.parametrize("spelled", ["joyful_activation", "Joyful activation", "joyful-activation"])
def test_the_tracks_for_an_emotion_come_with_bars(ask, spelled):
    expected = query(ask.urls["mer_reader"], "tracks_for_emotion", {"emotion": "joyful_activation", "genre": "rock", "rows": 3})
    assert ask.json("top", spelled, "--genre", "rock", "--rows", "3") == expected
    lines = ask("top", spelled, "--genre", "rock", "--rows", "3").stdout.splitlines()
    assert [line.split()[1] for line in lines[1:-1]] == [row["track_id"] for row in expected]
    assert all(f"{row['probability']:.3f}  ━" in line for row, line in zip(expected, lines[1:-1], strict=True))
    lengths = [line.count("━") for line in lines[1:-1]]
    assert all(before >= after for before, after in pairwise(lengths))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["joy"], f"^emotion 'joy': expected one of {', '.join(EMOTIONS)}$"),
        (["power", "--genre", "polka"], "^genre 'polka': no track of it, expected one of pop, rock$"),
    ],
)
def test_an_unknown_emotion_or_genre_is_answered_with_those_there_are(ask, arguments, message):
    with pytest.raises(ConfigError, match=message):
        raise ask("top", *arguments).exception


def test_a_track_is_explained_by_its_model_its_part_and_its_listeners(ask):
    said = ask("explain", "r01").stdout
    assert f"model of   run {ask.run.run_id}, the champion" in said
    assert "listeners  10" in said
    rows = ask.json("explain", "r01")
    assert len(rows) == 9
    for row in rows:
        (line,) = [line for line in said.splitlines() if line.startswith(row["emotion"])]
        assert f"{row['probability']:.3f}" in line
        assert "┃" in line
        assert (" yes " in line) == row["positive"]
    said = ask("explain", "p90").stdout
    assert "scored by  run n1" in said
    assert "part       unlabelled: without annotations" in said
    assert "listeners  nobody has annotated it" in said


@pytest.mark.parametrize("variables", [{}, {"FORCE_COLOR": "1", "TERM": "xterm", "NO_COLOR": "1"}])
def test_what_a_track_is_called_does_nothing_to_the_terminal(ask, variables):
    listed = ask("top", "power", "--genre", "pop", "--rows", "100", **variables).stdout
    for track, seen in zip(HOSTILE, (HOSTILE[0], HOSTILE[1], "p␛]0;owned␇␛[31m", "p␊line"), strict=True):
        assert seen in listed
        explained = ask("explain", track, **variables).stdout
        assert seen in explained
        assert all(each not in listed + explained for each in ("\x1b]0", "\x1b[31m", "\x07", "p\nline"))
        assert ask.json("explain", track)[0]["genre"] == "pop"
    assert {row["track_id"] for row in ask.json("top", "power", "--rows", "100")} >= set(HOSTILE)


def test_a_name_that_is_no_text_is_refused(ask):
    with pytest.raises(ConfigError, match=r"^track_id='\\udcff': expected text without NUL and lone surrogates$"):
        raise ask("explain", "\udcff").exception


def test_questions_are_asked_as_the_reader_where_it_is_known(ask):
    away = "postgresql+psycopg2://mer_writer:secret@127.0.0.1:1/mer"
    assert ask("runs", MER_DATABASE_URL=away).exit_code == 0
    assert ask("runs", MER_READER_URL="", MER_DATABASE_URL=ask.urls["mer_reader"]).exit_code == 0
    assert ask("runs", "--database-url", ask.urls["mer_reader"], MER_READER_URL=away).exit_code == 0
    with pytest.raises(ConfigError, match=r"^no database: expected MER_READER_URL, MER_DATABASE_URL or --database-url"):
        raise ask("runs", MER_READER_URL="").exception


@pytest.mark.parametrize(
    ("right", "message"),
    [
        ("CONNECT ON DATABASE mer_cli", "permission denied for schema mer"),
        ("USAGE ON SCHEMA mer", "permission denied for view"),
    ],
)
def test_a_role_without_rights_is_told_so_in_a_line(ask, postgres, right, message):
    stranger = postgres.create_database("elsewhere", "stranger", "secret").replace("/elsewhere", "/mer_cli")
    with transaction(ask.urls["mer_owner"] if "SCHEMA" in right else postgres.url(), any_schema=True) as cursor:
        cursor.execute(f"GRANT {right} TO stranger")
    for command in (["runs"], ["show"], ["top", "power"], ["query", "genres"]):
        with pytest.raises(AccessDenied, match=rf"{message}.*; expected a role with .* the rights") as refused:
            raise ask(*command, MER_READER_URL=stranger).exception
        assert "\n" not in str(refused.value)
        assert "secret" not in str(refused.value)


def test_before_the_first_run_every_question_says_that_there_is_nothing(reader_url):
    def said(*arguments):
        return CliRunner().invoke(app, arguments, env={"MER_READER_URL": reader_url})

    assert said("runs").stdout == "0 rows\n"
    assert str(said("show").exception) == "no run is published yet"
    assert str(said("show", "r1").exception) == "run 'r1': not published, as none is yet"
    assert str(said("top", "power").exception) == "no track has been scored: expected a published run"
    assert "no run has scored it" in str(said("explain", "r01").exception)


def test_a_postgres_of_ones_own_gets_roles_database_and_schema(postgres):
    done = CliRunner().invoke(app, ["bootstrap", postgres.url(), "--database", "mer_own"])
    assert done.exit_code == 0, done.exception
    urls = dict(line.split(": ") for line in done.stdout.splitlines())
    assert list(urls) == ["mer_owner", "mer_writer", "mer_reader"]
    assert query(urls["mer_reader"], "runs_compared") == []
    again = CliRunner().invoke(app, ["migrate", urls["mer_owner"]])
    assert (again.exit_code, again.stdout) == (0, "up to date\n")

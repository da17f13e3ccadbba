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
from mer_tasks.errors import AccessDenied, ConfigError
from mer_tasks.runs.run import Run, safe_name
from mer_tasks.stages.publish import publish
from mer_tasks.terminal.run_tables import metrics
from tests.support.label_sets import EMOTIFY
from tests.support.published_runs import TRACKS, complete_predict_run, complete_run, make_champion

QUERIES = sorted(path.stem for path in (SQL / "queries").glob("*.sql"))
AIRFLOWS = "manual__2026-11-26T00:21:26+00:00"
HOSTILE = ("p[bold]x[/bold]", "p<img src=x onerror=alert(1)>", "p\x1b]0;owned\x07\x1b[31m", "p\nline")


@dataclass(frozen=True)
class ReaderCommands:
    """Calls commands as a reader of a database with published runs."""

    run: Run
    urls: dict[str, str]

    def __call__(self, *arguments: str, **variables: str) -> Result:
        """Run a command of ``python -m mer_tasks`` as a reader."""
        env = {"MER_READER_URL": self.urls["mer_reader"], "MER_DATABASE_URL": "", "COLUMNS": "120", **variables}
        return CliRunner().invoke(app, arguments, env=env)

    def json(self, *arguments: str) -> object:
        done = self(*arguments, "--json")
        assert done.exit_code == 0, done.exception
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def ask(postgres, tmp_path_factory):
    """Commands on two published runs: a champion's, and one of mode predict whose store URL cannot be opened."""
    urls = bootstrap(postgres.url(), "mer_cli", dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "for tests: %/@"))
    folder = tmp_path_factory.mktemp("cli")
    tracks = [*TRACKS, *HOSTILE]
    fan_out = {"names": {"r01": {"title": "Beyond Late"}, "r02": {"title": "Beyond"}}, "artists": {"r02": ["Brad \x1b[31m"]}}
    run = complete_run(folder, urls["mer_writer"], safe_name(AIRFLOWS), tracks=tracks, fan_out=fan_out)
    publish(run)
    make_champion(urls["mer_writer"], run.run_id)
    publish(complete_predict_run(folder, urls["mer_writer"], "n1", [*tracks, "p90"], ["p90"], run.run_id))
    with transaction(urls["mer_writer"]) as cursor:
        cursor.execute("UPDATE mer.run SET store_url = 'ftp://elsewhere' WHERE run_id = 'n1'")
    return ReaderCommands(run, urls)


def test_postgres_converts_the_parameters_of_a_query_from_text(ask):
    url = ask.urls["mer_reader"]
    tracks = ask.json("query", "tracks_for_emotion", "--param", "emotion=power", "-p", "rows=3", "-p", "genre=pop")
    assert tracks == query(url, "tracks_for_emotion", {"emotion": "power", "rows": 3, "genre": "pop"})
    assert len(tracks) == 3
    everywhere = ask.json("query", "tracks_for_emotion", "--param", "emotion=power", "-p", "rows=3", "-p", "genre=NULL")
    assert everywhere == query(url, "tracks_for_emotion", {"emotion": "power", "rows": 3})


def test_every_query_accepts_its_own_defaults_as_text(ask):
    for name in QUERIES:
        defaults = DEFAULT.findall((SQL / "queries" / f"{name}.sql").read_text())
        given = [text for key, value in defaults for text in ("-p", f"{key}={value.strip(chr(39))}")]
        assert ask.json("query", name, *given) == ask.json("query", name)


def test_a_table_ends_with_its_number_of_rows(ask):
    lines = ask("query", "tracks_for_emotion", "-p", "rows=2").stdout.splitlines()
    assert lines[0].split() == [
        "rank",
        "title",
        "artist",
        "track_id",
        "genre",
        "probability",
        "certainty",
        "part",
        "provisional",
    ]
    assert len(lines) == 4
    assert lines[-1] == "2 rows"


def test_runs_are_listed_with_their_metrics_and_the_decisions_on_their_models(ask):
    assert [row["run_id"] for row in ask.json("runs")] == ["n1", ask.run.run_id]
    f1 = metrics(ask.urls["mer_reader"], ask.run.run_id)["f1_macro", None]
    head, scored, trained, _ = ask("runs").stdout.splitlines()
    assert head.split() == ["run", "mode", "published", "tracks", "ROC-AUC", "F1", "base", "decision"]
    assert f"{f1.value:.3f} ({f1.low:.3f} to {f1.high:.3f})  {f1.baseline:.3f}  ★ champion" in trained
    assert "champion" not in scored
    assert len(ask.json("runs", "--rows", "1")) == 1


def test_a_run_is_shown_by_its_name_in_airflow(ask):
    output = ask("show", AIRFLOWS).stdout
    for text in (
        f"run        {ask.run.run_id}",
        f"Run {ask.run.run_id} became the first champion. Decided by a test",
        "its own, the champion",
        "decision",
    ):
        assert text in output
    assert "2 (not_audio 1, too_short 1; " in output
    assert "joyful activation  " in output
    assert f"label set  emotify version 1 (digest {ask.run.label_set.digest[:12]})\n" in output
    assert re.search(r"^train +30\.0 +58\.0 +━━━", output, re.MULTILINE)
    assert f"Music_emotion_metrics.json  {ask.run.store.uri(ask.run.key('evaluate', 'Music_emotion_metrics.json'))}" in output


def test_a_run_as_json_is_one_object(ask):
    summary = ask.json("show", AIRFLOWS)
    assert summary == ask.json("show", ask.run.run_id)
    assert (summary["run"]["run_id"], summary["run"]["by_champion"]) == (ask.run.run_id, True)
    assert summary["run"]["config"]["epochs"] == 40
    f1 = metrics(ask.urls["mer_reader"], ask.run.run_id)["f1_macro", None]
    assert [line["value"] for line in summary["metrics"] if line["metric"] == "f1_macro"] == [f1.value]
    assert {row["key"] for row in summary["rejected"]} == {"rock/cover.mp3", "rock/rbad.mp3"}
    assert summary["artifacts"]["Music_emotion_metrics.json"].startswith("file:///")
    assert "train" in {row["stage"] for row in summary["stages"]}


def test_a_run_of_mode_predict_has_no_metrics_and_an_unreadable_store_is_reported(ask):
    assert ask("show").stdout == ask("show", ask.run.run_id).stdout  # the newest run that evaluated a model
    done = ask("show", "n1")
    assert done.exit_code == 0, done.exception
    assert "run        n1" in done.stdout
    assert f"of run {ask.run.run_id}, the champion" in done.stdout
    assert "verdict" not in done.stdout
    assert "decision" not in done.stdout
    assert "artifacts  not known: object store 'ftp://elsewhere': expected file:///" in done.stdout
    summary = ask.json("show", "n1")
    assert (summary["metrics"], summary["verdict"], summary["artifacts"]) == ([], None, {})


def test_the_error_for_an_unknown_run_names_the_newest_runs(ask):
    with pytest.raises(ConfigError, match=rf"^run 'x': not published, the newest published runs are n1, {ask.run.run_id}$"):
        raise ask("show", "x").exception


@pytest.mark.parametrize("spelled", ["joyful_activation", "Joyful activation", "joyful-activation"])
def test_the_tracks_for_an_emotion_are_listed_with_bars(ask, spelled):
    expected = query(ask.urls["mer_reader"], "tracks_for_emotion", {"emotion": "joyful_activation", "genre": "rock", "rows": 3})
    assert ask.json("top", spelled, "--genre", "rock", "--rows", "3") == expected
    lines = ask("top", spelled, "--genre", "rock", "--rows", "3").stdout.splitlines()
    assert all(row["track_id"] in line for row, line in zip(expected, lines[1:-1], strict=True))
    assert all(f"{row['probability']:.3f}  ━" in line for row, line in zip(expected, lines[1:-1], strict=True))
    lengths = [line.count("━") for line in lines[1:-1]]
    assert all(before >= after for before, after in pairwise(lengths))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["joy"], f"^emotion 'joy': expected one of {', '.join(EMOTIFY.ids)}$"),
        (["power", "--genre", "polka"], "^genre 'polka': no track of it, expected one of pop, rock$"),
    ],
)
def test_the_error_for_an_unknown_label_or_genre_names_the_valid_ones(ask, arguments, message):
    with pytest.raises(ConfigError, match=message):
        raise ask("top", *arguments).exception


def test_a_track_is_explained_by_its_model_its_part_and_its_listeners(ask):
    output = ask("explain", "r01").stdout
    facts = " ".join(output.split())
    assert f"model of run {ask.run.run_id}, the champion" in facts
    assert "listeners 10 " in facts
    rows = ask.json("explain", "r01")
    assert len(rows) == 9
    for row in rows:
        (line,) = [line for line in output.splitlines() if line.startswith(EMOTIFY.by_id[row["emotion"]].name)]
        assert f"{row['probability']:.3f}" in line
        assert "┃" in line
        assert (" yes " in line) == row["positive"]
    output = ask("explain", "p90").stdout
    facts = " ".join(output.split())
    assert "scored by run n1" in facts
    assert "part unlabelled: the track had no annotations" in facts
    assert "listeners none: the track has no annotations" in facts


@pytest.mark.parametrize("variables", [{}, {"FORCE_COLOR": "1", "TERM": "xterm", "NO_COLOR": "1"}])
def test_the_name_of_a_track_cannot_control_the_terminal(ask, variables):
    listed = ask("top", "power", "--genre", "pop", "--rows", "100", **variables).stdout
    for track, printed in zip(HOSTILE, (HOSTILE[0], HOSTILE[1], "p␛]0;owned␇␛[31m", "p␊line"), strict=True):
        assert printed in listed
        explained = ask("explain", track, **variables).stdout
        assert printed in explained
        assert all(each not in listed + explained for each in ("\x1b]0", "\x1b[31m", "\x07", "p\nline"))
        assert ask.json("explain", track)[0]["genre"] == "pop"
    assert {row["track_id"] for row in ask.json("top", "power", "--rows", "100")} >= set(HOSTILE)


def test_a_name_that_is_not_valid_unicode_is_rejected(ask):
    with pytest.raises(ConfigError, match=r"^track_id='\\udcff': expected text without NUL and lone surrogates$"):
        raise ask("explain", "\udcff").exception


def test_queries_use_the_readers_account_if_it_is_set(ask):
    unreachable = "postgresql+psycopg2://mer_writer:secret@127.0.0.1:1/mer"
    assert ask("runs", MER_DATABASE_URL=unreachable).exit_code == 0
    assert ask("runs", MER_READER_URL="", MER_DATABASE_URL=ask.urls["mer_reader"]).exit_code == 0
    assert ask("runs", "--database-url", ask.urls["mer_reader"], MER_READER_URL=unreachable).exit_code == 0
    with pytest.raises(ConfigError, match=r"^no database: expected MER_READER_URL, MER_DATABASE_URL or --database-url"):
        raise ask("runs", MER_READER_URL="").exception


def test_tracks_are_shown_with_title_and_artist_and_found_by_them(ask):
    lines = ask("find", "BEYOND").stdout.splitlines()
    assert lines[0].split() == ["title", "artist", "track_id", "genre", "emotions", "gone"]
    assert lines[1].startswith("Beyond Late  artist of r01  r01       rock")
    assert lines[2].startswith("Beyond       Brad ␛[31m     r02       rock")
    assert lines[3] == "2 rows"
    assert [row["track_id"] for row in ask.json("find", "beyond", "--rows", "1")] == ["r01"]
    (track,) = ask.json("top", "power", "--text", "beyond late")
    assert (track["title"], track["artist"], track["track_id"]) == ("Beyond Late", "artist of r01", "r01")
    assert "Beyond Late  artist of r01  r01" in ask("top", "power", "--text", "beyond late").stdout
    assert ask("find", "nothing").stdout == "0 rows\n"
    with pytest.raises(ConfigError, match=r"^text 'nothing': no track of genre 'pop' has it in title, artist or id$"):
        raise ask("top", "power", "--genre", "pop", "--text", "nothing").exception


def test_columns_of_names_are_left_out_if_no_track_has_one(ask):
    lines = ask("find", "p00").stdout.splitlines()
    assert lines[0].split()[:2] == ["artist", "track_id"]


def test_a_prediction_is_explained_for_an_id_or_for_the_only_track_with_a_name(ask):
    expected = ask.json("explain", "r01")
    assert ask.json("explain", "beyond late") == expected
    assert (expected[0]["title"], expected[0]["artist"], expected[0]["track_id"]) == ("Beyond Late", "artist of r01", "r01")
    facts = ask("explain", "Beyond Late").stdout.splitlines()
    assert [line.split(maxsplit=1) for line in facts[:3]] == [
        ["track", "r01"],
        ["title", "Beyond Late"],
        ["artist", "artist of r01"],
    ]
    several = (
        r"^track 'beyond': several tracks have it in their names, expected one of Beyond Late · artist of r01 \(r01\), Beyond"
    )
    with pytest.raises(ConfigError, match=several):
        raise ask("explain", "beyond").exception
    with pytest.raises(ConfigError, match=r"r0\d · artist of r0\d and more$"):
        raise ask("explain", "artist of r0").exception


@pytest.mark.parametrize(
    ("right", "message"),
    [
        ("CONNECT ON DATABASE mer_cli", "permission denied for schema mer"),
        ("USAGE ON SCHEMA mer", "permission denied for view"),
    ],
)
def test_a_role_without_rights_gets_a_one_line_error(ask, postgres, right, message):
    stranger = postgres.create_database("elsewhere", "stranger", "secret").replace("/elsewhere", "/mer_cli")
    with transaction(ask.urls["mer_owner"] if "SCHEMA" in right else postgres.url(), any_schema=True) as cursor:
        cursor.execute(f"GRANT {right} TO stranger")
    for command in (["runs"], ["show"], ["top", "power"], ["query", "genres"]):
        with pytest.raises(AccessDenied, match=rf"{message}.*; expected a role with .* the necessary rights") as refused:
            raise ask(*command, MER_READER_URL=stranger).exception
        assert "\n" not in str(refused.value)
        assert "secret" not in str(refused.value)


def test_every_command_says_that_nothing_is_published_before_the_first_run(reader_url):
    def command(*arguments):
        return CliRunner().invoke(app, arguments, env={"MER_READER_URL": reader_url})

    assert command("runs").stdout == "0 rows\n"
    assert str(command("show").exception) == "no run is published yet"
    assert str(command("show", "r1").exception) == "run 'r1': not published, and no other run is published yet"
    assert str(command("top", "power").exception) == "no track has been scored: expected a published run"
    assert "no run has scored it" in str(command("explain", "r01").exception)


def test_bootstrap_creates_roles_database_and_schema_in_an_existing_postgres(postgres):
    done = CliRunner().invoke(app, ["bootstrap", postgres.url(), "--database", "mer_own"])
    assert done.exit_code == 0, done.exception
    urls = dict(line.split(": ") for line in done.stdout.splitlines())
    assert list(urls) == ["mer_owner", "mer_writer", "mer_reader"]
    assert query(urls["mer_reader"], "runs_compared") == []
    again = CliRunner().invoke(app, ["migrate", urls["mer_owner"]])
    assert (again.exit_code, again.stdout) == (0, "up to date\n")

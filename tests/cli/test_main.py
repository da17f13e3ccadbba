import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mer_tasks.cli.main import app
from mer_tasks.cli.sections import ASK, ONE_STAGE, OPERATE, RUN, SET_UP
from mer_tasks.config import Config
from mer_tasks.database.connection import SQL
from mer_tasks.runs.pipeline import STAGES
from mer_tasks.runs.run import Run
from tests.support.audio_files import encoded, music
from tests.support.learnable_runs import QUICK, learnable

HEAVY = {"boto3", "imblearn", "keras", "librosa", "numpy", "pandas", "psycopg2", "scipy", "sklearn", "soundfile", "sqlalchemy"}


def mer(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m mer_tasks`` as a user does, without the ``MER_*`` variables of the person who runs the tests."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MER_")}
    command = [sys.executable, "-m", "mer_tasks", *arguments]
    return subprocess.run(command, env={**env, "COLUMNS": "120", **variables}, capture_output=True, text=True, check=False)


def only_error_line(done: subprocess.CompletedProcess[str]) -> str:
    """Return the only line on stderr of a failed command, and check that stdout is empty."""
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    return {"MER_STORE_URL": (tmp_path / "store").as_uri(), "MER_SCRATCH_DIR": str(tmp_path / "scratch")}


@pytest.fixture
def landed(tmp_path: Path, places: dict[str, str]) -> Run:
    """A run whose landing zone has five tracks of two genres and no annotations."""
    run = Run(Config.load({"store_url": places["MER_STORE_URL"]}), "r1")
    for number in range(5):
        run.landing.put(f"{'rock' if number < 3 else 'pop'}/{number}.wav", encoded(music(4, seed=number)))
    return run


def test_the_help_lists_every_command_and_imports_no_heavy_package() -> None:
    code = (
        "import sys\ntry:\n from mer_tasks.cli.main import main\n main()\n"
        "finally:\n print('modules', *sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True)
    modules = {name.partition(".")[0] for name in done.stderr.partition("modules ")[2].split()}
    assert "typer" in modules
    assert not modules & {*HEAVY, "tensorflow", "airflow"}
    sections = {text.partition("\n")[0]: re.findall(r"^  ([a-z][a-z-]+)  ", text, re.M) for text in done.stdout.split("\n\n")}
    assert sections[f"{ONE_STAGE}:"] == [name for name in STAGES if name not in sections[f"{RUN}:"]]
    assert sections[f"{RUN}:"] == ["train", "eval", "canary", "predict", "crossval"]
    assert {"query", "explain"} <= {*sections[f"{ASK}:"]}
    assert {"rollback", "housekeeping"} <= {*sections[f"{OPERATE}:"]}
    assert {"import-emotify", "demo-music", "migrate"} <= {*sections[f"{SET_UP}:"]}


def test_every_field_of_the_configuration_is_an_option_with_its_description() -> None:
    text = " ".join(CliRunner().invoke(app, ["publish", "--help"], env={"COLUMNS": "120"}).stdout.split())
    for name, field in Config.model_fields.items():
        assert f" --{name.replace('_', '-')} " in text
        assert field.description
        assert field.description in text
    assert "Default: 50. [1<=x<=100000]" in text
    choices = "One of auto, statistics, embedding, seed-cnn, small-cnn. Default: auto."
    assert choices in text.replace("- ", "-")  # a line may end after a hyphen
    assert "--soft-targets / --no-soft-targets" in text


def test_options_override_the_environment_and_the_environment_overrides_the_defaults(
    landed: Run, places: dict[str, str]
) -> None:
    done = mer("discover", "--run-id", "r1", "--shard-size", "1", MER_SHARD_SIZE="2", **places)
    assert done.returncode == 0, done.stderr
    assert [shard["name"] for shard in landed.manifest("discover")["shards"]] == [
        *("pop 1/2", "pop 2/2"),
        *("rock 1/3", "rock 2/3", "rock 3/3"),
    ]
    assert mer("discover", "--run-id", "r1", MER_SHARD_SIZE="2", **places).returncode == 0
    assert [shard["name"] for shard in landed.manifest("discover")["shards"]] == ["pop 1/1", "rock 1/2", "rock 2/2"]


def test_a_sharded_stage_processes_all_shards_or_the_named_one(landed: Run, places: dict[str, str]) -> None:
    assert mer("discover", "--run-id", "r1", **places).returncode == 0
    shards = landed.manifest("discover")["shards"]
    assert [shard["name"] for shard in shards] == ["pop 1/1", "rock 1/1"]
    done = mer("reformat", "--run-id", "r1", "--shard", shards[1]["key"], **places)
    assert done.stdout.startswith("reformat: decoded 3, reused 0, rejected 0, ")
    assert not landed.store.exists("runs/r1/reformat/pop-1-of-1.json")
    done = mer("reformat", "--run-id", "r1", **places)
    assert done.stdout.startswith("reformat: decoded 2, reused 3, rejected 0, ")
    assert done.stdout.endswith("/store/runs/r1/reformat/\n")
    assert len(landed.read_json("reformat", "pop-1-of-1.json")["tracks"]) == 2


def test_a_run_name_becomes_safe_for_store_keys(landed: Run, places: dict[str, str]) -> None:
    assert "/runs/a-b-" in mer("discover", "--run-id", "a b", **places).stdout


def test_a_permanent_failure_gives_one_line_and_exit_code_1(places: dict[str, str]) -> None:
    done = mer("discover", "--run-id", "r1", **places)
    assert done.returncode == 1
    assert re.match(
        r"error: landing zone file:///.*/store/landing: no audio there, expected <genre>/<track id>", only_error_line(done)
    )


def test_a_run_of_all_stages_ends_at_the_first_failure(places: dict[str, str], landed: Run, database_url: str) -> None:
    done = mer("train", "--run-id", "r1", MER_DATABASE_URL=database_url, **places)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "annotation" in done.stderr.splitlines()[-1]
    assert not landed.store.exists("runs/r1/split/manifest.json")


def test_a_run_of_all_stages_does_not_begin_without_a_database(places: dict[str, str], landed: Run) -> None:
    done = mer("train", "--run-id", "r1", **places)
    assert done.returncode == 1
    assert only_error_line(done) == "error: no database to publish into: expected MER_DATABASE_URL or --database-url"
    assert not landed.store.exists("runs/r1/discover/manifest.json")


def test_a_transient_failure_gives_one_line_and_exit_code_75(places: dict[str, str]) -> None:
    unreachable = "postgresql+psycopg2://mer_reader:secret@127.0.0.1:1/mer"
    done = mer("query", "runs_compared", MER_DATABASE_URL=unreachable, **places)
    assert done.returncode == 75
    assert only_error_line(done).startswith("error: postgresql+psycopg2://mer_reader:***@127.0.0.1:1/mer: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["labels"], "Missing option '--run-id'", id="no run"),
        pytest.param(["lables", "--run-id", "r1"], "No such command 'lables'", id="no such stage"),
        pytest.param(["labels", "--run-id", "r1", "--epochs", "many"], "--epochs", id="not a number"),
        pytest.param(["labels", "--run-id", "r1", "--epochs", "0"], "--epochs", id="out of bounds"),
        pytest.param(["labels", "--run-id", "r1", "--label-rule", "mean"], "--label-rule", id="not a choice"),
        pytest.param(["labels", "--run-id", "r1", "--shard", "x"], "No such option: --shard", id="not mapped"),
        pytest.param(["eval", "--mode", "train"], "No such option: --mode", id="mode of a chain"),
        pytest.param(["canary", "--permutations", "0"], "--permutations", id="no permutations"),
        pytest.param(["canary", "--canary", "2"], "No such option: --canary", id="permutations by their field"),
        pytest.param(["train", "--only"], "--only: needs --run-id", id="only without a run"),
        pytest.param(["query", "runs_compared", "--param", "rows"], "'rows', expected name=value", id="param without value"),
        pytest.param(["migrate"], "Missing argument", id="no database"),
        pytest.param(["import-emotify", "/nowhere"], "/nowhere", id="no folder"),
    ],
)
def test_wrong_usage_gives_exit_code_2(arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(app, arguments, env={"MER_DATABASE_OWNER_URL": ""})
    assert done.exit_code == 2
    assert message in done.stderr


def test_a_wrong_value_in_the_environment_gives_exit_code_1(places: dict[str, str]) -> None:
    done = mer("labels", "--run-id", "r1", MER_EPOCHS="many", **places)
    assert done.returncode == 1
    assert only_error_line(done).startswith("error: configuration: epochs='many': ")


def test_predict_runs_all_stages_and_with_only_just_the_stage_predict(places: dict[str, str]) -> None:
    done = mer("predict", **places)
    assert (done.returncode, only_error_line(done)) == (
        1,
        "error: no database to publish into: expected MER_DATABASE_URL or --database-url",
    )
    for arguments, message in ((["--only"], "needs --run-id"), (["--run-id", "p1", "--shard", "x"], "needs --only")):
        done = mer("predict", *arguments, **places)
        assert done.returncode == 2
        assert message in done.stderr
    done = mer("predict", "--only", "--run-id", "p1", **places)
    assert done.returncode == 1
    assert "discover/manifest.json: no such object" in only_error_line(done)


def test_mode_eval_rejects_training_stages(places: dict[str, str]) -> None:
    done = mer("balance", "--run-id", "r1", "--mode", "eval", **places)
    assert done.returncode == 1
    assert only_error_line(done) == "error: this run has no stage 'balance': mode eval uses a stored model"


@pytest.mark.heavy
def test_a_canary_prints_the_metrics_on_permuted_labels_and_publishes_nothing(tmp_path: Path, places: dict[str, str]) -> None:
    run = learnable(tmp_path / "store", preset="statistics", seed=3)
    values = {**QUICK, "preset": "statistics", "seed": 3}
    quick = [f"--{name.replace('_', '-')}={value}" for name, value in values.items() if not isinstance(value, bool)]
    done = mer("canary", "--run-id", "r1", "--permutations", "1", "--no-soft-targets", *quick, **places)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^ +1 +roc_auc_macro per track +0?\.?\d+ .*True$", done.stdout, re.MULTILINE)
    assert "canary: permutations 1, metrics " in done.stdout
    assert done.stdout.endswith("/store/runs/r1/canary/canary.json\n")
    assert [info.key.rpartition("/")[2] for info in run.store.list("runs/r1/canary/")] == ["canary.json", "manifest.json"]


@pytest.mark.heavy
def test_a_canary_without_a_run_begins_with_the_landing_zone(landed: Run, places: dict[str, str]) -> None:
    done = mer("canary", "--permutations", "1", **places)
    assert done.returncode == 1
    assert [line.partition(":")[0] for line in done.stdout.splitlines() if ": " in line] == ["discover", "reformat", "features"]
    assert "annotation" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_stage_with_one_line(landed: Run, places: dict[str, str], number: int, code: int) -> None:
    keys = {"MER_LANDING_URL": "s3://bucket", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    command = [sys.executable, "-m", "mer_tasks", "discover", "--run-id", "r1"]
    with _object_that_never_comes() as (url, asked):
        variables = {**os.environ, **places, **keys, "AWS_ENDPOINT_URL_S3": url}
        with subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert asked.wait(60)
                process.send_signal(number)
                _, errors = process.communicate(timeout=60)
            finally:
                process.kill()
    assert process.returncode == code
    assert errors.splitlines() == [f"interrupted by {signal.Signals(number).name}"]
    assert not landed.store.exists("runs/r1/discover/manifest.json")


@contextmanager
def _object_that_never_comes() -> Iterator[tuple[str, threading.Event]]:
    """Run an S3 server that lists a track and never sends it; yield its URL, and an event that a request for the track sets."""
    asked, ended = threading.Event(), threading.Event()
    listing = b"<ListBucketResult><Contents><Key>rock/1.wav</Key><Size>1</Size><ETag>x</ETag>"
    listing += b"<LastModified>2026-01-01T00:00:00Z</LastModified></Contents></ListBucketResult>"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if "list-type" not in self.path:
                asked.set()
                ended.wait()
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(listing)))
            self.end_headers()
            self.wfile.write(listing)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            ended.set()
            server.shutdown()


@pytest.mark.heavy
def test_a_crossval_prints_tables_and_continues_the_named_run(places: dict[str, str]) -> None:
    assert mer("demo-music", "--tracks-per-genre", "6", "--seconds", "4", **places).returncode == 0
    protocol = ("--folds", "2", "--repeats", "1", "--group-by", "track", "--validation-fraction", "0.3")
    options = (*protocol, "--candidates", "logistic-regression,extra-trees")
    done = mer("crossval", "--run-id", "c1", *options, **places)
    assert done.returncode == 0, done.stderr
    assert "to continue after an interrupt: --run-id c1" in done.stderr
    assert re.search(r"^extra-trees +\d\.\d{3} \(", done.stdout, re.MULTILINE)
    assert re.search(r"^less logistic-regression +roc_auc_macro", done.stdout, re.MULTILINE)
    assert done.stdout.endswith("/store/runs/c1/crossval/crossval.json\n")
    again = mer("crossval", "--run-id", "c1", *options, **places)
    assert again.stdout == done.stdout
    assert "discover" not in again.stderr


def test_demo_music_writes_tracks_that_discover_lists(places: dict[str, str]) -> None:
    done = mer("demo-music", "--tracks-per-genre", "1", "--seconds", "2", **places)
    assert done.returncode == 0, done.stderr
    assert re.search(r"/store/landing: 4 tracks, \d+ rows of annotations", done.stdout)
    assert mer("discover", "--run-id", "r1", **places).stdout.startswith("discover: files 4, tracks 4, ")


def test_import_emotify_copies_tracks_and_prints_their_number(tmp_path: Path, places: dict[str, str]) -> None:
    (tmp_path / "emotify" / "rock").mkdir(parents=True)
    (tmp_path / "emotify" / "rock" / "1.mp3").write_bytes(b"x")
    header = (
        "track id, genre, amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness"
    )
    (tmp_path / "emotify" / "data.csv").write_text(f"{header}\n7,rock,0,0,0,0,0,0,0,0,1\n")
    done = mer("import-emotify", str(tmp_path / "emotify"), "--landing", (tmp_path / "landing").as_uri(), **places)
    assert done.stdout == f"{(tmp_path / 'landing').as_uri()}: 1 tracks; 2 files written, 0 unchanged\n"
    assert (tmp_path / "landing" / "rock" / "7.mp3").read_bytes() == b"x"


def test_queries_are_listed_with_their_questions() -> None:
    lines = CliRunner().invoke(app, ["query"]).stdout.splitlines()
    assert len(lines) == 2 + len(list((SQL / "queries").glob("*.sql")))
    runs_compared = next(line for line in lines if line.startswith("runs_compared"))
    assert re.match(r"runs_compared +Do the metrics improve from run to run\?", runs_compared)


def test_migrate_says_that_an_up_to_date_schema_is_up_to_date(owner_url: str) -> None:
    assert mer("migrate", MER_DATABASE_OWNER_URL=owner_url).stdout == "up to date\n"
    assert mer("migrate", owner_url).stdout == "up to date\n"
